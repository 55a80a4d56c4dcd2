"""What was made on the page, to search in."""
