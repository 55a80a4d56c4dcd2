"""What several end-to-end tests begin with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.fakes.browser_page import Visit, running_browser, visiting


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with running_browser() as running:
        yield running


@pytest.fixture
async def visit(tmp_path: Path, browser: Browser) -> AsyncIterator[Visit]:
    """The playground of a demo, and a page of it."""
    async with visiting(tmp_path, browser) as opened:
        yield opened
