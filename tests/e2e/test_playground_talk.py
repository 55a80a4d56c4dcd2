"""The page in a real Chromium, spoken to: a reply, an answer, prices where no model may be asked."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Browser, expect

from tests.fakes.browser_page import NEEDS_CHROMIUM, PATIENCE_MS, open_page
from tests.fakes.playground import running_playground

pytestmark = NEEDS_CHROMIUM


async def test_an_older_picture_is_replied_to_with_the_keyboard(tmp_path: Path, browser: Browser) -> None:
    async with running_playground(tmp_path, ask_first=False) as site:
        site.stack.sandbox.script("make it wider", ("edit", {"prompt": "make it wider"}))
        visit = await open_page(browser, site.server.url)
        await visit.say("/generate a fox")
        await visit.reaches("delivered")
        await visit.say("/generate a hare")
        await expect(visit.page.locator(".message.is-delivered")).to_have_count(2, timeout=PATIENCE_MS)
        reply = visit.page.locator(".message").first.get_by_role("button", name="Reply")
        await reply.focus()
        await visit.page.keyboard.press("Enter")
        await expect(visit.page.locator("#replying")).to_contain_text("Replying to p1")
        await expect(visit.page.locator("#box")).to_be_focused()
        await visit.say("make it wider")
        await expect(visit.page.locator(".message").last).to_contain_text("p3 from p1", timeout=PATIENCE_MS)
        await expect(visit.page.locator("#replying")).to_be_hidden()
        assert visit.complaints == []


async def test_a_question_and_choices_are_answered_by_buttons(tmp_path: Path, browser: Browser) -> None:
    async with running_playground(tmp_path, ask_first=False) as site:
        question = {"question": "Round or square?", "choices": ["round", "square"]}
        site.stack.sandbox.script("for a logo", ("ask", question))
        site.stack.sandbox.script("square", ("generate", {"prompt": "a square logo"}))
        visit = await open_page(browser, site.server.url)
        await visit.say("I need something for a logo")
        await visit.page.get_by_role("button", name="square").click()
        await expect(visit.page.locator(".message").last).to_contain_text(
            "a square logo", timeout=PATIENCE_MS
        )
        await visit.page.get_by_role("button", name="round").click()
        await site.stack.settled()
        views = (await site.get("/api/channel"))["messages"]
        assert len([view for view in views if view["reading"]]) == 2
        await site.post("/api/admin/settings", {"denied_capabilities": ["chat"]}, who="ada")
        await visit.say("a red fox in the snow")
        choice = visit.page.get_by_role("button", name="/generate a red fox in the snow · $")
        await choice.click(timeout=PATIENCE_MS)
        await expect(visit.page.locator(".message").last).to_contain_text("a red fox", timeout=PATIENCE_MS)
        await visit.reaches("delivered")
        await visit.keep("choices")
