"""The page in a real Chromium: who opens it, what they type, and what it complained about."""

from __future__ import annotations

import io
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.async_api import Browser, ConsoleMessage, FilePayload, Page, async_playwright, expect

from tests.fakes.playground import running_demo

CHROMIUM = Path("/usr/bin/chromium")
ARGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync"
).split()
ARTIFACTS = Path(__file__).parents[2] / "artifacts"
PATIENCE_MS = 20_000

NEEDS_CHROMIUM = [
    pytest.mark.skipif(
        not CHROMIUM.exists() and shutil.which("chromium") is None, reason="no chromium is installed"
    ),
    pytest.mark.timeout(240),
]


@dataclass(kw_only=True)
class Visit:
    """One page and everything it complained about."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list[str])

    async def say(self, line: str) -> None:
        """Type a line into the box and send it, past any suggestion."""
        await self.page.fill("#box", line)
        await self.page.focus("#box")
        await self.page.keyboard.press("Escape")
        await self.page.focus("#box")
        await self.page.keyboard.press("Enter")

    async def become(self, name: str) -> None:
        await self.page.select_option("#person select", name)
        await expect(self.page.locator("#person .person-name b")).to_have_text(name.capitalize())

    @property
    def newest(self):
        return self.page.locator(".message").last

    async def reaches(self, state: str) -> None:
        """Wait until the newest message is in a state."""
        await expect(self.newest).to_have_class(f"message is-{state}", timeout=PATIENCE_MS)

    async def keep(self, name: str) -> None:
        """A picture of the page for people to look at."""
        ARTIFACTS.mkdir(exist_ok=True)
        await self.page.screenshot(path=ARTIFACTS / f"playground-{name}.png")


@asynccontextmanager
async def running_browser() -> AsyncIterator[Browser]:
    """A Chromium of the system's."""
    async with async_playwright() as running:
        path = CHROMIUM if CHROMIUM.exists() else shutil.which("chromium")
        browser = await running.chromium.launch(executable_path=path, args=ARGS)
        yield browser
        await browser.close()


async def open_page(browser: Browser, url: str, *, size: tuple[int, int] = (1280, 860), **more: Any) -> Visit:
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        **{"color_scheme": "dark", "locale": "en-GB", **more},
    )
    page = await context.new_page()
    visit = Visit(page=page, url=url)

    def complained(message: ConsoleMessage) -> None:
        # A refusal is an HTTP 4xx, which the browser notes by itself; anything else is the page's fault.
        if message.type == "error" and "Failed to load resource" not in message.text:
            visit.complaints.append(message.text)

    page.on("console", complained)
    page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    await page.goto(url)
    await page.wait_for_selector("body[data-ready=yes]")
    return visit


@asynccontextmanager
async def visiting(folder: Path, browser: Browser, **changes: Any) -> AsyncIterator[Visit]:
    """An empty demo with small pictures, and a page of it that may complain about nothing.

    `changes` are of the sandbox's options.
    """
    options = {"render_pixels": 300_000, "video_edge": 320, "image_seconds": 0.3, **changes}
    async with running_demo(folder, history=False, **options) as (server, _):
        opened = await open_page(browser, server.url)
        yield opened
        await opened.page.context.close()
    assert opened.complaints == []


def picture(colour: str = "#3a7d6b") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (320, 240), colour).save(out, "PNG")
    return out.getvalue()


def png(name: str = "garden.png") -> FilePayload:
    return {"name": name, "mimeType": "image/png", "buffer": picture()}
