"""Linked accounts on the page."""
