"""One step per state, under a lease; and the maintenance loops."""
