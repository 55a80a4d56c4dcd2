"""The kind of a downloaded file, decided by its content alone."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from bot.core.errors.outside import GatewayFinal
from bot.core.text.translation import gettext as _

_PICTURES = {
    "PNG": ("image/png", ".png"),
    "JPEG": ("image/jpeg", ".jpg"),
    "MPO": ("image/jpeg", ".jpg"),
    "WEBP": ("image/webp", ".webp"),
    "GIF": ("image/gif", ".gif"),
    "AVIF": ("image/avif", ".avif"),
}
_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"RIFF", "WEBP"),
    (b"", "AVIF"),
)
_STILL_BRANDS = (b"avif", b"avis", b"mif1", b"msf1", b"heic", b"heix")


@dataclass(frozen=True, kw_only=True)
class FileKind:
    """Sizes in pixels, 0 for videos."""

    content_type: str
    suffix: str
    width: int = 0
    height: int = 0


async def describe(path: Path) -> FileKind:
    """The kind of a file. Raises GatewayFinal (`not_media`) for anything but a picture or a video."""
    return await asyncio.to_thread(_describe, path)


def _describe(path: Path) -> FileKind:
    with path.open("rb") as file:
        head = file.read(64)
    if found := _film(head) or _picture(path, head):
        return found
    raise GatewayFinal(_("The gateway's result is neither a picture nor a video."), code="not_media")


def _film(head: bytes) -> FileKind | None:
    if head[4:8] == b"ftyp" and head[8:12] not in _STILL_BRANDS:
        if head[8:12] == b"qt  ":
            return FileKind(content_type="video/quicktime", suffix=".mov")
        return FileKind(content_type="video/mp4", suffix=".mp4")
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return FileKind(content_type="video/webm", suffix=".webm")
    return None


def _picture(path: Path, head: bytes) -> FileKind | None:
    """Read the header only. The first bytes decide about a picture that Pillow considers too large."""
    Image.init()
    formats = [kind for kind in ("PNG", "JPEG", "WEBP", "GIF", "AVIF") if kind in Image.OPEN]
    try:
        with Image.open(path, formats=formats) as image:
            content_type, suffix = _PICTURES[image.format or ""]
            return FileKind(content_type=content_type, suffix=suffix, width=image.width, height=image.height)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        content_type, suffix = _PICTURES[next(kind for magic, kind in _MAGIC if head.startswith(magic))]
        return FileKind(content_type=content_type, suffix=suffix)
    except Exception:
        return None
