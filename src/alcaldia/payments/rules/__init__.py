"""What a payment means, as pure Python: states of an order, what arriving money does, matching of three books."""
