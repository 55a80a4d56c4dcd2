"""What platforms do alike: words, settings, pages of lists and texts. No platform library, no widgets."""
