"""What the names in an order stand for: its project and its style."""
