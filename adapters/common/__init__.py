"""What both chat platforms do alike: facts and work, never widgets."""
