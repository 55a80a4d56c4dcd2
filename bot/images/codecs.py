"""Opens a picture file by its content, cleans it and writes it again. Blocking; `preparation` calls it.

Only the formats named here are ever given to a decoder, and the header is read before any pixel.
"""

from __future__ import annotations

import contextlib
import importlib
import io
from functools import cache
from gettext import gettext as _

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from bot.core.errors import BadImage

CONTENT_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp", "GIF": "image/gif"}
_MAGIC = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"RIFF")
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_MANAGED = frozenset({"RGB", "RGBA", "CMYK"})
_MOST_ICC = 1_000_000


def open_picture(data: bytes) -> Image.Image:
    """Read the header only. Raises BadImage for anything but a picture of a known format."""
    if not data:
        raise BadImage(_("The picture is an empty file."))
    try:
        return Image.open(io.BytesIO(data), formats=_readable())
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise BadImage(_("The picture has far too many pixels.")) from None
    except UnidentifiedImageError:
        raise (_damaged() if data.startswith(_MAGIC) else BadImage(_not_a_picture(data))) from None
    except Exception:
        raise _damaged() from None


def _not_a_picture(data: bytes) -> str:
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC_BRANDS and "HEIF" not in _readable():
        return _("HEIC pictures cannot be read here; please send it as PNG or JPEG.")
    kinds = "PNG, JPEG, WebP, GIF or HEIC" if "HEIF" in _readable() else "PNG, JPEG, WebP or GIF"
    return _("That file is not a picture that I can read; please send {kinds}.").format(kinds=kinds)


@cache
def _readable() -> tuple[str, ...]:
    """The accepted formats; HEIC only if its library is installed, AVIF only if Pillow supports it."""
    Image.init()
    with contextlib.suppress(ImportError):
        importlib.import_module("pillow_heif").register_heif_opener()
    return tuple(kind for kind in ("PNG", "JPEG", "WEBP", "GIF", "AVIF", "HEIF") if kind in Image.OPEN)


def clean(source: Image.Image) -> Image.Image:
    """Decode, rotate upright, convert to sRGB, remove everything but the pixels; mode is RGB or RGBA.

    Raises BadImage when the file is damaged.
    """
    try:
        source.load()
        # A wrong colour profile must not make the picture unusable; without it the colours are read as sRGB.
        profile = source.info.get("icc_profile")
        upright = ImageOps.exif_transpose(source)
        clean = _to_srgb(upright, profile) or _to_plain(upright)
    except Exception:
        raise _damaged() from None
    clean.info = {}
    return clean


def _to_srgb(image: Image.Image, profile: object) -> Image.Image | None:
    if (
        not isinstance(profile, bytes)
        or len(profile) > _MOST_ICC
        or image.mode not in {"RGB", "RGBA", "CMYK"}
    ):
        return None
    try:
        given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if image.mode != "CMYK" and "srgb" in ImageCms.getProfileDescription(given).lower():
            return None
        standard = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
        mode = "RGBA" if image.mode == "RGBA" else "RGB"
        return ImageCms.profileToProfile(image, given, standard, outputMode=mode)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None


def _to_plain(image: Image.Image) -> Image.Image:
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def transparent(image: Image.Image) -> bool:
    """True if at least one pixel is not opaque."""
    if image.mode != "RGBA":
        return False
    least, _ = image.getchannel("A").getextrema()
    return isinstance(least, int | float) and least < 255


def encode(image: Image.Image, target: str, quality: int = 95) -> bytes:
    """The file of a clean picture; `target` is PNG, JPEG, WEBP or GIF, `quality` 1–100 if it is lossy."""
    out = io.BytesIO()
    if target == "JPEG":
        _flat(image).save(out, "JPEG", quality=quality, optimize=True)
    elif target == "WEBP":
        image.save(out, "WEBP", quality=quality, method=4)
    elif target == "GIF":
        image.save(out, "GIF")
    else:
        image.save(out, "PNG", compress_level=4)
    return out.getvalue()


def _flat(image: Image.Image) -> Image.Image:
    """JPEG has no transparency: put the picture on a white background."""
    if image.mode != "RGBA":
        return image.convert("RGB")
    ground = Image.new("RGB", image.size, "white")
    ground.paste(image, mask=image.getchannel("A"))
    return ground


def _damaged() -> BadImage:
    return BadImage(_("The picture is damaged or incomplete; please send it again."))
