"""Everyday sentences with what they mean, and a count of those that were understood."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
EVERYDAY = ROOT / "tests" / "fixtures" / "sentences" / "everyday.json"
"""Written to see what of everyday language the sandbox understands, some in eight languages."""
FRESH = EVERYDAY.with_name("fresh.json")
"""Written before the rules were looked at again; what was not understood was mended."""
HELD_OUT = EVERYDAY.with_name("held_out.json")
"""The other half of them. Nothing is ever mended after it, so that it says how strangers fare."""
STRANGERS = EVERYDAY.with_name("strangers.json")
"""Held out like them: written before the rules were data, by somebody who had not read them."""
TALK = EVERYDAY.with_name("talk.json")
"""Sayings and remarks with the verbs of orders in them, a picture before their eyes: none buys anything."""
PHRASES = ROOT.parent / "shared" / "cases" / "phrases.json"
WITHOUT_A_MODEL = ("confirm", "cancel")
"""Yes and stop are found in a list of words before any model is asked."""

FREE = ("chat", "undo", "balance", "estimate", "compare", "ask")


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """`means` is a tool, or `chat`. `attached`: a picture came along; `picture`: the thread has one."""

    say: str
    means: str
    attached: bool
    picture: bool


def sentences(path: Path, language: str = "") -> list[Sentence]:
    """The sentences of a file, of one `language` where its entries name one."""
    rows = [row for row in json.loads(path.read_text()) if language in ("", row.get("language"))]
    return [
        Sentence(
            say=row["say"], means=row["means"], attached=row["attached"], picture=row["thread"] == "picture"
        )
        for row in rows
        if row["means"] not in WITHOUT_A_MODEL
    ]


def english(sentence: Sentence) -> bool:
    """Without letters that English lacks, and without the commonest words of its neighbours."""
    words = {word.strip(".,!?").lower() for word in sentence.say.split()}
    other = "ein eine das es mach bitte den un une la de le el zum cette otra noch encore anime mets"
    return sentence.say.isascii() and not words & set(other.split())


def became(
    table: Iterable[Sentence], understood: Callable[[Sentence], str]
) -> tuple[float, list[str], list[str]]:
    """The share that was understood, the mistakes in words, and those of them that would have cost money."""
    rows = list(table)
    found = [(row, understood(row)) for row in rows]
    wrong = [(row, what) for row, what in found if what != row.means]
    said = [f"{row.say!r}: {row.means} became {what}" for row, what in wrong]
    paid = [repr(row.say) for row, what in wrong if what not in FREE]
    return 1 - len(wrong) / len(rows), said, paid
