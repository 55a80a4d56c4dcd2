"""Closed months: cuts of the ledger, and the lines between them."""
