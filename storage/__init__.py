"""The database with requests, money and tenants, and the folder with results.

Reading order: `transaction` (transactions as generators), `moves` and `ledger` (what a transaction does),
`requests`, `privacy` and `documents` (everything else), `rows` (rows to values), `group_commit` (many
transactions as one), `commit_queue` (those that wait for a commit), `statements` with `queries/` and
`migrations/` (the SQL), `sqlite` and `postgres` (the drivers), the latter with `postgres_executor` (a
transaction on a connection) and `postgres_connections` (connections that break), `store` (the port),
`opening` (`open_store`). `media_folder` stores the results.
"""

from storage.opening import open_store
from storage.statements import SchemaMismatch
from storage.store import SqlStore

__all__ = ["SchemaMismatch", "SqlStore", "open_store"]
