"""Nothing that somebody writes makes reading it slow.

Each parser reads many thousands of characters of every likely kind. In time that grows with the length that
is a few seconds at most; where an opening sign is looked for to the end from every place, it is minutes, and
the test's time limit ends it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest

from adapters.common.text_split import newest, split
from adapters.discord.intake import marks as discord_marks
from adapters.slack.intake import marks as slack_marks
from adapters.slack.intake.grammar import priced, read_explicit
from adapters.slack.views.layout import escape, harmless
from bot.core.capability import Capability
from bot.core.command_parser import read, reads_as_words
from bot.core.errors import InvalidOrder
from bot.core.options import options_of
from bot.core.text.blocked_words import broken_rule
from bot.core.text.clean_text import clean

UNITS = (
    "<", "<@U1|", "<http://", "<#C1|", "<!", "“", " “", "“a ", '( "', '"a', "'", "a=[", " ab=[", "x ya={",
    "ab={ ", "ab=[1] ", "--n=“", "-- ", "[a](", "**a ", "``a", "> ", "- ", "\n", "\u200d", "e\u0301",
    "\U000e0061", "a b ",
)  # fmt: skip
OPTIONS = options_of(Capability.GENERATE)
PARSERS: dict[str, tuple[int, Callable[[str], object]]] = {
    "slack words": (200_000, lambda text: slack_marks.plain_words(text)),
    "discord words": (200_000, lambda text: discord_marks.plain_words(text)),
    "blocked words": (200_000, lambda text: broken_rule(("free pills", "a*b*c", "*a*"), [text])),
    "slack talk": (200_000, read_explicit),
    "slack prices": (200_000, priced),
    "slack markdown": (200_000, lambda text: harmless(escape(text))),
    "options": (100_000, lambda text: read(text, OPTIONS)),
    "words": (100_000, lambda text: reads_as_words(text + "a")),
    "clean": (200_000, clean),
}
"""How many characters, and what reads them."""


@pytest.mark.parametrize("name", PARSERS)
@pytest.mark.timeout(60)
def test_no_text_is_read_slowly(name: str) -> None:
    size, parser = PARSERS[name]
    for unit in UNITS:
        with suppress(InvalidOrder):
            parser(unit * (size // len(unit)))


@pytest.mark.parametrize("unit", ["> ", "- ", "**a ", "``a", "[a](", "\n", "e\u0301", "```\n"])
@pytest.mark.timeout(60)
def test_no_answer_is_cut_slowly(unit: str) -> None:
    text = unit * (20_000 // len(unit))
    assert "".join(page.text for page in split(text, 2000)) == text
    assert len(newest(text, 2000)) <= 2000
