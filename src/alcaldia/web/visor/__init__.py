"""The map and its twin without a map: from an address to a signed ruling."""
