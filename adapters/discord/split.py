"""Cuts a long answer into messages at sensible places, with code blocks kept whole.

A block that fits a message of its own is never cut; one that does not is closed at the end of a message
and opened again, with its language, at the start of the next.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_FENCE = re.compile(r"^(?P<fence>`{3,}|~{3,})(?P<language>[\w+#.-]*)", re.MULTILINE)
_BREAKS = ("\n\n", "\n", ". ", " ")


def pages(text: str, limit: int = 3400) -> list[str]:
    """The text in pieces of at most `limit` characters (at least 100); always one, even for empty text."""
    out: list[str] = []
    page = ""
    for block in _blocks(text):
        for piece in _fitting(block, limit):
            if page and len(page) + len(piece) > limit:
                out.append(page.strip("\n"))
                page = ""
            page += piece
    out.append(page.strip("\n"))
    return [item for item in out if item.strip()] or [""]


def _blocks(text: str) -> Iterator[str]:
    """Fenced code and the prose between, in order; an unclosed fence runs to the end."""
    position = 0
    while found := _FENCE.search(text, position):
        close = re.compile(rf"^{re.escape(found['fence'])}[ \t]*$\n?", re.MULTILINE).search(text, found.end())
        if found.start() > position:
            yield text[position : found.start()]
        end = close.end() if close else len(text)
        yield text[found.start() : end]
        position = end
    if position < len(text):
        yield text[position:]


def _fitting(block: str, limit: int) -> Iterator[str]:
    fence = _FENCE.match(block)
    if fence is not None:
        yield from [block] if len(block) <= limit else _code_pieces(block, fence, limit)
        return
    yield from _prose_pieces(block, limit)


def _prose_pieces(block: str, limit: int) -> Iterator[str]:
    while len(block) > limit:
        cut = _cut(block, limit)
        yield block[:cut]
        block = block[cut:]
    # Whole paragraphs, so that a page is filled before the next one begins.
    while block:
        end = block.find("\n\n")
        cut = len(block) if end < 0 else end + 2
        yield block[:cut]
        block = block[cut:]


def _code_pieces(block: str, fence: re.Match[str], limit: int) -> Iterator[str]:
    head, mark = fence[0], fence["fence"]
    body = block[fence.end() :].removeprefix("\n").rstrip("\n")
    body = body.removesuffix(mark).rstrip("\n") if body.endswith(mark) else body
    room = limit - len(head) - len(mark) - 3
    while body:
        cut = len(body) if len(body) <= room else _line_cut(body, room)
        yield f"{head}\n{body[:cut].rstrip(chr(10))}\n{mark}\n"
        body = body[cut:].removeprefix("\n")


def _line_cut(body: str, room: int) -> int:
    end = body.rfind("\n", 1, room)
    return end if end > 0 else room


def _cut(text: str, limit: int) -> int:
    for mark in _BREAKS:
        found = text.rfind(mark, limit // 2, limit - len(mark))
        if found > 0:
            return found + len(mark)
    return limit
