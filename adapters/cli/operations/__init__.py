"""What the operator sees and does across places and people."""
