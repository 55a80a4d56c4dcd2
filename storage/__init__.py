"""Durable memory: requests, money, tenants, in one database and one transaction.

Reading order: `steps` (transactions as generators), `moves` and `money` (what a transaction does),
`requests`, `privacy` and `rest` (everything else), `rows` (rows to values), `group` (many transactions as
one), `jobs` (those that wait for a commit), `statements` with `queries/` and `migrations/` (the SQL),
`sqlite` and `postgres` (the drivers), the latter with `postgres_steps` (a transaction on a connection) and
`postgres_link` (connections that break), `store` (the port, and `open_store`).
"""

from storage.statements import SchemaMismatch
from storage.store import SqlStore, open_store

__all__ = ["SchemaMismatch", "SqlStore", "open_store"]
