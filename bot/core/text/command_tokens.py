"""Cuts a line into options, quoted texts and words, in time that grows with its length only.

Quotes and brackets that nobody closes must not be looked for again and again to the end of the line: where
the next closing one stands is looked up in a list that is made once.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

_CLOSING = {'"': '"', "“": "”", "'": "'", "„": "“", "«": "»", "‘": "’"}
_BRACKETS = {"[": "]", "{": "}"}
_START = re.compile(r"\S")
_WORD = re.compile(r"\S*")
_OPTION = re.compile(r"(?P<dash>--|[‐‑−]{2}|[‒–—―]{1,2})(?P<name>[A-Za-z][\w-]*)")
_JSON_EXTRA = re.compile(r"[a-z][a-z0-9_.]+=(?=[\[{])")
_END = re.compile(r"\s|\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A piece of a line, from `start` to `end`.

    It is one of: the lone `--` that ends the options (`ends`); an option with `dash`, `name` and, after an
    equals sign, `value`; a `quoted` text with its quotes; a `word`.
    """

    start: int
    end: int
    ends: bool = False
    dash: str = ""
    name: str = ""
    value: str | None = None
    quoted: str = ""
    word: str = ""

    @property
    def span(self) -> tuple[int, int]:
        """Where it stands."""
        return self.start, self.end


class Tokens:
    """The tokens of one line."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __iter__(self) -> Iterator[Token]:
        position = 0
        while (token := self.after(position)) is not None:
            yield token
            position = token.end

    def after(self, position: int) -> Token | None:
        """The first token at or after a position; None where nothing follows."""
        found = _START.search(self._text, position)
        if found is None:
            return None
        start = found.start()
        return self._special(start) or self._plain(start)

    def _special(self, start: int) -> Token | None:
        """The lone `--`, an option, or a quoted text."""
        if self._text.startswith("--", start) and self._ends(start + 2):
            return Token(start=start, end=start + 2, ends=True)
        if (option := _OPTION.match(self._text, start)) is not None:
            return self._option(option)
        end = self.quote_end(start)
        return None if end is None else Token(start=start, end=end, quoted=self._text[start:end])

    def _option(self, found: re.Match[str]) -> Token | None:
        start, end, value = found.start(), found.end(), None
        if self._text.startswith("=", end):
            begin = end + 1
            end = self.quote_end(begin) or self._word_end(begin)
            value = self._text[begin:end]
        if not self._ends(end):
            return None
        return Token(start=start, end=end, dash=found["dash"], name=found["name"], value=value)

    def _plain(self, start: int) -> Token:
        """A word, or `name=` with a list or object that may contain spaces."""
        found = _JSON_EXTRA.match(self._text, start)
        end = self._json_end(found.end()) if found is not None else None
        end = end or self._word_end(start)
        return Token(start=start, end=end, word=self._text[start:end])

    def quote_end(self, start: int) -> int | None:
        """Where a quoted text that begins here ends; None where none does. A space or the end follows."""
        closing = _CLOSING.get(self._text[start : start + 1])
        if closing is None:
            return None
        end = _next(self._closing_quotes[closing], start + 1)
        return end + 1 if end is not None and self._ends(end + 1) else None

    def _json_end(self, start: int) -> int | None:
        """Where a list or object on one line that begins here ends."""
        end = _next(self._closing_brackets[_BRACKETS[self._text[start]]], start + 1)
        line_end = _next(self._line_ends, start)
        return None if end is None or (line_end is not None and line_end < end) else end + 1

    def _word_end(self, start: int) -> int:
        found = _WORD.match(self._text, start)
        return start if found is None else found.end()

    def _ends(self, position: int) -> bool:
        return _END.match(self._text, position) is not None

    @cached_property
    def _closing_quotes(self) -> dict[str, list[int]]:
        return {sign: _places(self._text, sign) for sign in _CLOSING.values()}

    @cached_property
    def _closing_brackets(self) -> dict[str, list[int]]:
        return {
            sign: [at for at in _places(self._text, sign) if self._ends(at + 1)]
            for sign in _BRACKETS.values()
        }

    @cached_property
    def _line_ends(self) -> list[int]:
        return _places(self._text, "\n")


def is_quoted(text: str) -> bool:
    """True for one quoted text and nothing else."""
    return bool(text) and Tokens(text).quote_end(0) == len(text)


def _places(text: str, sign: str) -> list[int]:
    return [found.start() for found in re.finditer(re.escape(sign), text)]


def _next(places: list[int], at: int) -> int | None:
    index = bisect_left(places, at)
    return places[index] if index < len(places) else None
