"""Counts and lists over all tenants."""
