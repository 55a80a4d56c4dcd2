"""The structure of a Markdown text, as far as somebody who cuts it must know it.

Two things are found, each in one pass: the lines, with the quotes, lists and code fences around them; and
in every paragraph the marks that are open (`**`, `_`, `` ` `` …), with what must not be cut: links, marks,
escaped characters. The rules are CommonMark's, with Discord's `__`, `~~` and `||`.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

MOST_NESTED = 20
"""Lists that are nested deeper are read as text."""
CODE_COLUMNS = 4
"""From so many spaces on a line is code, not a list or a fence (CommonMark 4.4)."""

_PREFIX = re.compile(r"[ \t]*(?:(?:>[ \t]?|(?:[-*+]|\d{1,9}[.)])(?:[ \t]+|$))[ \t]*)*")
_ITEM = re.compile(r"([-*+]|\d{1,9}[.)])([ \t]*)")
_FENCE = re.compile(r"(?P<mark>`{3,40}|~{3,40})[ \t]{0,40}(?P<language>[^\s`]{0,40})[^`]*$")
"""Bounded, so that nothing that is written can make the search slow or the mark longer than a page."""
_BACKTICKS = re.compile(r"`+")
_INLINE = re.compile(
    r"(?P<link>!?\[[^\[\]\n]*\]\((?:[^()\s]|\([^()\s]*\))*\)|<?https?://[^\s<>]+>?)"
    r"|(?P<escaped>\\[^\n])|(?P<code>`+)|(?P<mark>\*+|_+|~+|\|+)"
)
_MARKS = frozenset({"*", "**", "***", "_", "__", "___", "~~", "||"})


@dataclass(frozen=True, slots=True)
class Fence:
    """A block of code from `start` to `end`; its lines are `body` to `body_end`.

    `carry` stands before the fence's mark, `parents` is the line that opens its lists (see `Line`).
    """

    start: int
    body: int
    body_end: int
    end: int
    mark: str
    language: str
    carry: str
    parents: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `content` is where its words begin, after quote and list marks.

    `carry` continues it on a new line: quote marks as they are, list marks as spaces. `parents` and
    `around` are a line that opens the lists around its beginning and its words, where they are so deep
    that the indentation alone would be read as code; else empty.
    """

    start: int
    content: int
    carry: str
    parents: str
    around: str
    begins: bool


@dataclass(frozen=True, slots=True)
class _Item:
    """A list item that is open: the column of its text (after quotes), and its mark."""

    column: int
    mark: str


@dataclass(slots=True)
class _Lists:
    """The quotes and list items around a line."""

    quotes: int = 0
    items: list[_Item] = field(default_factory=list[_Item])

    def enter(self, prefix: str, *, blank: bool) -> tuple[str, str]:
        """Go to a line with this prefix; answers the lines that open its lists (`parents`, `around`)."""
        quotes = prefix.count(">")
        if quotes != self.quotes:
            self.quotes, self.items = quotes, []
        quoted = prefix[: prefix.rfind(">") + 1]
        shown = prefix[len(quoted) :].removeprefix(" " if quoted else "").expandtabs(4)
        indent = len(shown) - len(shown.lstrip())
        if not blank:
            while self.items and self.items[-1].column > indent:
                self.items.pop()
        before = self._opened(quoted, indent)
        for found in _ITEM.finditer(shown, indent):
            if len(self.items) < MOST_NESTED:
                self.items.append(_Item(column=found.end() if found[2] else found.end() + 1, mark=found[1]))
        return before, self._opened(quoted, len(shown))

    def _opened(self, quoted: str, indent: int) -> str:
        if indent < CODE_COLUMNS or not self.items:
            return ""
        line, column = "", 0
        for level, item in enumerate(self.items):
            mark = "-+"[level % 2] if item.mark in "-*+" else item.mark  # `- - -` would be a rule
            line, column = line.ljust(column) + mark, item.column
        return f"{quoted} {line}\n" if quoted else f"{line}\n"

    @property
    def column(self) -> int:
        """Where the text of the innermost item begins."""
        return self.items[-1].column if self.items else 0


class Structure:
    """What is known of a text, by position."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.lines: list[Line] = []
        self.fences: list[Fence] = []
        self._whole: list[tuple[int, int]] = []
        self._changes: list[int] = [0]
        self._open: list[tuple[str, ...]] = [()]
        self._read_lines()
        for start, end in self._paragraphs():
            self._read_marks(start, end)
        self._whole.sort()
        self._starts = [line.start for line in self.lines]
        self._fence_starts = [fence.start for fence in self.fences]

    def line_at(self, at: int) -> Line:
        """The line that a position is in."""
        return self.lines[max(0, bisect_right(self._starts, at) - 1)]

    def fence_at(self, at: int) -> Fence | None:
        """The block of code that a cut at this position would go through."""
        index = bisect_left(self._fence_starts, at) - 1
        found = self.fences[index] if index >= 0 else None
        return found if found is not None and at < found.end else None

    def marks_at(self, at: int) -> tuple[str, ...]:
        """The marks that are open at a position, the outermost first."""
        return self._open[bisect_right(self._changes, at) - 1]

    def is_whole(self, at: int, most: int) -> bool:
        """True where a cut would go through a link, a mark or an escape of at most `most` characters."""
        index = bisect_left(self._whole, (at, 0))
        near = self._whole[max(0, index - 3) : index]
        return any(low < at < high and high - low <= most for low, high in near)

    def _read_lines(self) -> None:
        lists, position = _Lists(), 0
        while position < len(self._text):
            line, rest, indent = self._read_line(lists, position)
            self.lines.append(line)
            opened = _FENCE.match(rest) if indent - lists.column < CODE_COLUMNS else None
            if opened is None:
                position = self._line_end(position)
                continue
            fence = self._read_fence(lists, line, opened["mark"], opened["language"])
            self.fences.append(fence)
            position = fence.end

    def _line_end(self, position: int) -> int:
        found = self._text.find("\n", position)
        return len(self._text) if found < 0 else found + 1

    def _read_line(self, lists: _Lists, start: int) -> tuple[Line, str, int]:
        """The line at `start`, its words, and the column (after quotes) at which they begin."""
        whole = self._text[start : self._line_end(start)].rstrip("\r\n")
        prefix = (_PREFIX.match(whole) or [""])[0]
        words = whole[len(prefix) :]
        parents, around = lists.enter(prefix, blank=not words)
        carry = re.sub(r"[^>\s]", " ", prefix)
        # A new paragraph begins with a heading, a list item or another quote, and after a blank line.
        begins = not words or words.startswith("#") or bool(_ITEM.search(prefix))
        content = start + len(prefix)
        line = Line(start=start, content=content, carry=carry, parents=parents, around=around, begins=begins)
        indent = len(carry[carry.rfind(">") + 1 :].removeprefix(" " if ">" in carry else "").expandtabs(4))
        return line, words, indent

    def _read_fence(self, lists: _Lists, opening: Line, mark: str, language: str) -> Fence:
        body = position = self._line_end(opening.start)
        closing = re.compile(rf"[ \t]*{re.escape(mark[0])}{{{len(mark)},}}[ \t]*\r?\n?$")
        end = None
        while position < len(self._text):
            after = self._line_end(position)
            inside = _without_quotes(self._text[position:after], lists.quotes)
            if inside is None or _leaves(inside, lists.column):
                break
            if closing.match(inside):
                end = after
                break
            position = after
        return Fence(
            start=opening.start,
            body=body,
            body_end=position,
            end=position if end is None else end,
            mark=mark,
            language=language,
            carry=opening.carry,
            parents=opening.around,
        )

    def _paragraphs(self) -> Iterator[tuple[int, int]]:
        """Where the words of each paragraph stand; code is none."""
        fenced = {fence.start for fence in self.fences}
        first = end = -1
        quotes = 0
        for line in self.lines:
            new = line.begins or line.start in fenced or line.carry.count(">") != quotes
            if first >= 0 and (new or line.start != end):
                yield first, end
                first = -1
            quotes = line.carry.count(">")
            if first < 0 and line.start not in fenced:
                first = line.content
            end = self._line_end(line.start)
        if first >= 0:
            yield first, end

    def _read_marks(self, start: int, end: int) -> None:
        runs: dict[int, list[int]] = {}
        for found in _BACKTICKS.finditer(self._text, start, end):
            runs.setdefault(len(found[0]), []).append(found.start())
        spans: list[tuple[int, int, str]] = []
        waiting: list[tuple[str, int]] = []
        position = start
        while found := _INLINE.search(self._text, position, end):
            position = found.end()
            if found["code"]:
                same = runs.get(len(found[0]), [])
                index = bisect_left(same, found.end())
                if index < len(same):
                    position = same[index] + len(found[0])
                    spans.append((found.start(), position, found[0]))
            elif found["mark"]:
                self._pair(found, waiting, spans)
            else:
                self._whole.append((found.start(), found.end()))
        self._note(spans)

    def _pair(
        self, found: re.Match[str], waiting: list[tuple[str, int]], spans: list[tuple[int, int, str]]
    ) -> None:
        """Close what was opened with this mark, or open it; a mark that fits neither is text."""
        mark = found[0]
        before = self._text[max(0, found.start() - 1) : found.start()]
        after = self._text[found.end() : found.end() + 1]
        if mark not in _MARKS:
            return
        within = mark[0] == "_" and before.isalnum() and after.isalnum()
        if any(mark == other for other, _ in waiting):
            if before.isspace() or within:
                return
            while waiting:
                other, opened = waiting.pop()
                if other == mark:
                    spans.append((opened, found.end(), mark))
                    return
        elif after and not after.isspace() and not within:
            waiting.append((mark, found.start()))

    def _note(self, spans: list[tuple[int, int, str]]) -> None:
        """Keep what is open from where to where, and that the marks themselves stay whole."""
        events: list[tuple[int, int, str]] = []
        for start, end, mark in spans:
            first, last = start + len(mark), end - len(mark)
            words = self._text[first:last]
            if not words.strip():
                continue
            events += [(first, 1, mark), (last, 0, mark)]
            self._whole.append((start, first + len(words) - len(words.lstrip()) + 1))
            self._whole.append((first + len(words.rstrip()) - 1, end))
        now: list[str] = []
        for at, opens, mark in sorted(events):
            if opens:
                now.append(mark)
            else:
                now.remove(mark)
            self._changes.append(at)
            self._open.append(tuple(now))


def _without_quotes(line: str, depth: int) -> str | None:
    """The line after so many quote marks; None where it has fewer, so that the quote has ended."""
    for _ in range(depth):
        line = line.lstrip(" \t")
        if not line.startswith(">"):
            return None
        line = line[1:].removeprefix(" ")
    return line


def _leaves(line: str, column: int) -> bool:
    """True where a line is too far left to belong to a list item whose text begins at `column`."""
    shown = line.expandtabs(4)
    return bool(shown.strip()) and len(shown) - len(shown.lstrip()) < column
