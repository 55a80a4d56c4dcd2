"""Bytes of a text file as text: the encoding is found, and what is no text is told from what is."""

from __future__ import annotations

import codecs

from bot.core.text.clean_text import clean

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE = 4096
_CONTROLS = frozenset(range(32)) - set(b"\t\n\r\f\x1b")
_MOST_CONTROLS = 0.02
"""A text file of an old encoding has next to no control characters; a binary file has many."""
_HALF = 0.4
"""Of UTF-16 without a mark nearly every other byte is zero, as long as most letters are Latin."""


def decoded(data: bytes, *, cut: bool = False) -> str | None:
    """The text of a file without invisible characters, or None when it is no text.

    `cut`: the bytes end where they were cut off, perhaps inside of a character.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _readable(_strict(data[len(mark) :], encoding, cut=cut))
    encoding = _unmarked_utf16(data[:_SAMPLE])
    if encoding:
        return _readable(_strict(data, encoding, cut=cut))
    if b"\x00" in data[:_SAMPLE]:
        return None
    text = _strict(data, "utf-8", cut=cut)
    if text is None:
        text = _strict(data, "cp1252", cut=False)
    return _readable(data.decode("latin-1") if text is None else text)


def _strict(data: bytes, encoding: str, *, cut: bool) -> str | None:
    try:
        return codecs.getincrementaldecoder(encoding)("strict").decode(data, final=not cut)
    except UnicodeDecodeError:
        return None


def _unmarked_utf16(sample: bytes) -> str:
    pairs = len(sample) // 2
    if pairs < 2:
        return ""
    even, odd = sample[0 : pairs * 2 : 2].count(0), sample[1 : pairs * 2 : 2].count(0)
    if odd > pairs * _HALF and not even:
        return "utf-16-le"
    return "utf-16-be" if even > pairs * _HALF and not odd else ""


def _readable(text: str | None) -> str | None:
    """None for text that is mostly control characters, which no editor writes."""
    if text is None or "\x00" in text:
        return None
    sample = text[:_SAMPLE]
    controls = sum(ord(character) in _CONTROLS or 0x7F <= ord(character) < 0xA0 for character in sample)
    return None if controls > len(sample) * _MOST_CONTROLS else clean(text)
