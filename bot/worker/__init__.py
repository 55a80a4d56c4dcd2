"""One step per state, under a lease; and what goes on beside the requests."""
