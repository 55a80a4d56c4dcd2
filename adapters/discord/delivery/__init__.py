"""Results and receipts to the platform."""
