"""What people can do: ask, press, look, and govern."""
