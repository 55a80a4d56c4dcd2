"""Numbers of things in the sentences of the command line, which are in English."""

from __future__ import annotations


def counted(number: int, one: str, several: str = "") -> str:
    """`1 request`, `1,000 requests`; `several` where it is not `one` with an s."""
    return f"{number:,} {one if number == 1 else several or one + 's'}"
