"""What the platform hands over, checked and read."""
