"""How the C library gives memory back.

glibc keeps the blocks that a decoder has freed for the thread that asked for them, and raises the size from
which it asks the system for a block of its own up to 32 MB. With several threads the pictures that were there
before then count as much as the one that is there now (AVIF of 24 megapixels, four in turn: 503 MB instead of
310).
"""

from __future__ import annotations

import ctypes
from typing import Any

_MMAP_THRESHOLD = -3
"""`M_MMAP_THRESHOLD` of glibc's malloc.h; setting it ends the raising."""
_FROM = 131_072
"""Bytes from which a block is one of its own: glibc's first value."""


def give_back() -> None:
    """Large blocks go back to the system as soon as they are freed. Does nothing where there is no glibc."""
    try:
        library: Any = ctypes.CDLL("libc.so.6")
        library.mallopt(_MMAP_THRESHOLD, _FROM)
    except (OSError, AttributeError):
        return
