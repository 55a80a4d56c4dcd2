"""A sentence as words, and the templates that it is held against; `rules.toml` says how one is written."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

_SIGN = "[\u3040-\u30ff\u4e00-\u9fff]"  # Japanese and Chinese have no spaces: each sign counts as a word
_QUOTED = r"“[^”]*”|\"[^\"]*\"|«[^»]*»|„[^“”]*[“”]|^>.*?$|```.*?```"
_WORD = re.compile(
    rf"(?P<quoted>{_QUOTED})|{_SIGN}|\d+(?:[.:x×]\d+)+[a-z]*|(?:[cdjlmnst]|qu)'|(?:(?!{_SIGN})[^\W_])+(?:'[^\W_]+)*|[^\w\s-]",
    re.IGNORECASE | re.MULTILINE | re.DOTALL,
)
_PIECE = re.compile(r"\{\w+\}|[\[\]()|]|[^\s\[\]()|{}]+")
_OWN = re.compile(rf"{_SIGN}|(?<!\{{)\b[^\W\d_][\w']*\*?")

Words = tuple[str, ...]
Choice = list[list["str | Choice"]]
"""A template as one of several sequences, of words, `…`, `_` and `{list}`, and of choices again."""


class Said(NamedTuple):
    """The words of a sentence in small letters, with their places in it. What is quoted is one word, `“”`."""

    source: str
    words: Words
    places: tuple[tuple[int, int], ...]

    @property
    def text(self) -> str:
        return " ".join(self.source[self.places[0][0] : self.places[-1][1]].split()) if self.places else ""

    def part(self, start: int, stop: int | None = None) -> Said:
        return Said(self.source, self.words[start:stop], self.places[start:stop])


def said(text: str) -> Said:
    found = [*_WORD.finditer(text.replace("’", "'"))]
    words = tuple("“”" if one["quoted"] else one[0].lower() for one in found)
    return Said(text, words, tuple(one.span() for one in found))


def _parsed(pieces: deque[str]) -> Choice:
    options: Choice = [[]]
    while pieces and (piece := pieces.popleft()) not in (")", "]"):
        if piece == "|":
            options.append([])
        elif piece == "__":
            pieces.extendleft("]_[" * 4)  # four times "[_]", begun with its end
        elif piece in ("(", "["):
            options[-1].append(_parsed(pieces) + ([[]] if piece == "[" else []))
        else:
            options[-1] += [piece] if _is_special(piece) else said(piece).words
    return options


def _is_special(item: str | Choice) -> bool:
    return not isinstance(item, str) or item[0] in "{…_" or "*" in item or "#" in item


@cache
def _pattern(item: str) -> re.Pattern[str]:
    return re.compile(re.escape(item).replace(r"\*", ".*").replace(r"\#", r"\d+(?:\.\d+)?"))


class Language:
    """Lists of words and templates by name. A list `number 4` has the words for 4, `number` those for any."""

    def __init__(self, own: Mapping[str, list[str]], english: Language | None = None) -> None:
        words = {word for entries in own.values() for one in entries for word in _OWN.findall(one)}
        self._own = re.compile("|".join(_pattern(word).pattern for word in words))
        behind = english.lists if english else dict[str, dict[str, Choice]]()
        self.lists = {name: {word: [*found] for word, found in behind[name].items()} for name in behind}
        for name, entries in own.items():
            by_word = self.lists.setdefault(name, {"": []})
            for sequence in (one for entry in entries for one in _parsed(deque(_PIECE.findall(entry)))):
                by_word.setdefault("" if _is_special(sequence[0]) else str(sequence[0]), []).append(sequence)

    def known(self, words: Words) -> int:
        """How many of the words are the language's own."""
        return sum(self._own.fullmatch(word) is not None for word in words)

    def ends(self, name: str, words: Words, start: int = 0) -> set[int]:
        """Where an entry of the list can end that begins at `start`."""
        by_word = self.lists[name]
        of_word = by_word.get(words[start], []) if start < len(words) else []
        return self._ends(by_word[""] + of_word, words, {start})

    def fits(self, name: str, words: Words) -> bool:
        """True if an entry of the list is the whole sentence."""
        return len(words) in self.ends(name, words)

    def anywhere(self, name: str, words: Words) -> Words:
        """The first words that an entry of the list fits, else none."""
        found = ((start, self.ends(name, words, start)) for start in range(len(words)))
        return next((words[start : max(ends)] for start, ends in found if ends), ())

    def meaning(self, group: str, words: Words) -> str | None:
        """What the first words of the group stand for, such as 4 for "four"; those of `=` for themselves."""
        for name in (name for name in self.lists if name.startswith(f"{group} ")):
            if found := self.anywhere(name, words):
                return found[0] if name.endswith("=") else name.removeprefix(f"{group} ")
        return None

    def _ends(self, choice: Choice, words: Words, starts: set[int]) -> set[int]:
        found = set[int]()
        for sequence in choice:
            at = starts
            for item in sequence:
                at = at and self._after(item, words, at)
            found |= at
        return found

    def _after(self, item: str | Choice, words: Words, starts: set[int]) -> set[int]:
        if not isinstance(item, str):
            return self._ends(item, words, starts)
        if item == "…":
            return {*range(min(starts), len(words) + 1)}
        if item[0] == "{":
            return set[int]().union(*(self.ends(item[1:-1], words, start) for start in starts))
        if not _is_special(item):
            return {start + 1 for start in starts if words[start : start + 1] == (item,)}
        found = ((start + 1, words[start]) for start in starts if start < len(words))
        if item == "_":
            return {end for end, word in found if word[0].isalnum() and word not in self.lists["small"]}
        return {end for end, word in found if _pattern(item).fullmatch(word)}
