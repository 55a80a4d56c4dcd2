"""The one HTTP port: health, readiness, metrics and webhooks."""
