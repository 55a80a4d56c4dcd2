"""Notices and digests, as they are stored."""
