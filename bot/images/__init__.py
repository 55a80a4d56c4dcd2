"""Pictures in and out: what people have, and what a destination takes."""
