"""What platforms do alike: words for facts, and pages of long texts. No platform library, no widgets."""
