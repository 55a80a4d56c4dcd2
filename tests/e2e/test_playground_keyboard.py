"""Each thing the page can do, by keyboard alone: reached, used, and the focus stays where it was."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.async_api import Browser, Locator, Page, expect

from tests.fakes.browser_page import NEEDS_CHROMIUM, PATIENCE_MS, Visit, png, visiting

pytestmark = NEEDS_CHROMIUM

REACHED = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return "nothing";
  if (at.dataset.reached) return "again";
  const seen = getComputedStyle(at);
  const around = at.closest(".box, .person") && getComputedStyle(at.closest(".box, .person"));
  const shown = (style) => style && (style.outlineStyle !== "none" || style.boxShadow !== "none");
  at.dataset.reached = shown(seen) || shown(around) ? "seen" : "unseen";
  return at.dataset.reached;
}"""

MISSED = """() => [
  ...document.querySelectorAll("button, a[href], input, select, textarea, video, [tabindex='0']")
]
  .filter((one) => !one.disabled && one.checkVisibility() && one.tabIndex >= 0)
  .filter((one) => one.dataset.reached !== "seen")
  .map((one) => `${one.dataset.reached ?? "not reached"}: ${one.outerHTML.slice(0, 140)}`)"""


async def tab_to(page: Page, wanted: Locator, key: str = "Tab") -> None:
    """Press Tab until the element has the focus."""
    for _ in range(60):
        await page.keyboard.press(key)
        if await wanted.evaluate("it => it === document.activeElement"):
            return
    raise AssertionError(f"{wanted} was not reached")


async def newest(visit: Visit) -> None:
    """From the box to the newest message."""
    await visit.page.focus("#box")
    await visit.page.keyboard.press("Alt+ArrowUp")
    await expect(visit.newest).to_be_focused()
    await expect(visit.page.locator("#box")).to_have_value("")


async def test_tab_reaches_everything_and_shows_where_it_is(visit: Visit) -> None:
    page = visit.page
    await visit.say("/generate a teapot --model flux.1-schnell --n 2")
    await visit.reaches("delivered")
    await visit.become("ada")
    await visit.say("/compare generate a lighthouse --models seedream-4.5,flux.2-pro")
    await expect(page.locator(".note tbody tr")).to_have_count(2)
    await page.focus("[role=tab][aria-selected=true]")
    for tab in ("models", "history", "library", "admin"):
        await page.keyboard.press("ArrowRight")
        await expect(page.locator(f"[data-tab={tab}][aria-selected=true]")).to_be_focused()
        await expect(page.locator(f"#panel-body[data-tab={tab}]")).to_have_count(1)
    await page.fill("#box", "/generate a fern --model seedream-4.5 ")
    await page.keyboard.press("Escape")
    await page.wait_for_timeout(300)  # the panel and the price are drawn
    await page.evaluate("document.activeElement.blur()")
    for _ in range(250):
        await page.keyboard.press("Tab")
        if await page.evaluate(REACHED) == "again":
            break
    assert await page.evaluate(MISSED) == []


async def test_messages_are_walked_through_and_their_buttons_keep_the_focus(visit: Visit) -> None:
    page = visit.page
    await visit.say("/generate a teapot --model flux.1-schnell")
    await visit.reaches("delivered")
    await visit.say("/generate a kettle --model flux.1-schnell --n 3")
    await expect(page.locator(".message.is-delivered")).to_have_count(2, timeout=PATIENCE_MS)
    await newest(visit)
    await page.keyboard.press("ArrowUp")
    await expect(page.locator(".message").first).to_be_focused()
    await page.keyboard.press("End")
    second = visit.newest.get_by_role("button", name="2", exact=True)
    await tab_to(page, second)
    await page.keyboard.press("Enter")
    await expect(second).to_have_attribute("aria-pressed", "true")
    await expect(second).to_be_focused()
    edit = visit.newest.get_by_role("button", name="Edit")
    await tab_to(page, edit)
    await page.keyboard.press("Enter")
    await expect(visit.newest.locator(".inline-form input")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(edit).to_be_focused()
    cell = visit.newest.locator(".cell").first
    await tab_to(page, cell, "Shift+Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator("dialog.lightbox img")).to_be_visible()
    await page.keyboard.press("ArrowRight")
    await expect(page.locator("dialog figcaption")).to_contain_text("2 of 3")
    await page.keyboard.press("Escape")
    await expect(cell).to_be_focused()
    more = visit.newest.get_by_role("button", name="More")
    await tab_to(page, more)
    await page.keyboard.press("Enter")
    await expect(more).to_be_focused()
    await tab_to(page, visit.newest.get_by_role("button", name="Details"))
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog", name="Details")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator("dialog")).to_have_count(0)
    await tab_to(page, visit.newest.get_by_role("button", name="Delete from the channel"))
    await page.keyboard.press("Enter")
    await expect(page.locator(".message")).to_have_count(1)
    await expect(page.locator(".message")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator("#box")).to_be_focused()


async def test_a_picture_is_attached_priced_and_agreed_to(visit: Visit) -> None:
    page = visit.page
    async with page.expect_file_chooser() as chosen:
        await tab_to(page, page.locator("#attach"))
        await page.keyboard.press("Enter")
    await (await chosen.value).set_files([png()])
    await expect(page.locator("#box")).to_be_focused()
    role = page.get_by_role("combobox", name="What garden.png is for")
    await tab_to(page, role)
    await page.keyboard.press("ArrowDown")
    await expect(role).to_have_value("mask")
    await expect(role).to_be_focused()
    await page.keyboard.press("ArrowUp")
    await expect(role).to_have_value("image")
    await page.focus("#box")
    await page.keyboard.type("/video let it snow --model sora-2 --seconds 4 ")
    await page.keyboard.press("Enter")
    await visit.reaches("awaiting_confirmation")
    await newest(visit)
    await tab_to(page, visit.newest.get_by_role("button", name=re.compile("Run it for")))
    await visit.keep("confirmation-by-keyboard")
    await page.keyboard.press("Enter")
    await visit.reaches("delivered")
    await expect(visit.newest).to_be_focused()


async def test_what_is_under_way_is_cancelled(tmp_path: Path, browser: Browser) -> None:
    async with visiting(tmp_path, browser, chat_chunk_seconds=0.4) as visit:
        await visit.say("/chat Tell me a long story")
        await expect(visit.newest.get_by_role("button", name="Cancel")).to_be_visible(timeout=PATIENCE_MS)
        await newest(visit)
        await tab_to(visit.page, visit.newest.get_by_role("button", name="Cancel"))
        await visit.page.keyboard.press("Enter")
        await visit.reaches("cancelled")
        await expect(visit.newest).to_be_focused()


async def test_an_admin_decides_and_administers(visit: Visit) -> None:
    page = visit.page
    await visit.become("ned")
    await visit.say("/generate a city at noon --model seedream-4.5 --n 3")
    await visit.reaches("refused")
    await newest(visit)
    await tab_to(page, visit.newest.get_by_role("button", name="Ask an admin"))
    await page.keyboard.press("Enter")
    await expect(visit.newest).to_contain_text("The admins have been asked.")
    await expect(visit.newest).to_be_focused()
    switch = page.locator("#person select")
    await switch.focus()
    await page.keyboard.type("Ada")
    await expect(page.locator("#person .person-name b")).to_have_text("Ada")
    await expect(switch).to_be_focused()
    await expect(page.locator("[data-tab=admin]")).to_be_visible()
    await page.focus("[role=tab][aria-selected=true]")
    await page.keyboard.press("End")
    await expect(page.locator("[data-tab=admin]")).to_be_focused()
    await expect(page.locator(".panel .card.ask")).to_contain_text("Ned asks for room")
    await tab_to(page, page.locator("#panel").get_by_role("button", name="Decline"))
    await page.keyboard.press("Enter")
    await expect(page.locator(".panel .card.ask")).to_have_count(0)
    await page.locator("select[name=who]").focus()
    await page.keyboard.type("Mia")
    await page.keyboard.press("Tab")
    await page.keyboard.type("3.50")
    await page.keyboard.press("Tab")
    await page.keyboard.type("week")
    await tab_to(page, page.get_by_role("button", name="Set", exact=True))
    await page.keyboard.press("Enter")
    await expect(page.locator(".panel .budget", has_text="a week for Mia")).to_contain_text("$3.50 left")
    await expect(page.get_by_role("button", name="Set", exact=True)).to_be_focused()
    words = page.locator("textarea[name=house_prompt]")
    await words.focus()
    await page.keyboard.type("Be kind.")
    save = words.locator("xpath=ancestor::form").get_by_role("button")
    await tab_to(page, save)
    await page.keyboard.press("Enter")
    await expect(page.locator("textarea[name=house_prompt]")).to_have_value("Be kind.")
    await expect(save).to_be_focused()
    await page.keyboard.press("Enter")  # what was read is what is sent again
    await page.reload()
    await page.click("[data-tab=admin]")
    await expect(page.locator("textarea[name=house_prompt]")).to_have_value("Be kind.")


async def test_a_note_is_dismissed_and_the_messages_are_passed_by(visit: Visit) -> None:
    page = visit.page
    await visit.say("/help")
    await expect(page.locator(".note")).to_contain_text("Alt+↑")
    await page.focus("#box")
    await tab_to(page, page.get_by_role("button", name="Past the messages"))
    await visit.keep("past-the-messages")
    await page.keyboard.press("Enter")
    await expect(page.locator("#balance")).to_be_focused()
    await page.focus("#box")
    await tab_to(page, page.get_by_role("button", name="To the newest message"))
    await page.keyboard.press("Enter")
    await expect(page.locator(".note")).to_be_focused()
    await tab_to(page, page.get_by_role("button", name="Dismiss"))
    await page.keyboard.press("Enter")
    await expect(page.locator(".note")).to_have_count(0)
    await expect(page.locator("#box")).to_be_focused()
