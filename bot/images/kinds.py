"""What a file is, told by its first bytes; never by its name or by what the sender called it."""

from __future__ import annotations

from pathlib import Path

from bot.core.errors import BadImage
from bot.core.text.translation import gettext as _

PNG, JPEG, WEBP, GIF, TIFF, BMP, ICO, AVIF, HEIF = "PNG JPEG WEBP GIF TIFF BMP ICO AVIF HEIF".split()
CONTENT_TYPES = {PNG: "image/png", JPEG: "image/jpeg", WEBP: "image/webp", GIF: "image/gif"}
"""The kinds that are sent and shown. The others are only read."""
LOSSY = frozenset({JPEG, HEIF, AVIF})
"""Kinds that are nearly always compressed with loss; for WebP the header tells."""
_HEAD = 65_536
"""Enough for the codes of colour, which stand behind the list of tiles in HEIC."""
_MAGIC = {
    b"\x89PNG\r\n\x1a\n": PNG,
    b"\xff\xd8\xff": JPEG,
    b"GIF8": GIF,
    b"II*\0": TIFF,
    b"MM\0*": TIFF,
    b"II+\0": TIFF,
    b"MM\0+": TIFF,
    b"BM": BMP,
    b"\0\0\1\0": ICO,
}
_HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_OTHERS = {
    b"\0\0\0\x0cjP  ": "JPEG 2000",
    b"\xff\x4f\xff\x51": "JPEG 2000",
    b"\0\0\0\x0cJXL ": "JPEG XL",
    b"\xff\x0a": "JPEG XL",
    b"8BPS": "Photoshop",
    b"%PDF": "PDF",
    b"%!PS": "PostScript",
    b"\x1a\x45\xdf\xa3": "film",
}


def head_of(source: bytes | Path) -> bytes:
    """The first bytes of a file. Raises BadImage when it is gone or empty."""
    if isinstance(source, bytes):
        head = source[:_HEAD]
    else:
        try:
            with source.open("rb") as file:
                head = file.read(_HEAD)
        except OSError:
            raise BadImage(_("The picture is no longer there.")) from None
    if not head:
        raise BadImage(_("The picture is an empty file."))
    return head


def kind_of(head: bytes) -> str:
    """One of the kinds above. Raises BadImage, whose message says what came instead."""
    for magic, kind in _MAGIC.items():
        if head.startswith(magic):
            return kind
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return WEBP
    if head[4:8] == b"ftyp":
        brands = {head[at : at + 4] for at in range(8, min(256, len(head), int.from_bytes(head[:4])), 4)}
        if brands & {b"avif", b"avis"}:
            return AVIF
        if brands & _HEIF_BRANDS:
            return HEIF
        raise _another("film")
    raise _another(_name_of(head))


def _name_of(head: bytes) -> str:
    text = head[:2000].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if text.startswith(b"<svg") or (text.startswith((b"<?xml", b"<!")) and b"<svg" in text):
        return "SVG"
    return next((name for magic, name in _OTHERS.items() if head.startswith(magic)), "")


def _another(name: str) -> BadImage:
    works = _("PNG, JPEG, WebP, HEIC, AVIF, GIF, TIFF and BMP work.")
    match name:
        case "":
            came = _("That file is not a picture that I can read.")
        case "film":
            came = _("That is a film, not a picture.")
        case "SVG":
            came = _("That is an SVG, a drawing without pixels; please export it as PNG.")
        case _:
            came = _("That is a {kind} file, which I cannot read; please export it as PNG.").format(kind=name)
    return BadImage(f"{came} {works}")
