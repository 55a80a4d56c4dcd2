"""Protocols for what the core needs from outside, in modules by who may import them."""
