"""What was made is found again: by words and choices, by its address, and page after page."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect

from adapters.web.library import handlers
from tests.fakes.browser_page import NEEDS_CHROMIUM, open_page, running_browser
from tests.fakes.playground import Site, running_demo, running_playground

pytestmark = NEEDS_CHROMIUM


async def test_a_result_is_searched_for_and_opened_by_keyboard(tmp_path: Path) -> None:
    async with running_browser() as browser, running_demo(tmp_path) as (server, _):
        visit = await open_page(browser, server.url)
        page, tiles = visit.page, visit.page.locator(".tile")
        await page.focus("[data-tab=library]")
        await page.keyboard.press("Enter")
        await expect(tiles.first).to_contain_text("capybara")
        await page.get_by_role("searchbox", name="Search in prompts").focus()
        await page.keyboard.type("SNOW fox")
        await expect(tiles).to_have_count(1)
        await expect(tiles).to_contain_text("a fox in the snow")
        await page.locator(".tile img").evaluate("it => it.decode()")
        await visit.keep("library")
        assert (await Axe().run(page)).response["violations"] == []
        await tiles.focus()
        await page.keyboard.press("Enter")
        dialog = page.locator("dialog.result")
        await expect(dialog).to_contain_text("a fox in the snow")
        await expect(dialog.locator(".cell img")).to_have_count(2)
        await visit.keep("result")
        assert (await Axe().run(page)).response["violations"] == []
        address = page.url
        await page.keyboard.press("Escape")
        await expect(dialog).to_have_count(0)
        assert "#result" not in page.url
        other = await open_page(browser, address)
        await expect(other.page.locator("dialog.result")).to_contain_text("a fox in the snow")
        gone = await open_page(browser, f"{server.url}/#result/req_nothing")
        await expect(gone.page.locator(".note.bad")).to_be_visible()
        for one in (visit, other, gone):
            assert one.complaints == []
            await one.page.context.close()


async def found(site: Site, query: str, who: str = "mia") -> list[str]:
    """The prompts that a search finds, over all its pages."""
    prompts, before = list[str](), ""
    while before is not None:
        page = await site.get(f"/api/library?{query}&before={before}", who=who)
        prompts += [one["prompt"] for one in page["results"]]
        before = page["before"]
    return prompts


async def test_every_filter_and_page_by_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handlers, "BATCH", 2)
    monkeypatch.setattr(handlers, "BATCHES", 2)
    async with running_playground(tmp_path) as site:
        for line in ("a red fern --model flux.1-schnell", "a blue fern --model flux.2-pro", "a stone"):
            await site.run(f"/generate {line}")
        theirs = await site.run("/generate a green fern --model flux.1-schnell", who="ada")
        await site.run("/chat what is a fern")
        assert await found(site, "q=fern") == ["what is a fern", "a green fern", "a blue fern", "a red fern"]
        assert await found(site, "q=FERN+a+red&limit=1") == ["a red fern"]
        assert await found(site, "capability=generate&limit=1&q=fern") == [
            "a green fern",
            "a blue fern",
            "a red fern",
        ]
        assert await found(site, "model=flux.1-schnell") == ["a green fern", "a red fern"]
        assert await found(site, f"person={theirs['person']['id']}", who="ned") == ["a green fern"]
        assert (await site.get(f"/api/library/{theirs['id']}"))["prompt"] == "a green fern"
        await site.post(f"/api/requests/{theirs['id']}/delete", who="ada")
        assert await found(site, "model=flux.1-schnell") == ["a red fern"]
        status, body = await site.call("GET", f"/api/library/{theirs['id']}")
        assert (status, body["error"]["message"]) == (404, "This result is not in the channel any more.")
