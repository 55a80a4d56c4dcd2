"""Long lists, cut into pages of whole lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Page(Generic[T]):
    """One page of a list: what stands on it, which it is (from 0) and how many there are (at least 1)."""

    items: Sequence[T]
    number: int
    count: int

    @property
    def before(self) -> int | None:
        """The page before this one, None on the first."""
        return self.number - 1 if self.number else None

    @property
    def after(self) -> int | None:
        """The page after this one, None on the last."""
        return self.number + 1 if self.number + 1 < self.count else None


def page_of(items: Sequence[T], number: int, size: int) -> Page[T]:
    """Page `number` of a list, `size` items each; the nearest there is for a number beyond the ends."""
    count = max(1, -(-len(items) // size))
    number = min(max(number, 0), count - 1)
    return Page(items=items[number * size : (number + 1) * size], number=number, count=count)


def lines_page(lines: Sequence[str], number: int, limit: int) -> Page[str]:
    """Page `number` of lines, as many whole lines on each as `limit` characters hold, at least one."""
    pages: list[list[str]] = [[]]
    used = 0
    for line in lines:
        if pages[-1] and used + len(line) + 1 > limit:
            pages.append([])
            used = 0
        pages[-1].append(line)
        used += len(line) + 1
    number = min(max(number, 0), len(pages) - 1)
    return Page(items=pages[number], number=number, count=len(pages))
