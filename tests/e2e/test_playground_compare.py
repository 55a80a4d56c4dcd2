"""Prices side by side, the chosen ones run with one press, and their results side by side."""

from __future__ import annotations

from pathlib import Path

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect

from tests.fakes.browser_page import NEEDS_CHROMIUM, png, running_browser, visiting
from tests.fakes.playground import running_playground

pytestmark = NEEDS_CHROMIUM


async def test_the_chosen_models_run_with_one_press(tmp_path: Path) -> None:
    async with running_browser() as browser, visiting(tmp_path, browser) as visit:
        page = visit.page
        await visit.say("/compare generate a lighthouse --models seedream-4.5,flux.2-pro,flux.1-schnell")
        note = page.locator(".note").last
        run = note.locator(".btn.primary")
        await expect(run).to_have_text("Run the 3 chosen for up to $0.058")
        await note.get_by_role("checkbox", name="Run flux.1-schnell too").focus()
        await page.keyboard.press("Space")
        await expect(run).to_have_text("Run the 2 chosen for up to $0.055")
        await run.focus()
        await page.keyboard.press("Enter")
        await expect(note.locator(".column-of .cell img")).to_have_count(2, timeout=20_000)
        await expect(note.locator(".column-of .receipt")).to_have_text(["charged $0.015", "charged $0.04"])
        await expect(page.locator(".message")).to_have_count(2)
        assert (await Axe().run(page)).response["violations"] == []
        await note.scroll_into_view_if_needed()
        await visit.keep("side-by-side")


async def test_prices_of_an_edit_run_on_the_picture_that_came_along(tmp_path: Path) -> None:
    async with running_browser() as browser, visiting(tmp_path, browser) as visit:
        page = visit.page
        await page.set_input_files("#files", [png()])
        await visit.say("/compare edit make it night --models seedream-4.5,gpt-image-1.5")
        note = page.locator(".note").last
        await note.get_by_role("button", name="Run", exact=True).first.click()
        await visit.reaches("delivered")
        await note.locator(".btn.primary").click()
        await expect(note.locator(".column-of .cell img")).to_have_count(2, timeout=20_000)
        await page.set_input_files("#files", [png()])
        await visit.say("/estimate edit make it day --model seedream-4.5")
        await page.locator(".note").last.locator(".btn.primary").click()
        await expect(page.locator(".message.is-delivered")).to_have_count(4, timeout=20_000)


async def test_an_order_waits_for_a_yes_when_its_price_is_to_be_asked(tmp_path: Path) -> None:
    async with running_playground(tmp_path) as site:
        body = {"text": "/generate a fern --model flux.1-schnell", "ask_price": "always"}
        answer = await site.post("/api/orders", body)
        offered = await site.ended(answer["request_id"], "awaiting_confirmation")
        path = f"/api/requests/{offered['id']}/confirm"
        await site.post(path, {"shown": offered["estimate"]["micros"]})
        assert (await site.ended(offered["id"]))["state"] == "delivered"
        status, error = await site.refused("/api/orders", {**body, "ask_price": "sometimes"})
        assert (status, error["message"]) == (400, "`ask_price` is one of always, first, above.")
