"""What the admins of a place keep lists of: projects and styles; and its closed months."""
