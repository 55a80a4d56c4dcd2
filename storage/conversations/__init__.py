"""Conversations in the database: `transactions` are what is read and written, `store` their part of the
Store."""
