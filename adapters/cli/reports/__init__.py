"""What the operator is told: notices and digests."""
