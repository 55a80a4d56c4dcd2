"""The page in other languages: one in brackets, that finds what is not marked, and German."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from babel import Locale
from playwright.async_api import Browser, Page, expect

from adapters.web.command_table import VERBS
from bot.core.capability import Capability
from bot.core.options import options_of
from bot.core.text.translation import Language, gettext, speaking
from tests.fakes.brackets import NAMES, SAID, Reader, speak_in_brackets
from tests.fakes.browser_page import (
    NEEDS_CHROMIUM,
    PATIENCE_MS,
    Visit,
    open_page,
    png,
    running_browser,
)
from tests.fakes.playground import running_demo

pytestmark = NEEDS_CHROMIUM

SEEN = """() => {
  const seen = [document.title];
  const shows = (node) => (node.closest("select") ?? node).checkVisibility({visibilityProperty: true});
  for (const node of document.body.querySelectorAll("*")) {
    if (node.matches("script, style, noscript") || !shows(node)) continue;
    seen.push(...["aria-label", "placeholder", "title", "alt"].map((name) => node.getAttribute(name) ?? ""));
    for (const child of node.childNodes) if (child.nodeType === Node.TEXT_NODE) seen.push(child.textContent);
  }
  return seen.filter((text) => text.trim());
}"""
"""Each text that somebody can see or hear on the page as it stands."""
UNREADABLE = r"""() => {
  const bad = [];
  const says = (child) => child.nodeType === Node.TEXT_NODE && child.textContent.trim();
  for (const node of document.querySelectorAll("#app *, dialog *")) {
    const texts = [...node.childNodes].filter(says);
    const typed = node.matches("option, svg *, code, dd, .cmd-link");
    if (!texts.length || typed || !node.checkVisibility()) continue;
    const { overflowX, display } = getComputedStyle(node);
    const out = node.clientWidth > 0 && node.scrollWidth > node.clientWidth + 1;
    if (display !== "inline" && overflowX === "visible" && out) bad.push(`stands out: ${node.textContent}`);
    for (const text of texts) {
      for (const word of text.textContent.matchAll(/\p{L}{2,}/gu)) {
        const range = document.createRange();
        range.setStart(text, word.index);
        range.setEnd(text, word.index + word[0].length);
        const lines = new Set([...range.getClientRects()].map(({ top }) => top));
        if (lines.size > 1) bad.push(`broken: ${word[0]}`);
      }
    }
  }
  const [tabs, open] = [".tabs", ".tabs [aria-selected=true]"].map((name) => document.querySelector(name));
  const [all, one] = [tabs.getBoundingClientRect(), open?.getBoundingClientRect()];
  if (one && (one.left < all.left - 1 || one.right > all.right + 1)) bad.push("the open tab is cut");
  if (innerWidth > 899 && tabs.scrollWidth > tabs.clientWidth) bad.push("the tabs do not fit");
  return bad;
}"""
"""Words that stand out of their box, or are broken in two."""
"""Elements whose words stand out of them."""


def names_of_dates(kind: str) -> Iterator[str]:
    names = getattr(Locale("en"), kind)["format"]
    yield from (*names["abbreviated"].values(), *names["wide"].values())


SMALL = {"render_pixels": 300_000, "video_edge": 320, "image_seconds": 0.3}
HERE = (
    "Mia Ned Ada Acme web lobby off create last Deutsch seedrem modle none abc PNG kB",
    " ".join(month for name in ("months", "days") for month in names_of_dates(name)),
    " ".join(option.name for verb in VERBS for option in verb.options),
    " ".join(option.name for capability in Capability for option in options_of(capability)),
)
"""People, dates as the browser writes them, what is typed, and what was typed in these walks."""
TRACE = re.compile("[0-9a-f]{32}")

Look = Callable[[str], Awaitable[None]]


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with running_browser() as running:
        yield running


async def first_session(visit: Visit, look: Look, code: str) -> None:
    """A walk through everything that the page shows; `look` is called at each stop, with its name."""

    def said(text: str) -> str:
        with speaking(code):
            return gettext(text)

    page = visit.page

    async def presses(text: str) -> None:
        await page.get_by_text(said(text), exact=True).last.click()

    await look("welcome")
    await ordered(visit, "why is the sky blue?", "delivered")
    await page.focus("#box")
    await page.keyboard.type("/")
    await expect(page.locator(".suggestion").first).to_be_visible()
    await look("commands")
    await page.keyboard.type("generate a red fox in the snow --")
    await expect(page.locator(".suggestion").first).to_be_visible()
    await look("options")
    await page.keyboard.press("Escape")
    await page.fill("#box", "/generate a red fox in the snow --model seedream-4.5 --n 2")
    await expect(page.locator("#price")).not_to_be_empty()
    await look("price")
    await page.keyboard.press("Escape")
    await page.focus("#box")
    await page.keyboard.press("Enter")
    await expect(page.locator(".message")).to_have_count(2)
    await visit.reaches("delivered")
    await presses("More")
    await look("result")
    await visit.newest.locator(f"[title='{said('Details')}']").click()
    await look("details")
    await page.keyboard.press("Escape")
    await visit.newest.locator(".cell").first.click()
    await look("lightbox")
    await page.keyboard.press("Escape")
    await presses("Edit")
    await presses("Reply")
    await look("reply")
    await presses("Do not reply")
    await ordered(visit, "/video waves --seconds 4 --model sora-2", "awaiting_confirmation")
    await look("offer")
    await presses("No, thanks")
    await visit.reaches("cancelled")
    await ordered(visit, "/generate a quiet sea --model seedrem-4.5", "refused")
    await look("unknown model")
    await visit.say("/compare generate a quiet sea --models seedream-4.5,flux.2-pro,none")
    await expect(page.locator(".note tbody tr")).to_have_count(3)
    await look("comparison")
    await page.locator(".note .buttons .primary").last.click()
    await expect(page.locator(".column-of .receipt")).to_have_count(2, timeout=PATIENCE_MS)
    await look("side by side")
    for line in (
        "/balance",
        "/history",
        "/models topaz",
        "/help",
        "/estimate generate a quiet sea --model seedream-4.5",
        "/notices",
        "/link",
        "/forget",
        "/forget",
        "/generate a cat --modle flux",
    ):
        await answered(visit, line)
        await look(line)
    for tab in ("models", "history", "library", "money"):
        await open_tab(page, tab)
        await expect(page.locator(".panel-body li, .panel-body .budget").first).to_be_visible()
        await look(f"panel {tab}")
    await open_tab(page, "library")
    await page.locator(".tile").last.click()
    await expect(page.locator("dialog.result")).to_be_visible()
    await look("one result")
    await page.keyboard.press("Escape")
    await leave_panel(page)
    await page.set_input_files("#files", [png()])
    await look("attachment")
    await page.locator(".attachment .paint").click()
    await look("brush")
    await page.keyboard.press("Escape")
    await page.locator(".attachment .icon").last.click()


async def open_tab(page: Page, tab: str) -> None:
    """Show a tab of the side panel, which covers the channel of a phone."""
    if not await page.locator("#panel-body").is_visible():
        await page.click("#panel-toggle")
    await page.click(f"[data-tab={tab}]")
    await expect(page.locator(f".panel-body[data-tab={tab}]")).to_be_visible()


async def leave_panel(page: Page) -> None:
    """Close the panel where it covers the channel."""
    await page.keyboard.press("Escape")


async def ordered(visit: Visit, line: str, state: str) -> None:
    """Send a line that a message of the channel answers, and wait for how it ends."""
    messages = visit.page.locator(".message")
    before = await messages.count()
    await visit.say(line)
    await expect(messages).to_have_count(before + 1, timeout=PATIENCE_MS)
    await visit.reaches(state)


async def answered(visit: Visit, line: str) -> None:
    """Send a line that a note answers."""
    notes = visit.page.locator(".note")
    before = await notes.count()
    await visit.say(line)
    await expect(notes).to_have_count(before + 1, timeout=PATIENCE_MS)


async def refused_and_ruled(visit: Visit, look: Look) -> None:
    """Somebody's budget does not do, and an admin sees to it; and what else admins see."""
    page = visit.page
    await visit.become("ned")
    await ordered(visit, "/generate a hundred foxes --model seedream-4.5 --n 4", "refused")
    await look("refused")
    await visit.newest.locator(".buttons .primary").first.click()
    await expect(visit.newest.locator(".asked-note")).to_be_visible()
    await look("asked")
    await visit.become("ada")
    await open_tab(page, "admin")
    await expect(page.locator(".panel .card.ask")).to_have_count(1)
    await look("admin")
    for form in range(await page.locator(".settings").count()):
        await page.locator(".settings").nth(form).scroll_into_view_if_needed()
        await look("settings")
    await leave_panel(page)
    for line in (
        "/budget set mia $50 day",
        "/budget why mia",
        "/budget report",
        "/settings",
        "/settings --threshold abc",
        "/project add Acme",
        "/style",
        "/statement",
        "/digest",
        "/audit",
    ):
        await answered(visit, line)
        await look(line)
    await open_tab(page, "admin")
    await page.locator(".panel .card.ask .primary").click()
    await visit.reaches("delivered")
    await look("allowed")


async def test_every_word_of_the_page_is_marked(
    tmp_path: Path, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    speak_in_brackets(tmp_path, monkeypatch)
    reader = Reader()
    async with running_demo(tmp_path / "data", history=False, **SMALL) as (server, _):
        visit = await open_page(browser, server.url)

        async def look(_stop: str) -> None:
            reader.heard += [text for text in await visit.page.evaluate(SEEN) if not TRACE.fullmatch(text)]

        await first_session(visit, look, Language.ENGLISH)
        await refused_and_ruled(visit, look)
        await visit.page.context.close()
    assert visit.complaints == []
    assert len(set(reader.heard)) > 400, "the page shows less than it did"
    reader.finds_nothing_unmarked((*NAMES, *SAID, *HERE))


async def test_a_button_changes_the_language(tmp_path: Path, browser: Browser) -> None:
    async with running_demo(tmp_path, history=False, **SMALL) as (server, _):
        visit = await open_page(browser, server.url, size=(390, 700), locale="de-DE")
        page = visit.page
        for code, label in (("en", "English"), ("de", "Deutsch"), ("en", "English")):
            await page.click("#panel-toggle")
            await page.get_by_role("button", name=label).click()
            await expect(page.locator(f"html[lang={code}] body[data-ready=yes]")).to_be_attached()
        await page.reload()
        await expect(page.locator("html[lang=en] body[data-ready=yes]")).to_be_attached()
        await page.context.close()
    assert visit.complaints == []


@pytest.mark.deep
@pytest.mark.parametrize("width", [1280, 390])
async def test_a_session_in_german(tmp_path: Path, browser: Browser, width: int) -> None:
    async with running_demo(tmp_path, history=False, **SMALL) as (server, _):
        visit = await open_page(browser, server.url, size=(width, 860), locale="de-DE")
        stops: list[str] = []

        async def look(stop: str) -> None:
            stops.append(stop)
            assert await visit.page.evaluate(UNREADABLE) == [], stop
            await visit.keep(f"de-{width}-{len(stops):02}-{re.sub('[^a-z]+', '-', stop)}")

        await expect(visit.page.locator("html")).to_have_attribute("lang", "de")
        await first_session(visit, look, Language.GERMAN)
        await refused_and_ruled(visit, look)
        await visit.page.context.close()
    assert visit.complaints == []
