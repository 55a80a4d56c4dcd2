"""Pictures and films drawn from a prompt: deterministic, offline, Pillow only (films: PyAV)."""
