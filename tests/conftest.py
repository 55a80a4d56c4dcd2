"""What all tests share: plain logs, a short list of certificate authorities, their order, how many examples.

Drawing a traceback with its variables takes longer than most tests; so does reading a hundred and fifty
authorities for each of the many HTTP clients, none of which speaks TLS here.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import certifi
import pytest
import structlog

from tests.fakes import postgres
from tests.fakes.environment import NO_LIMITS
from tests.fakes.examples import register_profiles

# What was compiled once is read by all the processes that follow.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
register_profiles()
_configure = structlog.configure


def _not_cached(**given: Any) -> None:
    """A command that a test runs in this process sets the logs up; a logger that keeps that is deaf later."""
    _configure(**{**given, "cache_logger_on_first_use": False})


structlog.configure = _not_cached
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="%H:%M:%S.%f", utc=False),
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)

_END = "-----END CERTIFICATE-----\n"
_folder = tempfile.TemporaryDirectory()
atexit.register(_folder.cleanup)
_few = Path(_folder.name) / "authorities.pem"
_few.write_text(certifi.contents().partition(_END)[0] + _END, encoding="ascii")
os.environ["SSL_CERT_FILE"] = str(_few)
os.environ.update(NO_LIMITS)

_first = postgres.SHARED not in os.environ
if _first:
    os.environ[postgres.SHARED] = tempfile.mkdtemp(prefix="pg-")


def pytest_unconfigure() -> None:
    """The database server that the processes of a run share ends with the first of them."""
    if _first:
        postgres.end_server(Path(os.environ.pop(postgres.SHARED)))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Spread those that are to be kept apart among the long ones, however many processes share the run."""
    apart = [item for item in items if item.get_closest_marker("apart")]
    others = [item for item in items if not item.get_closest_marker("apart")]
    long = [place for place, item in enumerate(others) if "/e2e/" in item.nodeid] or [0]
    for number, item in reversed(list(enumerate(apart))):
        others.insert(long[number * len(long) // len(apart)], item)
    items[:] = others


def pytest_collection_finish() -> None:
    """All that was imported and collected lives to the end: the collector need not look at it each time."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
