"""The accounts of one person in the database: what is linked, what is proposed, whose limits are shared."""
