"""Words that a place does not want to see: the rules, and the text that breaks one.

A rule is a word or a phrase. `*` stands for any characters of a word and `?` for one. Rules match whole
words, in any case, with or without accents, in letters of any alphabet that look the same (`skeletons`), and
also where the letters of a word are set apart by spaces or signs. There are no regular expressions: nobody
can write a rule that takes long, and no text makes one take long.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.core.text.skeletons import skeleton

RULE_MAX = 64
"""Characters of one rule."""
_SPREAD = 6
"""A word of so many letters is found with spaces anywhere in it; shorter ones are too often made by chance
(“plan b at noon”), so they are found only with a space after every letter."""
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
"""Scripts that set no spaces between words; each of their characters is taken as a word."""
_ALONE = re.compile(f"([{_UNSPACED}])")
_APART = re.compile(r"[\W_]+")
_SIGNS = re.compile(r"[^\w\s]|_")


@dataclass(frozen=True, kw_only=True)
class BlockedUse:
    """Somebody's words broke a rule and were refused: who, where, what for, which rule, when (UTC micros).

    The words themselves are kept nowhere.
    """

    tenant: str
    person: str
    name: str
    channel: str
    capability: str
    rule: str
    at: int


def well_formed_rule(rule: str) -> bool:
    """True for text that can be a rule: of two letters or digits at least, or of one unspaced character."""
    letters = [character for character in skeleton(rule) if character.isalnum()]
    long_enough = len(letters) >= 2 or any(_ALONE.match(letter) for letter in letters)
    return len(rule) <= RULE_MAX and long_enough and "\n" not in rule and "," not in rule


def broken_rule(rules: Sequence[str], texts: Iterable[str]) -> str:
    """The first of the rules that one of the texts breaks, or nothing. Linear in the length of the texts."""
    if not rules:
        return ""
    compiled = _compiled(tuple(rules))
    for text in texts:
        if text and (rule := compiled.broken_by(_views(text))):
            return rule
    return ""


@dataclass(frozen=True, kw_only=True)
class _Views:
    """A text in three ways: its words, its words with signs inside left out, and its letters alone.

    `edges`: the places in `letters` where a word begins or ends.
    """

    words: str
    joined: str
    letters: str
    edges: frozenset[int]


def _views(text: str) -> _Views:
    seen = _ALONE.sub(r" \1 ", skeleton(text))
    parts = _APART.sub(" ", seen).split()
    edges, at = {0}, 0
    for part in parts:
        at += len(part)
        edges.add(at)
    joined = " ".join(_SIGNS.sub("", seen).split())
    return _Views(
        words=f" {' '.join(parts)} ", joined=f" {joined} ", letters="".join(parts), edges=frozenset(edges)
    )


class _Rules:
    """The rules of one place, ready to be asked."""

    def __init__(self, rules: Sequence[str]) -> None:
        self._plain: list[tuple[str, str]] = []
        self._patterns: list[tuple[str, re.Pattern[str], str]] = []
        for rule in rules:
            folded = _ALONE.sub(r" \1 ", skeleton(rule))
            if "*" in folded or "?" in folded:
                self._patterns.append((rule, _pattern(folded), _spelled(folded)))
            elif words := " ".join(_APART.sub(" ", folded).split()):
                self._plain.append((rule, words))

    def broken_by(self, text: _Views) -> str:
        """The first rule that the text breaks, plain ones first."""
        for rule, words in self._plain:
            if f" {words} " in text.words or f" {words} " in text.joined or _spelled(words) in text.words:
                return rule
            if _spread(words, text):
                return rule
        for rule, pattern, spelled in self._patterns:
            if pattern.search(text.words) or pattern.search(text.joined) or spelled in text.words:
                return rule
        return ""


_compiled = lru_cache(maxsize=256)(_Rules)


def _spelled(words: str) -> str:
    """The letters of a rule with a space after each, as they would stand in a text; of a pattern the longest
    part without wildcards. Something that no text has where that is too short.
    """
    letters = max((part.replace(" ", "") for part in re.split(r"[*?]", words)), key=len)
    return f" {' '.join(letters)} " if len(letters) > 2 else "\n"


def _spread(words: str, text: _Views) -> bool:
    """True when the letters of a long rule stand in the text with spaces or signs anywhere between them."""
    letters = words.replace(" ", "")
    if len(letters) < _SPREAD:
        return False
    at = text.letters.find(letters)
    while at >= 0:
        if at in text.edges and at + len(letters) in text.edges:
            return True
        at = text.letters.find(letters, at + 1)
    return False


def _pattern(rule: str) -> re.Pattern[str]:
    """A rule with wildcards, as words in a row. Each piece up to a `*` is taken once and never tried again
    (an atomic group), so that no text makes the search slow.
    """
    words = [_glob(word) for word in re.sub(r"[^\w\s*?]|_", " ", rule).split() if word.strip("*?")]
    return re.compile("(?<= )" + " ".join(words) + "(?= )" if words else r"(?!)")


def _glob(word: str) -> str:
    first, *pieces = re.split(r"\*+", word)
    one = [re.escape(piece).replace(r"\?", r"\w") for piece in (first, *pieces)]
    if not pieces:
        return one[0]
    middle = "".join(rf"(?>[^ ]*?{piece})" for piece in one[1:-1] if piece)
    # The last piece ends the word: the rest is taken whole, and only what is behind it is looked at.
    return one[0] + middle + (rf"[^ ]*+(?<={one[-1]})" if one[-1] else "[^ ]*+")
