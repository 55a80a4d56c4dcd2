"""The audit log in the database: `transactions` write and read it, `store` is its part of the Store."""
