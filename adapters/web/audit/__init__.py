"""The audit log on the page and in its JSON API."""
