"""What the settings of a server or workspace are made of."""
