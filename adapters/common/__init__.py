"""What platforms do alike: words for facts, long texts, progress, work beside callbacks. Never a widget."""
