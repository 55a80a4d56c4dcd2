"""The client on our transport, and in the deep tests on httpx's own, which serves behind a proxy."""

from __future__ import annotations

import pytest


@pytest.fixture(params=["aiohttp", pytest.param("httpx", marks=pytest.mark.deep)])
def transport(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of the transport under the client that is made in this test."""
    if request.param == "httpx":
        monkeypatch.setattr("bot.gateway.client.transport_to", lambda *_: None)
    return str(request.param)
