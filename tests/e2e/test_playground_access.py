"""The page for everybody: measured by axe in every dress of it, and reached by the keyboard alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, expect

from tests.fakes.browser_page import NEEDS_CHROMIUM, Visit, open_page
from tests.fakes.playground import running_demo

pytestmark = NEEDS_CHROMIUM

LAYOUTS: dict[tuple[int, int], dict[str, dict[str, Any]]] = {
    (1280, 860): {
        "dark": {"color_scheme": "dark"},
        "light": {"color_scheme": "light"},
        "forced-colours": {"color_scheme": "dark", "forced_colors": "active"},
    },
    (320, 700): {
        "320-pixels": {"color_scheme": "dark"},
        "320-pixels-light": {"color_scheme": "light"},
    },
    (640, 430): {"200-percent": {"color_scheme": "dark"}},
}
"""Every dress of one page, by its width; 640 pixels are 1280 at 200 percent."""

VIOLATIONS = """async ([part, options]) => {
  const { violations } = await axe.run(part, { resultTypes: ["violations"], ...options });
  return violations.flatMap(({ id, nodes }) =>
    nodes.slice(0, 4).map((node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary.slice(0, 300)}`)
  );
}"""
CONTRAST = "color-contrast"


class Looked:
    """What axe finds wrong with one page in the dresses of its layout, state after state of it."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self.found: set[str] = set()

    async def over(self, dresses: dict[str, dict[str, Any]]) -> None:
        """All rules, on the whole page, in each of the dresses."""
        for dress, media in dresses.items():
            await self._look(dress, media, "html", {})
            await self.visit.keep(f"access-{dress}")

    async def panel(self, dresses: dict[str, dict[str, Any]]) -> None:
        """What another tab can change: the colours within the panel in each dress, and what has no colours.

        Measuring the contrast of each word takes most of axe's time; those beside the panel stay as they are.
        """
        for number, (dress, media) in enumerate(dresses.items()):
            await self._look(dress, media, "#panel", {"runOnly": [CONTRAST]})
            if not number:
                await self._look(dress, media, "html", {"rules": {CONTRAST: {"enabled": False}}})

    async def _look(self, dress: str, media: dict[str, Any], part: str, options: dict[str, Any]) -> None:
        await self.visit.page.emulate_media(**{"forced_colors": "none", **media})
        wrong = await self.visit.page.evaluate(VIOLATIONS, [part, options])
        self.found |= {f"{dress}: {one}" for one in wrong}


async def looked_over(looked: Looked, size: tuple[int, int]) -> None:
    """The channel with each tab of the panel, then a note and the suggestions."""
    page = looked.visit.page
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    if await page.locator("#panel").is_hidden():
        await page.click("#panel-toggle")
    for tab in [await one.get_attribute("data-tab") for one in await page.locator("[role=tab]").all()]:
        await page.click(f"[data-tab={tab}]")
        await expect(page.locator(f"#panel-body[data-tab={tab}]")).to_have_count(1)
        await expect(page.locator("#panel-body > *")).not_to_have_count(0)
        await looked.panel(LAYOUTS[size])
    if await page.get_by_role("dialog").count():
        await page.keyboard.press("Escape")
    await looked.visit.say("/compare generate a lighthouse --models seedream-4.5,flux.2-pro")
    await expect(page.locator(".note").last.locator("tbody tr")).to_have_count(2)
    await page.fill("#box", "/")
    await looked.over(LAYOUTS[size])
    await page.fill("#box", "")
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert await page.evaluate(wide) <= 0


async def test_axe_finds_nothing_in_any_dress(tmp_path: Path, browser: Browser) -> None:
    async with running_demo(tmp_path) as (server, _):
        visit = await open_page(browser, server.url, reduced_motion="reduce")
        await visit.become("ada")
        await expect(visit.page.locator("[data-tab=admin]")).to_be_visible()
        await visit.page.evaluate(Axe().axe_script)
        looked = Looked(visit)
        for size in LAYOUTS:
            await looked_over(looked, size)
        assert looked.found == set()
        assert visit.complaints == []
        await visit.page.context.close()


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
