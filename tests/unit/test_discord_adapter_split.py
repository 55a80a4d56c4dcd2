"""Long answers in pages: nothing lost, nothing too long, code blocks whole."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from adapters.discord.split import pages

WORDS = st.text(st.characters(codec="utf-8", exclude_characters="`~"), max_size=3000)
CODE = st.builds(
    lambda body, language: f"\n```{language}\n{body}\n```\n",
    st.text(st.characters(codec="utf-8", exclude_characters="`~\r"), max_size=1500),
    st.sampled_from(["", "python", "c++"]),
)


@given(st.lists(st.one_of(WORDS, CODE), max_size=6).map("".join))
def test_pages_are_short_enough_lose_no_word_and_close_their_fences(text):
    found = pages(text, 400)
    assert found
    for page in found:
        assert len(page) <= 400
        assert page.count("```") % 2 == 0
    kept = re.sub(r"\s|```[\w+#.-]*", "", "".join(found))
    assert kept == re.sub(r"\s|```[\w+#.-]*", "", text)


def test_a_code_block_that_fits_a_page_is_never_cut():
    block = "```python\n" + "x = 1\n" * 30 + "```"
    found = pages("word " * 60 + "\n\n" + block + "\n\n" + "word " * 60, 400)
    assert sum(block in page for page in found) == 1


def test_a_larger_block_is_opened_again_with_its_language():
    found = pages("```python\n" + "x = 1\n" * 200 + "```", 400)
    assert len(found) > 1
    assert all(page.startswith("```python\n") and page.endswith("```") for page in found)


def test_prose_is_cut_between_paragraphs_then_sentences_then_words():
    assert pages("one two. " * 20 + "\n\n" + "three four. " * 20, 250) == [
        ("one two. " * 20).strip() + " ",
        ("three four. " * 20)[: len("three four. ") * 20],
    ]
    assert all(not page.endswith("wo") for page in pages("word " * 300, 200))
    assert pages("", 200) == [""]
