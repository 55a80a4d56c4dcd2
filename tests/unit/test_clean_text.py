"""Words as people see them: what is invisible is neither priced nor sent."""

from __future__ import annotations

import sys
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.catalog import Catalog
from bot.core.errors import InvalidOrder
from bot.core.request import Actor, ChatOrder, EditOrder, GenerateOrder, Order, Upload, VideoOrder
from bot.core.tenant import Tenant
from bot.core.text import clean_text
from bot.core.text.clean_text import clean, has_words
from bot.core.validation import CONVERSATION_MAX
from bot.settings import Settings
from bot.use_cases.admission import checks_of

MIA = Actor(tenant="t:1", person="p:mia")
PICTURE = Upload(digest="d" * 64, content_type="image/png", width=64, height=64, size=9)
NEEDED = (
    "👩\u200d🚀",
    "❤\ufe0f\u200d🔥",
    "👩🏽\u200d🚀",
    "🏳\ufe0f\u200d🌈",
    "🙂\u200d↔\ufe0f",
    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "1\ufe0f⃣",
    "می\u200cخواهم",
    "क\u094d\u200dष",
    "葛\U000e0100城",
    "Grüße, 你好, שלום\n\tand a tab",
)


@pytest.mark.parametrize("text", NEEDED)
def test_what_scripts_and_emoji_need_stays(text: str) -> None:
    assert clean(text) == text
    assert has_words(text)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a\u200bb\u2060c\ufeff", "abc"),
        ("soft\u00adhyphen", "softhyphen"),
        ("a\u200db", "ab"),
        ("cat\U000e0068\U000e0069", "cat"),
        ("x" + "\ufe0f\ufe01\ufe02", "x\ufe0f"),
        ("\u202eright to left\u202c", "right to left"),
        ("a\r\nb", "a\nb"),
        ("bell\x07", "bell"),
    ],
)
def test_what_nobody_sees_goes(text: str, seen: str) -> None:
    assert clean(text) == seen


@given(st.text())
def test_cleaning_twice_changes_nothing_and_no_visible_letter_is_lost(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    letters = [c for c in text if unicodedata.category(c) in ("Lu", "Ll", "Nd", "Po")]
    assert [c for c in once if unicodedata.category(c) in ("Lu", "Ll", "Nd", "Po")] == letters


def test_every_format_character_is_known() -> None:
    """Those that are kept are seen: signs of numbers and verses, and how hieroglyphs stand."""
    formats = [chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) == "Cf"]
    kept = {f"{ord(c):x}" for c in formats if not clean_text._INVISIBLE.match(c)}
    names = "600 601 602 603 604 605 6dd 70f 890 891 8e2 110bd 110cd".split()
    assert kept - set(names) <= {f"{code:x}" for code in range(0x13430, 0x13440)}


def orders(prompt: str) -> list[Order]:
    return [
        GenerateOrder(model="m", prompt=prompt),
        EditOrder(model="m", prompt=prompt, images=(PICTURE,)),
        ChatOrder(model="m/m", prompt=prompt),
        VideoOrder(model="m", prompt=prompt),
    ]


def checked(order: Order) -> Any:
    return checks_of(Catalog(), Settings()).check(MIA, Tenant(id="t:1"), order)


@pytest.mark.parametrize(
    "blank", ["\u200b" * 10, " \u2060 ", "\u3164", "\u2800", "\u0301", "\x07", "\ufe0f", "\u00ad", ""]
)
def test_a_prompt_that_nobody_can_see_is_refused_whatever_is_asked_for(blank: str) -> None:
    for order in orders(blank):
        with pytest.raises(InvalidOrder, match="prompt is empty"):
            checked(order)


def test_hidden_characters_are_gone_before_an_order_is_priced_or_kept() -> None:
    for order in orders("a\u200b cat\U000e0068"):
        assert checked(order).prompt == "a cat"
    order = checked(GenerateOrder(model="m", prompt="x", negative_prompt="\u200b"))
    assert order.negative_prompt is None
    assert checked(ChatOrder(model="m/m", prompt="x", system="be\u200b kind")).system == "be kind"


def test_the_length_counts_what_is_seen() -> None:
    assert checked(GenerateOrder(model="m", prompt="x\u200b" * 10_000)).prompt == "x" * 10_000


def test_a_conversations_name_is_bounded() -> None:
    with pytest.raises(InvalidOrder, match="too long"):
        checked(ChatOrder(model="m/m", prompt="x", conversation="c" * (CONVERSATION_MAX + 1)))
