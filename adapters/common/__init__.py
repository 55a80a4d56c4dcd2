"""What platforms do alike: words, settings, pages of lists and texts, progress. Never a widget."""
