"""Cuts a long Markdown text into pages that each read right by themselves.

A page ends between paragraphs, else lines, else sentences, else words. What is open there (a block of
code, bold words, a spoiler …) is closed at its end and opened again on the next page, inside the same
quote and list. Lengths are in UTF-16 units, which is what Discord's and Slack's clients count and never
less than the number of characters.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from adapters.common.markdown import Fence, Structure

LEAST = 100
"""Shorter pages would have no room for what must be opened again."""
_BREAKS = (
    re.compile(r"\n(?:[ \t]*\n)+"),
    re.compile(r"\n"),
    re.compile(r"[.!?:;…][)\"'”’]?[ \t]+|[。！？]"),
    re.compile(r"[ \t]+"),
)
"""Where to cut, the best first."""
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]{2}")
_MARK_SIGNS = frozenset("`*_~|")
_JOINER = "\u200d"
_LONGEST_CLUSTER = 32
"""A letter with more signs on it than any language has may be cut."""


@dataclass(frozen=True, slots=True)
class TextPage:
    """A piece of the text, with what must stand before and after it."""

    before: str
    text: str
    after: str

    @property
    def shown(self) -> str:
        """The page as it is posted, without empty lines at its ends."""
        text = self.text.rstrip() if self.after else self.text
        return (self.before + text + self.after).strip("\n")


def split(text: str, limit: int) -> list[TextPage]:
    """Pages of at most `limit` units (at least 100); their `text`s together are the text, to the letter."""
    return _Splitter(text, limit).pages()


def pages(text: str, limit: int) -> list[str]:
    """The pages as they are posted, without those that would be empty; always one."""
    return [page.shown for page in split(text, limit) if page.shown.strip()] or [""]


def newest(text: str, limit: int) -> str:
    """The end of a growing text: at most `limit` units, the whole of it where that fits."""
    return _Splitter(text, limit).newest().shown


def units(text: str) -> int:
    """Length in UTF-16 units."""
    return len(text) + sum(sign > "\uffff" for sign in text)


class _Splitter:
    def __init__(self, text: str, limit: int) -> None:
        self._text = text
        self._limit = max(limit, LEAST)
        self._known = Structure(text)
        self._units = [0, *accumulate(2 if sign > "\uffff" else 1 for sign in text)]

    @cached_property
    def _breaks(self) -> list[list[int]]:
        return [[found.end() for found in pattern.finditer(self._text)] for pattern in _BREAKS]

    @cached_property
    def _flags(self) -> set[int]:
        """The middles of flags, which are two signs each."""
        return {found.start() + 1 for found in _FLAG.finditer(self._text)}

    def pages(self) -> list[TextPage]:
        found: list[TextPage] = []
        start = 0
        while start < len(self._text) or not found:
            end = self._end(start)
            found.append(self._page(start, end))
            start = end
        return found

    def newest(self) -> TextPage:
        end = len(self._text)
        if self._fits(0, end):
            return self._page(0, end)
        low = bisect_left(self._units, self._units[end] - self._limit)
        _, lines, _, words = self._breaks
        for places in (lines, words):
            for start in places[bisect_left(places, low) : bisect_right(places, (low + end) // 2)]:
                if self._may_cut(start) and self._fits(start, end):
                    return self._page(start, end)
        return self.pages()[-1]

    def _page(self, start: int, end: int) -> TextPage:
        return TextPage(
            before=self._opening(start) if start else "", text=self._text[start:end], after=self._closing(end)
        )

    # where a page ends

    def _end(self, start: int) -> int:
        """The best place to end the page that begins at `start`."""
        if self._fits(start, len(self._text)):
            return len(self._text)
        room = self._limit - (units(self._opening(start)) if start else 0)
        far = bisect_right(self._units, self._units[start] + room) - 1
        fence = self._known.fence_at(far)
        if fence is not None and start < fence.start and self._fits(fence.start, fence.end):
            return fence.start  # a block that fits a page of its own is not cut
        middle = start + (far - start) // 2
        for places in self._breaks:
            for at in reversed(places[bisect_right(places, middle) : bisect_right(places, far)]):
                if self._may_cut(at) and self._fits(start, at):
                    return at
        return self._anywhere(start, far)

    def _anywhere(self, start: int, far: int) -> int:
        """The last place between two letters; where none is good, one that is short enough."""
        for at in range(far, start, -1):
            if (
                at not in self._flags
                and not _joined(self._text, at)
                and self._may_cut(at)
                and self._fits(start, at)
            ):
                return at
        return max(start + 1, bisect_right(self._units, self._units[start] + self._limit // 2) - 1)

    def _fits(self, start: int, end: int) -> bool:
        added = (units(self._opening(start)) if start else 0) + units(self._closing(end))
        return self._units[end] - self._units[start] + added <= self._limit

    def _may_cut(self, at: int) -> bool:
        """False where nothing could be closed and opened again without showing."""
        if self._known.is_whole(at, self._limit // 2):
            return False
        fence = self._known.fence_at(at)
        if fence is not None:
            return fence.body < at < fence.body_end
        if not self._known.marks_at(at):
            return True
        line = self._known.line_at(at)
        indented = at <= line.content and line.content > line.start
        return not indented and not {*self._text[at - 1 : at + 1]} & _MARK_SIGNS

    # what is added

    def _closing(self, at: int) -> str:
        """What closes the page that ends at `at`."""
        fence = self._known.fence_at(at) or self._unclosed(at)
        if fence is not None:
            return self._short("\n" + fence.carry + fence.mark)
        return self._short("".join(reversed(self._known.marks_at(at))))

    def _unclosed(self, at: int) -> Fence | None:
        """The block of code that the text ends in."""
        last = self._known.fences[-1] if self._known.fences else None
        return last if last is not None and at == last.end == last.body_end == len(self._text) else None

    def _opening(self, at: int) -> str:
        """What opens again, at the beginning of the page that starts at `at`, what was open before."""
        line = self._known.line_at(at)
        fence = self._known.fence_at(at)
        if fence is not None:
            inside = self._text[at - 1] != "\n"
            opened = f"{fence.parents}{fence.carry}{fence.mark}{fence.language}\n"
            return self._short(opened + (fence.carry if inside else ""))
        marks = "".join(self._known.marks_at(at))
        if at == line.start:
            return self._short(line.parents + marks)
        return self._short(line.around + line.carry + marks)

    def _short(self, added: str) -> str:
        """Nothing, where it would take more than a quarter of the page."""
        return added if units(added) <= self._limit // 4 else ""


def _joined(text: str, at: int) -> bool:
    """True where what stands before and after `at` is one letter or one emoji to a reader."""
    if not 0 < at < len(text):
        return False
    before, after = text[at - 1], text[at]
    if "\ud800" <= before <= "\udbff" and "\udc00" <= after <= "\udfff":
        return True
    extends = (
        _JOINER in (before, after)
        or unicodedata.category(after)[0] == "M"
        or "\U0001f3fb" <= after <= "\U0001f3ff"  # colours of skin
        or "\U000e0020" <= after <= "\U000e007f"  # tags of regional flags
        or "\u1160" <= after <= "\u11ff"  # the later parts of a Korean syllable
        or before + after == "\r\n"
    )
    return extends and not all(
        unicodedata.category(sign)[0] == "M" for sign in text[max(0, at - _LONGEST_CLUSTER) : at]
    )
