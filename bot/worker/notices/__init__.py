"""Tells people about limits and spending without having been asked."""
