"""What people said in a thread before the bot was called into it, as far as a model is given it to read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.core.said import Quoted

LINE_MOST = 1000
ALL_MOST = 6000
"""Characters; the person who calls the bot pays for reading them, once."""


def newest(lines: Sequence[Quoted]) -> tuple[Quoted, ...]:
    """The last of these lines that fit, in their order; each of them cut, and empty ones left out."""
    found: list[Quoted] = []
    room = ALL_MOST
    for line in reversed([one for one in lines if one.words.strip()]):
        cut = replace(line, words=line.words.strip()[:LINE_MOST])
        room -= len(cut.words)
        if room < 0:
            break
        found.append(cut)
    return tuple(reversed(found))
