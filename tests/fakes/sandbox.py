"""Sandbox helpers for tests: options that make everything quick, and fixtures that start one.

A test module takes the fixtures `sandbox` and `http` by importing `sandbox_fixture` and `http_fixture`.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from sandbox import Sandbox, SandboxOptions, serve

KEY = "lmnfl_test.secret"
HEADERS = {"Authorization": f"Bearer {KEY}"}


def quick_options(**changes: Any) -> SandboxOptions:
    """Small sketches for pictures, instant chat, videos that complete in a fifth of a second."""
    quick: dict[str, Any] = {
        "video_seconds": 0.2,
        "chat_chunk_seconds": 0.0,
        "render_pixels": 96 * 96,
        "sketch_edge": 64,
        "video_edge": 96,
        "video_fps": 8,
        "webhook_time_scale": 0.002,
        "allow_local_webhooks": True,
    }
    return SandboxOptions(**{**quick, **changes})


@asynccontextmanager
async def running_sandbox(**changes: Any) -> AsyncGenerator[Sandbox, None]:
    """A sandbox on a free port of 127.0.0.1, with `quick_options(**changes)`."""
    async with serve(quick_options(**changes)) as sandbox:
        yield sandbox


@asynccontextmanager
async def sandbox_client(sandbox: Sandbox) -> AsyncGenerator[httpx.AsyncClient, None]:
    """An httpx client with a good key whose base is the host, so that both prefixes can be written out."""
    async with httpx.AsyncClient(base_url=sandbox.url, headers=HEADERS, timeout=30) as client:
        yield client


@pytest.fixture(name="sandbox")
async def sandbox_fixture() -> AsyncIterator[Sandbox]:
    async with running_sandbox(sketch_edge=None) as running:
        yield running


@pytest.fixture(name="http")
async def http_fixture(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    async with sandbox_client(sandbox) as client:
        yield client
