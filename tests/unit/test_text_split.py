"""Long answers in pages: nothing lost, nothing too long, and every page reads right by itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from adapters.common.text_split import newest, pages, split, units
from adapters.discord.views import request as request_view
from bot.core.events import Progressed
from bot.core.request import State
from tests.unit.test_discord_render import ORDERS, request_of

LIMIT = 200
MARKDOWN = MarkdownIt("commonmark").enable("strikethrough")
FEW = "one two three. " * 8
LINES = [f"let a{number} = {number};" for number in range(40)]


def code(prefix: str = "", language: str = "js") -> str:
    """A block of code that takes several pages, every line after `prefix`."""
    return "".join(f"{prefix}{line}\n" for line in [f"```{language}", *LINES, "```"])


# an independent reader of Markdown


def blocks_of_code(text: str) -> list[tuple[str, str]]:
    """Language and content of every block of code, by markdown-it."""
    return [
        (item.info, item.content) for item in MARKDOWN.parse(text) if item.type in ("fence", "code_block")
    ]


def letters(text: str, kind: str) -> int:
    """How many letters stand within `strong`, `em` or `s`, by markdown-it."""
    count = depth = 0
    for item in (child for block in MARKDOWN.parse(text) for child in block.children or []):
        depth += (item.type == f"{kind}_open") - (item.type == f"{kind}_close")
        count += sum(map(str.isalpha, item.content)) if depth else 0
    return count


def balanced(page: str) -> bool:
    """No block of code is left open: what follows on a new paragraph is text."""
    return blocks_of_code(f"{page}\n\nzzz")[-1:] == blocks_of_code(page)[-1:]


def checked(text: str, limit: int = LIMIT) -> list[str]:
    """The pages, after what must be true of all."""
    found = split(text, limit)
    assert "".join(page.text for page in found) == text
    assert all(units(page.before + page.text + page.after) <= limit for page in found)
    return [page.shown for page in found]


# blocks of code


@pytest.mark.parametrize(
    ("before", "prefix"),
    [
        ("", ""),
        ("1. first\n\n", "   "),
        ("- first\n", "  "),
        ("> said\n", "> "),
        ("> - said\n", ">   "),
        ("- outer\n  - inner\n\n", "    "),
        ("1. outer\n   1. inner\n      - third\n\n", "        "),
        ("", "  "),
    ],
)
def test_a_block_of_code_goes_on_with_its_language_in_its_list_or_quote(before: str, prefix: str) -> None:
    text = before + code(prefix) + "\nend"
    found = checked(text)
    assert len(found) > 2
    for page in found:
        assert balanced(page)
    read = [block for page in found for block in blocks_of_code(page)]
    assert {language for language, _ in read} == {"js"}
    assert "".join(content for _, content in read) == "".join(f"{line}\n" for line in LINES)
    opened = [line for page in found[1:-1] for line in page.splitlines() if "```js" in line]
    assert opened == [f"{prefix}```js"] * len(found[1:-1])


def test_other_fences_are_reopened_as_they_were() -> None:
    text = "~~~~text\n" + "```\nwords\n" * 60 + "~~~~\n"
    found = checked(text)
    assert all(page.startswith("~~~~text\n") and page.endswith("\n~~~~") for page in found)


def test_code_that_nobody_closed_is_closed_on_every_page() -> None:
    found = checked("```python\n" + "x = 1\n" * 200)
    assert all(page.startswith("```python\n") and page.endswith("\n```") for page in found)


def test_a_quote_that_ends_ends_its_code() -> None:
    text = "> ```js\n> let a = 1;\n\n" + FEW * 3
    found = checked(text)
    assert all("```" not in page for page in found[1:])


def test_a_code_block_that_fits_a_page_is_never_cut() -> None:
    block = "```python\n" + "x = 1\n" * 30 + "```"
    found = checked("word " * 60 + "\n\n" + block + "\n\n" + "word " * 60, 400)
    assert sum(block in page for page in found) == 1


# marks


@pytest.mark.parametrize("mark", ["**", "__", "*", "_", "~~", "||", "`", "``", "***"])
@pytest.mark.parametrize("prefix", ["", "> ", "- "])
def test_marks_are_closed_and_opened_again(mark: str, prefix: str) -> None:
    words = ("word " * 90).strip()
    found = checked(f"{prefix}before {mark}{words}{mark} after")
    assert len(found) > 2
    carry = prefix.replace("-", " ")
    for page in found[1:]:
        assert page.startswith(f"{carry}{mark}word")
    for page in found[:-1]:
        assert page.endswith(f"word{mark}")
    assert found[-1].endswith(f"word{mark} after")


def test_marks_within_marks_are_closed_in_order() -> None:
    found = checked("**bold _both " + "word " * 60 + "end_ bold** none")
    assert found[0].endswith("word_**")
    assert found[1].startswith("**_word")
    assert "".join(found).count("**_") == len(found) - 1


@pytest.mark.parametrize(("mark", "kind"), [("**", "strong"), ("*", "em"), ("~~", "s")])
def test_every_letter_stays_as_it_was_marked(mark: str, kind: str) -> None:
    text = f"{FEW}{mark}{FEW.strip()}{mark} {FEW}\n\n" * 6
    assert sum(letters(page, kind) for page in checked(text)) == letters(text, kind) > 0


@pytest.mark.parametrize(
    "text",
    [
        "3 * 4 " * 90,
        "snake_case_name " * 40,
        "**never closed " + "word " * 90,
        r"\*not bold " * 40,
        "a | b " * 90,
    ],
)
def test_signs_that_mark_nothing_are_left_alone(text: str) -> None:
    assert all(page.before == page.after == "" for page in split(text, LIMIT))


# what stays whole


@pytest.mark.parametrize(
    "whole",
    [
        "[a link of words](https://example.com/a_(b)?c=1)",
        "https://example.com/a/b/c?d=e&f=g_h_i",
        "<https://example.com/aaaaaaaa>",
        "👩‍👩‍👧‍👦",
        "👍🏽",
        "e\u0301",
        "🇩🇪",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    ],
)
@pytest.mark.parametrize("glue", ["x", " "])
def test_links_and_letters_are_not_cut(whole: str, glue: str) -> None:
    glue = " " if "://" in whole else glue
    for shift in range(0, 40, 3):
        text = "x" * shift + " " + f"{whole}{glue}" * 40
        assert sum(page.count(whole) for page in checked(text)) == 40


def test_flags_and_astral_signs_count_twice_and_stay_whole() -> None:
    flags = checked("x" + "🇩🇪" * 200)
    assert all(page.count("🇩🇪") * 2 == len(page.removeprefix("x")) for page in flags)
    assert all(len(page) <= 100 for page in checked("😀" * 500))


def test_prose_is_cut_between_paragraphs_then_sentences_then_words() -> None:
    assert pages("one two. " * 20 + "\n\n" + "three four. " * 20, 250) == [
        ("one two. " * 20).strip() + " ",
        ("three four. " * 20)[: len("three four. ") * 20],
    ]
    assert all(not page.endswith("wo") for page in pages("word " * 300, 200))
    assert pages("", 200) == [""]


# anything at all

_PIECES = st.sampled_from(
    [
        "**", "*", "__", "_", "~~", "||", "`", "``", "```", "```js\n", "~~~", "> ", "- ", "1. ", "  ", "    ",
        "\n", "\n\n", "word ", "Wort. ", "[a](https://x.y)", "https://x.y/z ",
        "\\", "<", "#", "😀", "🇩🇪", "é", "\t", "x" * 150,
    ]
)  # fmt: skip
_ANYTHING = st.lists(st.one_of(_PIECES, st.text(max_size=20)), max_size=150).map("".join)


@given(_ANYTHING, st.integers(100, 400))
def test_no_text_is_lost_or_too_long(text: str, limit: int) -> None:
    checked(text, limit)
    shown = newest(text, limit)
    assert units(shown) <= limit


_PROSE = st.lists(
    st.sampled_from(["word ", "Ende. ", "**bold words** ", "x" * 60 + " "]), min_size=1, max_size=40
)
_SECTIONS = st.lists(
    st.tuples(
        st.sampled_from([("", ""), ("> ", "> "), ("- ", "  "), ("1. ", "   ")]), st.integers(1, 60), _PROSE
    ),
    min_size=1,
    max_size=5,
)


@given(_SECTIONS, st.integers(150, 400))
def test_every_page_has_balanced_fences_and_the_code_is_the_same(sections: list, limit: int) -> None:
    text, written = "", ""
    for (first, prefix), lines, prose in sections:
        text += f"{first}{''.join(prose)}\n" + "".join(
            f"{prefix}{line}\n" for line in ["```js", *[f"x = {number}" for number in range(lines)], "```"]
        )
        text += "\n"
        written += "".join(f"x = {number}\n" for number in range(lines))
    found = checked(text, limit)
    assert all(balanced(page) for page in found)
    read = [block for page in found for block in blocks_of_code(page)]
    assert {language for language, _ in read} == {"js"}
    assert "".join(content for _, content in read) == written


# while it is being written


def test_the_newest_part_of_a_growing_answer_opens_what_is_open() -> None:
    shown = newest("intro\n\n> ```python\n" + "> x = 1\n" * 200, LIMIT)
    assert shown.startswith("> ```python\n> x = 1\n")
    assert shown.endswith("> x = 1\n> ```")
    assert balanced(shown)
    assert newest("short", LIMIT) == "short"


def test_discord_shows_the_newest_part_with_its_code_whole() -> None:
    request = request_of(ORDERS[3], state=State.SUBMITTED)
    view = request_view.progress(Progressed(request=request, text="- a\n  ```js\n" + "  x = 1;\n" * 900))
    text = next(item.content for item in view.walk_children() if "x = 1" in getattr(item, "content", ""))
    assert text.startswith("…\n  ```js\n  x = 1;")
    assert text.endswith("\n  ```")
