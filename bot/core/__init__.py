"""Values and rules, pure: no platform, no database, no network."""
