"""What people write, as the rules see it: words, and names of models."""
