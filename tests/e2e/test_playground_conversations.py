"""Conversations of one's own in the browser: begun, switched, reloaded and forgotten by keyboard alone."""

from __future__ import annotations

import re

from playwright.async_api import Browser, Page, expect

from tests.fakes.browser_page import NEEDS_CHROMIUM, Visit, open_page

pytestmark = NEEDS_CHROMIUM


async def begin(page: Page) -> None:
    before = page.url
    await page.get_by_role("button", name="New conversation").focus()
    await page.keyboard.press("Enter")
    await expect(page).not_to_have_url(before)
    await expect(page.locator("#box")).to_be_focused()


async def test_conversations_are_switched_by_keyboard_and_survive_a_reload(visit: Visit) -> None:
    page, rail = visit.page, visit.page.get_by_role("navigation", name="Conversations")
    await begin(page)
    await expect(page.locator("#place")).to_have_text("New conversation")
    await expect(page.locator("#welcome")).to_be_visible()
    await visit.say("/generate a paper lantern --model flux.1-schnell --n 2")
    await visit.reaches("delivered")
    await expect(page.locator("#place")).to_have_text("a paper lantern")
    await expect(page.locator("#about")).to_contain_text("1 request, $0.006 so far")
    await begin(page)
    await expect(page.locator(".message")).to_have_count(0)
    await visit.say("/chat Name a colour")
    await visit.reaches("delivered")
    links = rail.get_by_role("link")
    await expect(links).to_have_text([re.compile("playground"), "Name a colour", "a paper lantern"])
    await links.nth(2).focus()
    await page.keyboard.press("Enter")
    await expect(visit.newest.locator(".cell img")).to_have_count(2)
    await expect(links.nth(2)).to_have_attribute("aria-current", "page")
    await expect(links.nth(2)).to_be_focused()
    await page.reload()
    await expect(page.locator("#about")).to_contain_text("1 request, $0.006 so far")
    await expect(visit.newest).to_contain_text("a paper lantern")
    await page.get_by_role("button", name="Reply to p2").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#replying")).to_contain_text("Replying to p2")
    await expect(page.locator("#box")).to_be_focused()
    await visit.keep("conversation")
    await visit.say("/forget")
    await expect(page.locator(".note")).to_contain_text("Forgotten")
    await expect(page.get_by_role("button", name="Reply to p2")).to_have_count(0)
    await page.go_back()
    await expect(page.locator("#place")).to_have_text("Name a colour")
    await visit.become("ned")
    await expect(page.locator("#place")).to_have_text("#playground")
    await expect(links).to_have_count(1)
    await expect(page.locator(".message")).to_have_count(0)


async def test_a_result_that_is_looked_at_leaves_the_conversation_open(visit: Visit) -> None:
    page = visit.page
    await begin(page)
    address = page.url
    await visit.say("/generate a paper lantern --model flux.1-schnell")
    await visit.reaches("delivered")
    await page.focus("[data-tab=library]")
    await page.keyboard.press("Enter")
    await page.locator(".tile").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("dialog.result")).to_contain_text("a paper lantern")
    await page.keyboard.press("Escape")
    await expect(page).to_have_url(address)
    await expect(page.locator(".message")).to_have_count(1)


async def test_a_phone_has_the_conversations_in_its_panel(visit: Visit, browser: Browser) -> None:
    phone = await open_page(browser, visit.url, size=(390, 844))
    page = phone.page
    await begin_on_phone(page)
    await expect(page.locator("#panel")).to_be_hidden()
    await expect(page.locator("#place")).to_have_text("New conversation")
    await page.focus("#panel-toggle")
    await page.keyboard.press("Enter")
    await expect(page.locator("#panel [aria-current=page]")).to_have_text("New conversation")
    await phone.keep("phone-conversations")
    await page.locator("#panel .talk").first.focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#panel")).to_be_hidden()
    await expect(page.locator("#place")).to_have_text("#playground")
    assert phone.complaints == []
    await page.context.close()


async def begin_on_phone(page: Page) -> None:
    await page.focus("#panel-toggle")
    await page.keyboard.press("Enter")
    await page.focus("[data-tab=talks]")
    await page.keyboard.press("Enter")
    await page.locator("#panel").get_by_role("button", name="New conversation").focus()
    await page.keyboard.press("Enter")
