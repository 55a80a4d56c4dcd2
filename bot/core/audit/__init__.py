"""The audit log: who changed or decided what, and where. `entries` are its lines, `changes` makes them."""
