"""Commands that people type: the verb in front, and the words after it.

After the slash command the first word is the verb where it is one. In a conversation only `/verb …` is a
command; everything else is understood as it is said (`bot.conversation`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from adapters.common.place_lists.commands import VERBS
from bot.core.capability import Capability, about

MADE = {verb: capability for capability in Capability for verb in about(capability).verbs}
"""Words that ask for something to be made."""
_PRICES = frozenset({"estimate", "compare"})
_OTHER = frozenset({"models", "balance", "history", "cancel", "forget", "link", "help", "notices"})
ADMIN = frozenset({"budget", "budgets", "settings", "report", "audit", "digest"}) | VERBS
HELP = frozenset({"help", "hilfe", "aide"})
"""Words that alone show what there is, free and without a model."""
_POINTING = re.compile(r"\b(this|that|it|these|picture|pictures|image|photo|screenshot)\b", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class ParsedCommand:
    """`verb` is empty for plain talk; `rest` is what follows it."""

    verb: str
    rest: str


def read_command(text: str) -> ParsedCommand:
    """After the slash command: the first word, perhaps after `/`, is the verb where it is one, else all of it
    is a prompt.
    """
    first, rest = _split(text)
    verb = first.removeprefix("/")
    if verb in MADE or verb in _PRICES | _OTHER | ADMIN:
        return ParsedCommand(verb=verb, rest=rest)
    return ParsedCommand(verb="", rest=text.strip())


def read_explicit(text: str) -> ParsedCommand | None:
    """In a conversation: a command only after `/`, and the word `help` alone; None for what is just said."""
    words = text.strip()
    if words.lower() in HELP:
        return ParsedCommand(verb="help", rest="")
    if not words.startswith("/"):
        return None
    said = read_command(words[1:])
    return said if said.verb else None


def points_at_picture(text: str) -> bool:
    """True for words that speak of a picture somebody should be able to see."""
    return bool(_POINTING.search(text))


def priced(rest: str) -> tuple[Capability, str, list[str]]:
    """`estimate` and `compare`: the capability they name (else generate), the words, and the models."""
    first, after = _split(rest)
    capability, text = (MADE[first], after) if first in MADE else (Capability.GENERATE, rest)
    found = re.search(r"(?:--|[‒–—―]{1,2})models?[= ]\s*([^\s,]+(?:\s*,\s*[^\s,]+)*)", text)
    if found is None or "," not in found[1]:
        return capability, text.replace("--models", "--model"), []
    names = [name.strip() for name in found[1].split(",") if name.strip()]
    return capability, (text[: found.start()] + text[found.end() :]).strip(), names


def _split(text: str) -> tuple[str, str]:
    first, _, rest = text.strip().partition(" ")
    word, newline, more = first.partition("\n")
    return word.lower().rstrip(":,"), (more + (" " if more else "") + rest if newline else rest).strip()
