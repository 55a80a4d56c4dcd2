"""Pictures that a client sends: decoded off the event loop, refused with the documented words."""

from __future__ import annotations

import asyncio
import base64
import binascii
import io
from urllib.parse import unquote_to_bytes

from PIL import Image, UnidentifiedImageError

from sandbox.body import Body, Upload
from sandbox.errors import invalid

# A cap of the sandbox's own: the real gateway's limits differ by model and are not published.
MAX_PIXELS = 50_000_000
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF")


def uploads_named(body: Body, name: str) -> list[Upload]:
    """Files of the fields `name`, `name[]` and `name[0]`, in the order of the form."""
    return [upload for upload in body.files if upload.field == name or upload.field.startswith(f"{name}[")]


def decode(data: bytes) -> Image.Image:
    """The first frame as RGB or RGBA. Raises ApiError 400 for what is no picture or far too large."""
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise invalid(f"Image is too large: {picture.width}x{picture.height} pixels.")
            picture.load()
            return picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise invalid("Invalid image file provided.") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise invalid("Image is too large.") from error


async def decode_all(files: list[Upload]) -> list[Image.Image]:
    """Raises ApiError 400 on the first file that is no picture."""
    return [await asyncio.to_thread(decode, upload.data) for upload in files]


def data_uri(uri: str) -> bytes:
    """The bytes of a `data:` URI. Raises ApiError 400."""
    head, comma, payload = uri.partition(",")
    if not head.startswith("data:") or not comma:
        raise invalid("Invalid data URI.")
    if not head.endswith(";base64"):
        return unquote_to_bytes(payload)
    try:
        return base64.b64decode(payload, validate=True)
    except (binascii.Error, ValueError):
        raise invalid("Invalid base64 in data URI.") from None


def check_mask(mask: Image.Image, picture: Image.Image) -> Image.Image:
    """The mask as the area to change: white where alpha was 0. Raises ApiError 400."""
    if mask.mode != "RGBA":
        raise invalid("Invalid mask: it must have an alpha channel.")
    if mask.size != picture.size:
        raise invalid("Invalid mask: its dimensions must match the image.")
    return mask.getchannel("A").point(lambda alpha: 255 - alpha)
