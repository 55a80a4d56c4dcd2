"""What comes along with people's words on a chat platform: which files can be read, and their text."""
