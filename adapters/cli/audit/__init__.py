"""`audit`: who changed what, in a place or everywhere."""
