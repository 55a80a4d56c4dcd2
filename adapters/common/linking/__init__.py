"""`/link`: what a person asks for, and what is said, the same on every surface."""
