"""The databases that a test of the whole runs on, as settings.

Import `database` together with the fixtures it asks for:
`from tests.fakes.databases import database, postgres_server, postgres_url`.
"""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr

from tests.fakes.postgres import postgres_server, postgres_url

BOTH = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


MOSTLY_POSTGRES = [
    pytest.param("sqlite", marks=pytest.mark.deep),
    pytest.param("postgres", marks=pytest.mark.postgres),
]
DEEPER = ["sqlite", pytest.param("postgres", marks=(pytest.mark.postgres, pytest.mark.deep))]


@pytest.fixture(params=BOTH)
def database(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Settings that choose the database: SQLite in the data folder, or an empty schema of PostgreSQL."""
    return _chosen(request)


@pytest.fixture(params=DEEPER)
def mostly_sqlite(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The same for tests that are about the gateway: PostgreSQL in the deep run only."""
    return _chosen(request)


@pytest.fixture(params=MOSTLY_POSTGRES)
def shared_db(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The same for tests of several replicas: they share one SQLite file in the deep run only."""
    return _chosen(request)


def _chosen(request: pytest.FixtureRequest) -> dict[str, Any]:
    return {} if request.param == "sqlite" else settings_on(request.getfixturevalue("postgres_url"))


def settings_on(url: str) -> dict[str, Any]:
    """Settings that choose the PostgreSQL at the address."""
    return {"database_url": SecretStr(url), "database_pool": 4}


__all__ = [
    "BOTH",
    "DEEPER",
    "MOSTLY_POSTGRES",
    "database",
    "mostly_sqlite",
    "postgres_server",
    "postgres_url",
    "settings_on",
    "shared_db",
]
