"""Files as they came, without anything but what the pixels need: no EXIF, no XMP, no text, no profile.

Nothing is decoded here. Each function returns None where the file must be written again: it is cut off, or of
a kind that not every reader knows.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

from bot.images import kinds

_PNG_KEPT = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
_EMPTY = (b"\0", b"\t", b"\n", b"\r", b" ")
_BEGINNINGS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8")
_PNG_COLOURS = (2, 6)
"""RGB and RGBA; the others are not taken by every model."""
_JFIF = b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
_SOS, _EOI, _COM, _ADOBE = 0xDA, 0xD9, 0xFE, 0xEE
_RESTARTS = range(0xD0, 0xD8)
_APPS = range(0xE0, 0xF0)
_FRAMES = (0xC0, 0xC1, 0xC2)
"""Baseline, extended and progressive with Huffman's codes; the other kinds are rare and read by few."""
_NOT_FRAMES = (0xC4, 0xC8, 0xCC)
_ADOBE_LENGTH = 14
_VP8X_ALPHA = 0x10


def without_metadata(kind: str, data: bytes) -> bytes | None:
    """The file with nothing but its pixels, or None."""
    strip = _STRIP.get(kind)
    try:
        return strip(data) if strip else None
    except IndexError:
        return None


def completed(source: bytes | Path) -> tuple[bytes | Path, bool]:
    """A WebP that is cut off with zeros at its end, without which its decoder reads nothing of it; and
    whether it was. Without the empty lines that some web servers put before a picture. Others as they are.
    """
    if isinstance(source, Path):
        return source, False
    if source[:1] in _EMPTY and (begun := source.lstrip(b"".join(_EMPTY))).startswith(_BEGINNINGS):
        return begun, False
    if not (source.startswith(b"RIFF") and source[8:12] == b"WEBP"):
        return source, False
    missing = int.from_bytes(source[4:8], "little") + 8 - len(source)
    return (source + bytes(missing), True) if 0 < missing < len(source) else (source, False)


def _png(data: bytes) -> bytes | None:
    if data[24] != 8 or data[25] not in _PNG_COLOURS:
        return None
    kept, at = [data[:8]], 8
    while at + 12 <= len(data):
        kind, end = data[at + 4 : at + 8], at + 12 + int.from_bytes(data[at : at + 4])
        if end > len(data) or kind == b"acTL":
            return None
        if kind in _PNG_KEPT:
            if zlib.crc32(data[at + 4 : end - 4]) != int.from_bytes(data[end - 4 : end]):
                return None
            kept.append(data[at:end])
        if kind == b"IEND":
            return b"".join(kept)
        at = end
    return None


def _jpeg(data: bytes) -> bytes | None:
    kept, at, adobe = [b"\xff\xd8", _JFIF], 2, b""
    while data[at] == 0xFF:
        while data[at] == 0xFF:
            at += 1
        marker, at = data[at], at + 1
        if marker == _EOI:
            return b"".join([*kept, b"\xff\xd9"])
        end = at + int.from_bytes(data[at : at + 2])
        segment = data[at:end]
        adobe = segment if marker == _ADOBE else adobe
        if _strange(marker, segment) or (marker in _FRAMES and _is_rgb(segment, adobe)):
            return None
        if marker == _SOS:
            end = _after_scan(data, end)
            segment = data[at:end]
        if _needed(marker, segment):
            kept += (bytes((0xFF, marker)), segment)
        at = end
    return None


def _strange(marker: int, segment: bytes) -> bool:
    if marker in range(0xC0, 0xD0) and marker not in _NOT_FRAMES:
        precision, components = segment[2], segment[7]
        return marker not in _FRAMES or precision != 8 or components not in (1, 3)
    return marker < 0xC0 or marker in _RESTARTS


def _is_rgb(frame: bytes, adobe: bytes) -> bool:
    """True for three components that are red, green and blue: after a JFIF segment they would be taken for
    luminance and chroma.
    """
    untransformed = adobe[2:7] == b"Adobe" and adobe[13:14] == b"\0"
    return frame[7] == 3 and (untransformed or frame[8:17:3] == b"RGB")


def _needed(marker: int, segment: bytes) -> bool:
    if marker == _ADOBE:  # says how the colours are coded; always of one length, with room for nothing else
        return segment[2:7] == b"Adobe" and len(segment) == _ADOBE_LENGTH
    return marker not in _APPS and marker != _COM


def _after_scan(data: bytes, at: int) -> int:
    """Where the next marker is. Raises IndexError where the file ends before it."""
    while (at := data.find(b"\xff", at)) >= 0:
        following = data[at + 1]
        if following != 0 and following != 0xFF and following not in _RESTARTS:
            return at
        at += 1 if following == 0xFF else 2
    raise IndexError


def _webp(data: bytes) -> bytes | None:
    kept: list[bytes] = []
    at, extended = 12, b""
    while at + 8 <= len(data):
        kind, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        end = at + 8 + length + length % 2
        if at + 8 + length > len(data) or kind in (b"ANIM", b"ANMF"):
            return None
        if kind == b"VP8X":
            extended = data[at + 12 : at + 18]
        elif kind in (b"ALPH", b"VP8 ", b"VP8L"):
            kept.append(data[at:end].ljust(end - at, b"\0"))
        at = end
    if not kept:
        return None
    if kept[0][:4] == b"ALPH":
        kept.insert(0, b"VP8X" + (10).to_bytes(4, "little") + bytes((_VP8X_ALPHA, 0, 0, 0)) + extended)
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + len(body).to_bytes(4, "little") + body


_STRIP: Mapping[str, Callable[[bytes], bytes | None]] = {
    kinds.PNG: _png,
    kinds.JPEG: _jpeg,
    kinds.WEBP: _webp,
}
