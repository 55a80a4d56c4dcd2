"""Notices and the digest on the page."""
