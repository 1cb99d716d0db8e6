"""Paying an order: what is owed and why, how to pay it, and the receipt. No login: who has the folio may pay."""
