"""A platform's marks as words, for every platform alike: replaced until none is left."""

from __future__ import annotations

from collections.abc import Callable

from bot.core.text.clean_text import clean

_PASSES = 4
"""Marks inside of marks do not happen by themselves; whoever builds more of them loses the brackets."""


def settled(text: str, replaced: Callable[[str], str]) -> str:
    """The text without invisible characters and without marks, in time linear in its length.

    `replaced` makes words of each mark, all of which begin with `<`. What it makes can complete another mark
    together with what stood around it, so it is asked again; in the end the brackets go.
    """
    text = clean(text)
    for _ in range(_PASSES):
        after = clean(replaced(text))
        if after == text:
            return text
        text = after
    return clean(text.replace("<", ""))


def name_of(name: str, unknown: str) -> str:
    """A name as it can stand among words: one line without brackets, never empty."""
    return " ".join(clean(name).replace("<", "").replace(">", "").split())[:80] or unknown
