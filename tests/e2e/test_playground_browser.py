"""The page in a real Chromium: what a person types, drops, presses and sees.

Pictures of it go to `artifacts/`.
"""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Route, expect
from pydantic import SecretStr

from adapters.web.demo import HISTORY
from tests.fakes.browser_page import (
    ARTIFACTS,
    NEEDS_CHROMIUM,
    PATIENCE_MS,
    Visit,
    open_page,
    png,
)
from tests.fakes.playground import running_demo, running_playground
from tests.fakes.sandbox import running_sandbox

SECONDS = """film => new Promise((go) => {
  if (film.readyState) go(film.duration); else film.onloadedmetadata = () => go(film.duration);
})"""

pytestmark = NEEDS_CHROMIUM


async def test_a_picture_is_ordered_by_keyboard_alone(visit: Visit) -> None:
    page = visit.page
    await page.evaluate("document.activeElement.blur()")
    await page.keyboard.press("/")
    await expect(page.locator(".suggestion").first).to_contain_text("/generate")
    await page.keyboard.type("gen")
    await page.keyboard.press("Tab")
    await page.keyboard.type("a capybara reading --mo")
    await page.keyboard.press("Enter")
    await page.keyboard.type("seed")
    await expect(page.locator(".suggestion .side").first).to_have_text("from $0.04")
    await visit.keep("completion")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Enter")
    await page.keyboard.type("--n 2")
    await expect(page.locator("#box")).to_have_value(
        "/generate a capybara reading --model seedream-4.5 --n 2"
    )
    await expect(page.locator("#price")).to_have_text("≈ $0.08")
    before = await page.locator("#balance b").inner_text()
    await page.keyboard.press("Enter")
    await visit.reaches("submitted")
    await expect(visit.newest.locator(".steps")).to_contain_text("held $0.10")
    await visit.keep("waiting")
    await visit.reaches("delivered")
    await expect(visit.newest.locator(".receipt")).to_contain_text("charged $0.08")
    await expect(visit.newest.locator(".receipt")).to_contain_text("left until")
    await expect(visit.newest.locator(".cell img")).to_have_count(2)
    await expect(page.locator("#balance b")).not_to_have_text(before)
    await expect(page.locator("#box")).to_be_focused()
    await page.keyboard.press("ArrowUp")
    await expect(page.locator("#box")).to_have_value(
        "/generate a capybara reading --model seedream-4.5 --n 2"
    )


async def test_a_dropped_picture_is_changed_enlarged_and_animated(visit: Visit) -> None:
    page = visit.page
    await page.set_input_files("#files", [png()])
    await expect(page.locator(".attachment img")).to_have_count(1)
    await page.click("#starters button:has-text('Change it')")
    await page.keyboard.type("make it autumn --model seedream-4.5")
    await visit.keep("attachment")
    await page.keyboard.press("Enter")
    await visit.reaches("delivered")
    await expect(visit.newest.locator(".input img")).to_have_count(1)
    await expect(page.locator(".attachment")).to_have_count(0)
    await visit.newest.locator(".cell").click()
    await expect(page.locator("dialog.lightbox img")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator("dialog")).to_have_count(0)
    await visit.newest.locator("button:has-text('Upscale')").click()
    await expect(visit.newest.locator(".cmd")).to_have_text("/upscale", timeout=PATIENCE_MS)
    await visit.reaches("delivered")
    await visit.newest.locator("button:has-text('More')").click()
    await visit.newest.locator("button:has-text('Animate')").click()
    await page.keyboard.type("leaves fall")
    await page.keyboard.press("Enter")
    await expect(visit.newest.locator(".cmd")).to_have_text("/video", timeout=PATIENCE_MS)
    await visit.reaches("awaiting_confirmation")
    await expect(visit.newest.locator(".countdown")).to_contain_text("left to decide")
    await visit.keep("confirmation")
    await visit.newest.locator("button:has-text('Run it for')").click()
    await visit.reaches("delivered")
    assert await visit.newest.locator("video").evaluate(SECONDS) > 1
    await visit.keep("film")


async def test_a_file_dropped_anywhere_is_attached(visit: Visit) -> None:
    page = visit.page
    transfer = await page.evaluate_handle(
        """() => {
          const data = new DataTransfer();
          data.items.add(new File([new Uint8Array([1, 2, 3])], "words.png", {type: "image/png"}));
          return data;
        }"""
    )
    await page.dispatch_event("#messages", "dragenter", {"dataTransfer": transfer})
    await expect(page.locator("#drop")).to_be_visible()
    await page.dispatch_event("#messages", "drop", {"dataTransfer": transfer})
    await expect(page.locator("#drop")).to_be_hidden()
    await expect(page.locator(".attachment")).to_have_count(1)
    await visit.say("/upscale --scale 2")
    await expect(page.locator(".note.bad")).to_contain_text("picture")
    await expect(page.locator(".attachment")).to_have_count(1)


async def test_an_answer_streams_and_stays_words(visit: Visit) -> None:
    page = visit.page
    await page.evaluate("window.pwned = 0")
    await visit.say("Repeat: <img src=x onerror='window.pwned=1'> **bold** and `code`")
    await visit.reaches("delivered")
    await expect(visit.newest.locator(".line")).to_contain_text("<img src=x onerror='window.pwned=1'>")
    await expect(visit.newest.locator(".answer .text")).not_to_be_empty()
    assert await page.evaluate("window.pwned") == 0
    assert await visit.newest.locator("img").count() == 0


async def test_a_budget_refuses_and_an_admin_makes_room(visit: Visit) -> None:
    page = visit.page
    await visit.become("ned")
    await visit.say("/generate a city at night --model seedream-4.5 --n 2")
    await visit.reaches("delivered")
    await visit.say("/generate a city at noon --model seedream-4.5")
    await visit.reaches("refused")
    await expect(visit.newest).to_contain_text("Your budget for today has $0.02 left")
    await expect(visit.newest).to_contain_text("It resets in")
    await visit.keep("refusal")
    await visit.newest.locator("button:has-text('Ask an admin')").click()
    await expect(visit.newest).to_contain_text("The admins have been asked.")
    await visit.become("ada")
    await page.click("[data-tab=admin]")
    await expect(page.locator(".badge")).to_have_text("1")
    card = page.locator(".panel .card.ask")
    await expect(card).to_contain_text("Ned asks for room")
    await visit.keep("approval")
    await card.locator("button:has-text('Allow')").click()
    await visit.reaches("delivered")
    await expect(page.locator(".panel .card.ask")).to_have_count(0)


async def test_a_limit_that_runs_low_is_told_and_an_admin_looks_at_the_digest(visit: Visit) -> None:
    page = visit.page
    await visit.become("ned")
    await visit.say("/generate a city at night --model seedream-4.5 --n 2")
    await visit.reaches("delivered")
    told = page.locator(".note", has_text="80 percent are used, $0.08 of $0.10")
    await expect(told).to_have_count(1)
    await visit.say("/notices off")
    await expect(page.locator(".note").last).to_contain_text("You are not told")
    await visit.become("ada")
    await visit.say("/digest")
    note = page.locator(".note").last
    await expect(note).to_contain_text("By person")
    await expect(note.locator("img")).to_have_attribute("alt", re.compile("The highest day"))


async def test_an_admin_sets_budgets_by_form_and_by_line(visit: Visit) -> None:
    page = visit.page
    await visit.become("ada")
    await page.click("[data-tab=admin]")
    await page.select_option("select[name=who]", "mia")
    await page.fill("input[name=limit]", "3.50")
    await page.select_option("select[name=window]", "week")
    await page.click(".fields:has(input[name=limit]) button[type=submit]")
    await expect(page.locator(".panel .budget", has_text="a week for Mia")).to_contain_text("$3.50 left")
    await visit.say("/budget remove mia week")
    await expect(page.locator(".note")).to_contain_text("Budgets here")
    await expect(page.locator(".panel .budget", has_text="a week for Mia")).to_have_count(0)
    await visit.say("/settings --paused on")
    await expect(page.locator("#mode")).to_have_text("paused by an admin")
    await visit.become("mia")
    await visit.say("/generate a cat")
    await expect(page.locator(".note.bad")).to_contain_text("paused")
    await expect(page.locator("[data-tab=admin]")).to_have_count(0)


async def test_whoever_takes_over_while_an_admins_panel_loads_sees_their_own(visit: Visit) -> None:
    page, asked, late = visit.page, asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        asked.set()
        await late.wait()
        await route.continue_()

    await visit.become("ada")
    await expect(page.locator("[data-tab=admin]")).to_be_visible()
    await page.route("**/api/admin/approvals", hold)
    await page.click("[data-tab=admin]")
    await asked.wait()
    await visit.become("mia")
    late.set()
    await expect(page.locator("[data-tab=admin]")).to_have_count(0)
    await expect(page.locator("#panel-body h2").first).to_have_text("What is left")
    await page.wait_for_timeout(200)  # what the page complains of comes late


async def test_prices_side_by_side_and_other_notes(visit: Visit) -> None:
    page = visit.page
    await visit.say("/compare generate a lighthouse --models seedream-4.5,flux.2-pro")
    await expect(page.locator(".note tbody tr")).to_have_count(2)
    await visit.keep("compare")
    await page.locator(".note tr", has_text="flux.2-pro").locator("button").click()
    await visit.reaches("delivered")
    await expect(visit.newest.locator(".receipt")).to_contain_text("charged $0.015")
    for line, says in (
        ("/balance", "Your budget for today"),
        ("/history", "a lighthouse"),
        ("/models topaz", "topaz-image-upscale"),
        ("/help", "Plain words are understood"),
        ("/estimate generate a cat --model seedream-4.5 --n 4", "About $0.16"),
        ("/forget", "nothing to forget"),
    ):
        await visit.say(line)
        await expect(page.locator(".note").last).to_contain_text(says)
    await visit.say("/generate a cat --modle flux")
    await expect(page.locator(".note").last).to_contain_text("Did you mean --model?")
    await visit.keep("error")
    await expect(page.locator("#box")).to_have_value("/generate a cat --modle flux")


async def test_a_misspelt_model_is_mended_by_a_press(visit: Visit) -> None:
    page = visit.page
    await visit.say("/generate a cat --model seedrem-4.5")
    await visit.reaches("refused")
    await expect(visit.newest).to_contain_text("Did you mean seedream-4.5")
    await visit.newest.locator("button:has-text('Use seedream-4.5')").click(timeout=5000)
    await expect(page.locator(".message")).to_have_count(2)
    await visit.reaches("delivered")
    await expect(visit.newest).to_contain_text("a cat")
    await expect(visit.newest.locator(".receipt .model")).to_have_text("seedream-4.5")


async def test_a_reload_restores_the_channel_and_deleting_leaves_it(visit: Visit) -> None:
    page = visit.page
    await visit.say("/generate a teapot --model flux.1-schnell")
    await visit.reaches("delivered")
    other = await open_page(page.context.browser, visit.url)  # type: ignore[arg-type]
    for opened in (visit, other):
        await opened.page.reload()
        await expect(opened.newest).to_contain_text("a teapot")
        await expect(opened.newest.locator(".receipt")).to_contain_text("charged $0.003")
    await visit.newest.locator("button:has-text('More')").click()
    await visit.newest.locator("[title='Delete from the channel']").click()
    for opened in (visit, other):
        await expect(opened.page.locator(".message")).to_have_count(0)
    await other.page.context.close()


async def test_the_page_comes_back_after_the_server_was_away(tmp_path: Path, browser: Browser) -> None:
    async with running_sandbox() as sandbox:
        async with running_demo(tmp_path, history=False, sandbox=sandbox) as (server, _):
            port = server.port
            visit = await open_page(browser, server.url)
        banner = visit.page.locator("#connection")
        await expect(banner).to_be_visible(timeout=PATIENCE_MS)
        await visit.say("/generate a kite --model flux.1-schnell")
        await expect(visit.page.locator(".note.bad")).to_contain_text("cannot be reached")
        await visit.keep("no-connection")
        await expect(visit.page.locator("#box")).to_have_value("/generate a kite --model flux.1-schnell")
        async with running_demo(tmp_path, sandbox=sandbox, port=port):
            await expect(banner).to_be_hidden(timeout=PATIENCE_MS)
            await visit.page.focus("#box")
            await visit.page.keyboard.press("Enter")
            await visit.reaches("delivered")
            await visit.page.context.close()


async def test_an_empty_channel_invites(visit: Visit) -> None:
    await expect(visit.page.locator("#starters button")).to_have_count(4)
    await visit.keep("empty")
    await visit.page.click("#starters button >> nth=0")
    await expect(visit.page.locator("#box")).to_have_value(re.compile("^/generate a capybara"))
    await visit.page.keyboard.press("Enter")
    await visit.reaches("delivered")
    await expect(visit.page.locator("#starters")).to_be_hidden()


async def test_a_lived_in_channel(tmp_path: Path, browser: Browser) -> None:
    async with running_demo(tmp_path) as (server, _):
        visit = await open_page(browser, server.url)
        await expect(visit.page.locator(".message")).to_have_count(len(HISTORY))
        await expect(visit.page.locator(".chart rect")).not_to_have_count(0)
        await expect(visit.newest.locator(".cell img")).to_have_count(4)
        await visit.keep("channel")
        await visit.page.click("[data-tab=history]")
        await visit.page.locator(".panel .row", has_text="paper boat").click()
        await expect(visit.page.locator(".message.flash")).to_contain_text("paper boat")
        await visit.page.context.close()
        assert visit.complaints == []


AS_SHIPPED: dict[str, Any] = {"sketch_edge": None, "render_pixels": 1_200_000, "video_edge": 640}
"""The demo's pictures as people get them, not the plain ones of the tests."""


async def test_the_first_view_is_light_and_a_click_shows_the_original(
    tmp_path: Path, browser: Browser
) -> None:
    async with running_demo(tmp_path, **AS_SHIPPED) as (server, _):
        bodies: dict[str, int] = {}
        context = await browser.new_context(viewport={"width": 1280, "height": 860}, locale="en-GB")
        page = await context.new_page()
        session = await context.new_cdp_session(page)
        addresses: dict[str, str] = {}
        session.on(
            "Network.requestWillBeSent", lambda it: addresses.update({it["requestId"]: it["request"]["url"]})
        )
        session.on(
            "Network.loadingFinished",
            lambda it: bodies.update({addresses[it["requestId"]]: int(it["encodedDataLength"])}),
        )
        await session.send("Network.enable")
        await page.goto(server.url)
        await page.wait_for_selector("body[data-ready=yes]")
        await page.wait_for_load_state("networkidle")
        newest = page.locator(".message").last.locator(".cell img")
        await expect(newest).to_have_count(4)
        drawn = "(images) => images.every((image) => image.complete && image.naturalWidth > 0)"
        assert await newest.evaluate_all(drawn)
        sized = (
            "(images) => images.every((image) => image.hasAttribute('width') && image.hasAttribute('height'))"
        )
        assert await newest.evaluate_all(sized)
        print("first view:", sum(bodies.values()), "bytes in", len(bodies), "answers")
        assert sum(bodies.values()) < 350_000, sorted(bodies.items(), key=lambda item: -item[1])[:12]
        await page.screenshot(path=ARTIFACTS / "playground-light.png")
        await newest.first.click()
        original = page.locator(".lightbox img")
        await expect(original).to_have_js_property("complete", True)
        address = await original.get_attribute("src")
        assert address is not None
        assert "edge=" not in address
        await context.close()


async def test_a_hidden_picture_is_not_even_fetched_before_somebody_wants_it(visit: Visit) -> None:
    fetched: list[str] = []
    visit.page.on("request", lambda it: fetched.append(it.url) if "/media/" in it.url else None)
    await visit.say("/generate a surprise --hidden")
    await visit.reaches("delivered")
    await expect(visit.newest.locator(".cover")).to_be_visible()
    assert fetched == []
    await visit.keep("hidden")
    await visit.newest.get_by_role("button", name="Show it").click()
    await expect(visit.newest.locator(".cell img")).to_have_js_property("complete", True)
    assert fetched != []
    await visit.newest.get_by_role("button", name="Upscale").click()
    await visit.reaches("delivered")
    await expect(visit.newest.locator(".cover")).to_be_visible()


async def test_it_fits_a_phone(visit: Visit) -> None:
    phone = await open_page(
        visit.page.context.browser,  # type: ignore[arg-type]
        visit.url,
        size=(390, 844),
        has_touch=True,
        is_mobile=True,
    )
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert await phone.page.evaluate(wide) <= 0
    await expect(phone.page.locator("#panel")).to_be_hidden()
    await phone.keep("phone")
    await phone.page.tap("#balance")
    await expect(phone.page.locator("#panel .budget").first).to_be_visible()
    await phone.keep("phone-panel")
    await phone.page.tap("#panel .close")
    await expect(phone.page.locator("#panel")).to_be_hidden()
    assert phone.complaints == []
    await phone.page.context.close()


async def test_everything_that_can_be_pressed_has_a_name(visit: Visit) -> None:
    await visit.become("ada")
    for tab in ("money", "models", "history", "admin"):
        await visit.page.click(f"[data-tab={tab}]")
        nameless = await visit.page.evaluate(
            """() => [...document.querySelectorAll("button, a, input, select, textarea, [role=option]")]
              .filter((item) => item.type !== "file" && !item.closest("[hidden]"))
              .filter((item) => !(item.ariaLabel || item.title || item.innerText?.trim()))
              .filter((item) => !item.labels?.length)
              .map((item) => item.outerHTML.slice(0, 120))"""
        )
        assert nameless == []


async def test_the_owner_signs_in_and_out(tmp_path: Path, browser: Browser) -> None:
    async with running_playground(tmp_path, demo_place=None, playground_password=SecretStr("sesame")) as site:
        page = await (await browser.new_context(color_scheme="light")).new_page()
        await page.goto(site.server.url)
        await page.fill("#password", "wrong")
        await page.keyboard.press("Enter")
        await expect(page.locator("#sign_in")).to_have_text("That is not the password.")
        await expect(page.locator("#sign_in")).to_be_visible()
        await expect(page.locator("#too_many_tries")).to_be_hidden()
        await page.fill("#password", "sesame")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("body[data-ready=yes]")
        visit = Visit(page=page, url=site.server.url)
        await visit.say("/generate a cat --model flux.1-schnell")
        await visit.reaches("delivered")
        await expect(visit.newest.locator(".cell img")).to_have_js_property("complete", True)
        assert await visit.newest.locator(".cell img").evaluate("picture => picture.naturalWidth") > 0
        await visit.keep("owner")
        await page.click("text=Sign out")
        await expect(page.locator("#password")).to_be_visible()
        await page.context.close()
