"""Holds a SQLite file for itself for so many seconds, as a backup tool or a stuck process would.

python -m tests.fakes.lockholder FILE SECONDS
"""

from __future__ import annotations

import sqlite3
import sys
import time

if __name__ == "__main__":
    connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
    connection.execute("BEGIN EXCLUSIVE")
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
    connection.execute("ROLLBACK")
