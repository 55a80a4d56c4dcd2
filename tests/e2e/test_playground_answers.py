"""How the page shows what a model writes: all of Markdown, and nothing that becomes a part of the page."""

from __future__ import annotations

from playwright.async_api import expect

from tests.fakes.browser_page import NEEDS_CHROMIUM, Visit

pytestmark = NEEDS_CHROMIUM

RENDER = """async (text) => {
  const { markdown } = await import("/static/js/markdown.js");
  const box = document.createElement("div");
  box.className = "text";
  box.append(...markdown(text));
  document.getElementById("messages").replaceChildren(box);
  return box.innerHTML;
}"""

ANSWER = """# Title

**bold** and *light* and ~~gone~~ and `a < b`

- one
  - inside
- [x] done
- [ ] to do

1. first
2. second

| Model | Price |
|---|---:|
| seedream | $0.04 |

```html
<b>not bold</b>
```
"""

HOSTILE = """- <script>window.pwned=1</script>

<img src=x onerror="window.pwned=1"> <svg onload="window.pwned=1"></svg>

[click](javascript:alert(1)) [data](data:text/html,x) [fine](https://example.org/a) https://example.org/b

![tracker](https://example.org/t.png)

<style>body { display: none }</style> <form action=/logout><button class="btn primary">Sign in</button></form>
"""


async def test_markdown_becomes_elements_and_code_is_copied_by_keyboard(visit: Visit) -> None:
    page = visit.page
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await page.evaluate(RENDER, ANSWER)
    text = page.locator("#messages .text")
    await expect(text.locator("strong")).to_have_text("bold")
    await expect(text.locator("s")).to_have_text("gone")
    await expect(text.locator("ul ul li")).to_have_text("inside")
    await expect(text.locator("ol li")).to_have_count(2)
    await expect(text.locator("td")).to_have_text(["seedream", "$0.04"])
    await expect(text.locator("li", has_text="done")).to_have_text("☑ done")
    await expect(text.locator("li", has_text="to do")).to_have_text("☐ to do")
    await visit.keep("markdown")
    await text.locator("pre").focus()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(text.locator(".copy")).to_have_text("Copied")
    assert await page.evaluate("navigator.clipboard.readText()") == "<b>not bold</b>\n"


async def test_a_model_cannot_write_markup_into_the_page(visit: Visit) -> None:
    page = visit.page
    await page.evaluate("window.pwned = 0")
    rendered = await page.evaluate(RENDER, HOSTILE)
    assert "&lt;script&gt;" in rendered
    text = page.locator("#messages .text")
    await expect(text.locator("img, svg, script, style, form, button, iframe")).to_have_count(0)
    assert 'href="javascript' not in rendered
    assert 'href="data' not in rendered
    links = text.locator("a[href]")
    await expect(links).to_have_count(3)
    for link in await links.all():
        assert await link.get_attribute("rel") == "noopener noreferrer nofollow"
    assert await page.evaluate("window.pwned") == 0


SIGNS = (
    "`", "*", "**", "_", "__", "[", "]", "[a](", "[a](http://x", "http://", "```", "> ", ">", "- ", "# a\n",
    "`a", "``a", "*a", "**a ", "[[a]", "a\n", "- a\n", "> a\n", "1. a\nb\n", "-\n", "***", "* ",
    "\\\\", "<", "( ", "|a", "|a|\n|-|\n", "~~a", "<!--", "![a](",
)  # fmt: skip


async def test_no_text_makes_it_slow(visit: Visit) -> None:
    """Forty thousand characters each; a search from every opening sign to the end takes minutes."""
    slow = await visit.page.evaluate(
        """async (texts) => {
          const { markdown } = await import("/static/js/markdown.js");
          return texts.filter((text) => {
            const from = performance.now();
            markdown(text);
            return performance.now() - from > 5000;
          }).map((text) => text.slice(0, 10));
        }""",
        [sign * (40_000 // len(sign)) for sign in SIGNS],
    )
    assert slow == []
