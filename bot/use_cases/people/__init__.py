"""What people decide about themselves: which of their accounts belong together."""
