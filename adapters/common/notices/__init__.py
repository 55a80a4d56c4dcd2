"""What both chat platforms, the page and the command line say in notices and digests."""
