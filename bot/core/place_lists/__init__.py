"""What the admins of a place keep lists of: its projects and its styles. Pure."""
