"""Prices of requests before they are charged."""
