"""What the core needs from outside, in the core's words, by who may import it."""
