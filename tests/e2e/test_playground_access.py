"""The page for everybody: measured by axe in every dress of it, and reached by the keyboard alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, expect

from tests.fakes.browser_page import NEEDS_CHROMIUM, Visit, open_page, running_browser, visiting
from tests.fakes.playground import running_demo

pytestmark = NEEDS_CHROMIUM

DRESSES: dict[str, dict[str, Any]] = {
    "dark": {},
    "light": {"color_scheme": "light"},
    "forced-colours": {"forced_colors": "active"},
    "320-pixels": {"size": (320, 700)},
    "320-pixels-light": {"size": (320, 700), "color_scheme": "light"},
    "200-percent": {"size": (640, 430), "device_scale_factor": 2},
}


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with running_browser() as running:
        yield running


@pytest.fixture
async def visit(tmp_path: Path, browser: Browser) -> AsyncIterator[Visit]:
    async with visiting(tmp_path, browser) as opened:
        yield opened


async def violations(visit: Visit) -> list[str]:
    """What axe finds wrong with the page as it stands now."""
    found = await Axe().run(visit.page)
    return [
        f"{one['id']}: {node['html'][:160]} {node['failureSummary'][:300]}"
        for one in found.response["violations"]
        for node in one["nodes"][:4]
    ]


async def looked_over(visit: Visit) -> list[str]:
    """The violations of the channel, of each tab of the panel, of a note and of the suggestions."""
    page, found = visit.page, list[str]()
    await visit.become("ada")
    if await page.locator("#panel").is_hidden():
        await page.click("#panel-toggle")
    for tab in await page.locator("[data-tab][role=tab]").all():
        await tab.click()
        await expect(tab).to_have_attribute("aria-selected", "true")
        await page.wait_for_timeout(300)
        found += await violations(visit)
    await page.keyboard.press("Escape")
    await visit.say("/compare generate a lighthouse --models seedream-4.5,flux.2-pro")
    await expect(page.locator(".note tbody tr")).to_have_count(2)
    await page.fill("#box", "/")
    found += await violations(visit)
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert await page.evaluate(wide) <= 0
    return sorted(set(found))


async def test_axe_finds_nothing_in_any_dress(tmp_path: Path, browser: Browser) -> None:
    async with running_demo(tmp_path) as (server, _):
        found = dict[str, list[str]]()
        for dress, options in DRESSES.items():
            visit = await open_page(browser, server.url, reduced_motion="reduce", **options)
            found[dress] = await looked_over(visit)
            await visit.keep(f"access-{dress}")
            assert visit.complaints == []
            await visit.page.context.close()
        assert not any(found.values()), "\n".join(
            f"{dress}: {one}" for dress in found for one in found[dress]
        )


async def test_the_keyboard_reaches_the_box_first(visit: Visit, browser: Browser) -> None:
    touched = await open_page(browser, visit.url, has_touch=True, is_mobile=True)  # nothing has focus there
    await touched.page.keyboard.press("Tab")
    await expect(touched.page.locator("#box")).to_be_focused()
    await touched.page.context.close()


async def test_the_panel_of_a_phone_is_a_dialog(visit: Visit, browser: Browser) -> None:
    phone = await open_page(browser, visit.url, size=(390, 844))
    page = phone.page
    await expect(page.locator("#panel")).to_be_hidden()
    await page.focus("#panel-toggle")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog", name="Budgets, models and history")).to_be_visible()
    inside = "document.getElementById('panel').contains(document.activeElement)"
    assert await page.evaluate(inside)
    for _ in range(12):
        await page.keyboard.press("Tab")
        assert await page.evaluate(f"{inside} || document.activeElement === document.body")
    await page.keyboard.press("Escape")
    await expect(page.locator("#panel")).to_be_hidden()
    await expect(page.locator("#panel-toggle")).to_be_focused()
    assert phone.complaints == []
    await page.context.close()
