"""What both chat platforms do alike for people who talk: words, and one message after another."""
