"""What the platform calls: commands, buttons, mentions."""
