"""Pictures to bytes, in the formats that the gateway offers."""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image, features

CONTENT_TYPES = {
    "png": "image/png",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
}
# Beyond this edge the gateway keeps the original format instead of AVIF (Lumenfall API, generation).
_AVIF_EDGE = 1600


@dataclass(frozen=True, kw_only=True)
class Encoded:
    data: bytes
    format: str
    width: int
    height: int

    @property
    def content_type(self) -> str:
        return CONTENT_TYPES[self.format]


def encode(picture: Image.Image, wanted: str, compression: int | None = None) -> Encoded:
    """Encode as `wanted`; `compression` (1–100) is the quality of lossy formats. AVIF may become PNG."""
    name = wanted
    if name == "avif" and (max(picture.size) > _AVIF_EDGE or not features.check("avif")):
        name = "png"
    if name == "jpeg" and picture.mode != "RGB":
        picture = picture.convert("RGB")
    out = io.BytesIO()
    match name:
        case "png":
            picture.save(out, "PNG", compress_level=2)
        case "gif":
            picture.convert("RGB").quantize(256).save(out, "GIF")
        case "avif":
            picture.save(out, "AVIF", quality=compression or 75, speed=9)
        case "webp":
            picture.save(out, "WEBP", quality=compression or 85, method=2)
        case _:
            picture.save(out, "JPEG", quality=compression or 90)
    return Encoded(data=out.getvalue(), format=name, width=picture.width, height=picture.height)
