"""The controls beside the words and the brush for a mask, by keyboard alone."""

from __future__ import annotations

import re

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect

from tests.fakes.browser_page import NEEDS_CHROMIUM, Visit, png

pytestmark = NEEDS_CHROMIUM

ALPHA = """async () => {
  const image = document.querySelectorAll(".attachment img")[1];
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
  const pen = canvas.getContext("2d");
  pen.drawImage(image, 0, 0);
  const alpha = (x, y) => pen.getImageData(x, y, 1, 1).data[3];
  return [canvas.width, canvas.height, alpha(2, 2), alpha(180, 120)];
}"""


async def test_what_model_shape_and_count_are_chosen_beside_the_words(visit: Visit) -> None:
    page, box = visit.page, visit.page.locator("#box")
    await page.keyboard.type("a lighthouse")
    for _ in range(3):
        await page.keyboard.press("Tab")
    await expect(page.get_by_role("combobox", name="What to make")).to_be_focused()
    await page.keyboard.type("Draw")
    await expect(box).to_have_value("/generate a lighthouse")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("combobox", name="Model")).to_be_focused()
    await page.keyboard.type("seedream-4.5")
    await expect(box).to_have_value(re.compile("--model seedream-4.5 $"))
    await expect(page.locator(".good-at")).to_contain_text("draws")
    await expect(page.locator(".good-at")).to_contain_text("from $0.04")
    await page.keyboard.press("Tab")
    await page.keyboard.type("16:9")
    await page.keyboard.press("Tab")
    await page.keyboard.type("2")
    await expect(box).to_have_value("/generate a lighthouse --model seedream-4.5 --aspect_ratio 16:9 --n 2 ")
    await expect(page.locator("#price")).to_have_text("≈ $0.08")
    await visit.keep("controls")
    assert (await Axe().run(page)).response["violations"] == []
    await page.focus("#box")
    await page.keyboard.press("Escape")
    await page.focus("#box")
    await page.keyboard.press("Enter")
    await visit.reaches("delivered")
    await expect(visit.newest.locator(".cell img")).to_have_count(2)


async def test_the_line_and_its_controls_say_the_same(visit: Visit) -> None:
    page = visit.page
    await page.fill("#box", "/generate a cat --model seedream-4.5 --n 2")
    await expect(page.get_by_role("combobox", name="How many")).to_have_value("2")
    await page.select_option("[name=what]", "upscale")
    await expect(page.locator("#box")).to_have_value(re.compile(r"^/upscale a cat *$"))
    await page.select_option("[name=what]", "")
    await expect(page.locator("#box")).to_have_value(re.compile(r"^a cat *$"))
    await expect(page.locator("[name=model]")).to_have_count(0)


async def test_a_picture_that_is_attached_has_its_price_before(visit: Visit) -> None:
    page = visit.page
    asked: list[str] = []
    page.on("request", lambda it: asked.append(it.url) if it.url.endswith("/api/estimate") else None)
    await page.set_input_files("#files", [png()])
    await page.focus("#box")
    await page.keyboard.type("/edit make it autumn --model seedream-4.5 ", delay=20)
    await expect(page.locator("#price")).to_have_text(re.compile(r"≈ \$0\.04"))
    assert len(asked) == 1


async def test_a_mask_is_painted_by_keyboard_and_sent(visit: Visit) -> None:
    page = visit.page
    await page.set_input_files("#files", [png()])
    await page.get_by_role("button", name="Paint a mask on garden.png").focus()
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Paint what may change")
    await expect(page.locator(".brush canvas")).to_be_focused()
    await expect(dialog.get_by_role("button", name="Use this mask")).to_be_disabled()
    await page.keyboard.press("Space")
    await page.keyboard.press("Control+z")
    await expect(dialog.get_by_role("button", name="Undo")).to_be_disabled()
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("Shift+ArrowRight")
    await page.keyboard.press("Space")
    await visit.keep("brush")
    assert (await Axe().run(page)).response["violations"] == []
    await dialog.get_by_role("button", name="Use this mask").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator(".attachment")).to_have_count(2)
    assert await page.evaluate(ALPHA) == [320, 240, 255, 0]
    await expect(page.locator("#box")).to_be_focused()
    await page.keyboard.type("/edit make it autumn --model gpt-image-1.5 ")
    await page.keyboard.press("Enter")
    await visit.reaches("delivered")
    await expect(visit.newest.locator(".input .role")).to_have_text("mask")


async def test_a_mask_is_painted_with_the_brush(visit: Visit) -> None:
    page = visit.page
    await page.set_input_files("#files", [png()])
    await page.click(".attachment .paint")
    await expect(page.locator(".brush canvas")).to_be_focused()  # the picture is there, and has its size
    canvas = await page.locator(".brush canvas").bounding_box()
    assert canvas is not None
    x, y = canvas["x"] + canvas["width"] * 180 / 320, canvas["y"] + canvas["height"] / 2
    await page.mouse.move(x - 20, y)
    await page.mouse.down()
    await page.mouse.move(x + 20, y, steps=4)
    await page.mouse.up()
    await page.click("text=Use this mask")
    await expect(page.locator(".attachment")).to_have_count(2)
    assert await page.evaluate(ALPHA) == [320, 240, 255, 0]
