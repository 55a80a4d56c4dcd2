"""Picture files written without the libraries that the product writes with: PNGs and profiles byte by byte,
the rest by Pillow. The same seed gives the same file.
"""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Sequence
from typing import Any

from PIL import Image

SECRET = b"taken at 52.5200N 13.4050E"
P3 = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))
"""Display P3's primaries as XYZ for white D50 (Apple's profile)."""
SRGB = ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410))
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""PNG's colour types and the numbers of each pixel."""


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(
    rows: Sequence[Sequence[int]], *, colour: int = 2, depth: int = 8, before: Sequence[bytes] = ()
) -> bytes:
    """A PNG of rows of numbers (all channels of a pixel in turn); `before` are chunks before the pixels."""
    width = len(rows[0]) // CHANNELS[colour]
    header = struct.pack(">IIBBBBB", width, len(rows), depth, colour, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + _packed(row, depth) for row in rows))
    return b"".join(
        [b"\x89PNG\r\n\x1a\n", chunk(b"IHDR", header), *before, chunk(b"IDAT", body), chunk(b"IEND", b"")]
    )


def _packed(row: Sequence[int], depth: int) -> bytes:
    if depth == 16:
        return struct.pack(f">{len(row)}H", *row)
    if depth == 8:
        return bytes(row)
    bits = "".join(f"{number:0{depth}b}" for number in row)
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8)


def curve(gamma: float) -> bytes:
    """A parametric curve of a profile."""
    return b"para\0\0\0\0\0\0\0\0" + struct.pack(">i", round(gamma * 65536))


def profile(
    gamma: float,
    primaries: Sequence[tuple[float, float, float]] | None = None,
    name: str = "made",
    padding: int = 0,
) -> bytes:
    """An ICC profile of version 4: RGB with these primaries, or grey without."""
    white = _xyz((0.9642, 1.0, 0.8249))
    tags = {b"desc": _text(name), b"cprt": _text("none"), b"wtpt": white}
    if primaries is None:
        tags[b"kTRC"] = curve(gamma)
    else:
        for letter, primary in zip(b"rgb", primaries, strict=True):
            tags[bytes((letter,)) + b"XYZ"] = _xyz(primary)
            tags[bytes((letter,)) + b"TRC"] = curve(gamma)
    if padding:
        tags[b"pad "] = b"data\0\0\0\0\0\0\0\1" + random.Random(padding).randbytes(padding)
    return _icc(tags, b"GRAY" if primaries is None else b"RGB ")


def _xyz(numbers: tuple[float, float, float]) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(number * 65536) for number in numbers))


def _text(words: str) -> bytes:
    coded = words.encode("utf-16-be")
    return b"mluc\0\0\0\0" + struct.pack(">II2s2sII", 1, 12, b"en", b"US", len(coded), 28) + coded


def _icc(tags: dict[bytes, bytes], space: bytes) -> bytes:
    at, table, body = 128 + 4 + 12 * len(tags), b"", b""
    for name, data in tags.items():
        table += name + struct.pack(">II", at + len(body), len(data))
        body += data + b"\0" * (-len(data) % 4)
    size = at + len(body)
    header = struct.pack(">I4xI4s4s4s", size, 0x04300000, b"mntr", space, b"XYZ ") + bytes(12) + b"acsp"
    header = header.ljust(68, b"\0") + struct.pack(">3i", 63190, 65536, 54061)
    return header.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


def photograph(width: int, height: int, seed: int, mode: str = "RGB") -> Image.Image:
    """Soft shapes with some noise, so that it compresses like a photograph."""
    numbers = random.Random(seed)
    small = Image.frombytes("RGB", (8, 8), numbers.randbytes(192)).resize(
        (width, height), Image.Resampling.BICUBIC
    )
    noise = Image.frombytes("L", (64, 64), numbers.randbytes(4096)).resize((width, height)).convert("RGB")
    made = Image.blend(small, noise, 0.06)
    if mode.endswith("A"):
        made.putalpha(Image.linear_gradient("L").resize((width, height)))
    return made.convert(mode)


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    """The file of a picture, by Pillow."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def with_secrets(image: Image.Image, kind: str) -> bytes:
    """A file that tells more than its pixels: EXIF with a position, XMP, comments, IPTC."""
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + SECRET + b"</x:xmpmeta>"
    match kind:
        case "JPEG":
            made = saved(image, kind, exif=exif, comment=SECRET, xmp=xmp, quality=90)
            iptc = b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", len(SECRET)) + SECRET
            return made[:2] + b"\xff\xed" + struct.pack(">H", len(iptc) + 2) + iptc + made[2:] + SECRET
        case "PNG":
            made = saved(image, kind, exif=exif)
            text = chunk(b"tEXt", b"Comment\0" + SECRET) + chunk(b"zTXt", b"More\0\0" + zlib.compress(SECRET))
            return made[:33] + text + made[33:] + SECRET
        case "GIF":
            return saved(image, kind, comment=SECRET)
        case "TIFF":
            return saved(image, kind, exif=exif, description=SECRET.decode())
        case "BMP":
            return saved(image, kind) + SECRET
        case _:
            return saved(image, kind, exif=exif, xmp=xmp)
