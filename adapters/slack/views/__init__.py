"""How facts look."""
