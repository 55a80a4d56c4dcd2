"""What people choose about notices, and the figures of a digest."""
