"""`people`: what the operator sees of people, and ends, across places and platforms."""
