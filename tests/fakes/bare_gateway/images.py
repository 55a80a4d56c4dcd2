"""Pictures: made from words, changed, or enlarged."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any

from PIL import Image, UnidentifiedImageError

from tests.fakes.bare_gateway.media import MediaStore
from tests.fakes.bare_gateway.models import CREATED, Kind, ModelSwitches
from tests.fakes.bare_gateway.wire import Call, Endpoint, RefusedError

REVISED: Mapping[str, str] = {
    "A serene mountain landscape at sunset with dramatic clouds": (
        "A serene mountain landscape at sunset with dramatic clouds and golden light"
    ),
    "Add a red hat to the person": "Add a stylish red fedora hat to the person in the image",
}
"""The prompts that the pages print, as they print them revised. Other prompts come back unchanged."""

DEFAULT_SIZE = (1024, 1024)
DEFAULT_SCALE = 2


def check(call: Call, models: ModelSwitches) -> Kind:
    """Validate a picture request; raises `RefusedError`."""
    if call.endpoint is Endpoint.EDIT:
        return _check_edit(call, models)
    kind = models.need(call.body.get("model"), Kind.IMAGE)
    _check_words(call.body)
    return kind


def _check_edit(call: Call, models: ModelSwitches) -> Kind:
    if not call.is_form:
        raise RefusedError("INVALID_REQUEST", "This endpoint accepts multipart/form-data")
    kind = models.need(call.body.get("model"), Kind.IMAGE, Kind.UPSCALE)
    if kind is Kind.IMAGE:
        _check_words(call.body)
    _source_size(call)
    return kind


def _check_words(body: Mapping[str, Any]) -> None:
    if not body.get("prompt"):
        raise RefusedError("INVALID_REQUEST", "prompt is required")
    if str(body.get("n", 1)) not in [str(many) for many in range(1, 11)]:
        raise RefusedError("INVALID_REQUEST", "n must be between 1 and 10")


def _source_size(call: Call) -> tuple[int, int]:
    sources = [upload for upload in call.uploads if upload.field in ("image", "image[]")]
    if not sources:
        raise RefusedError("INVALID_REQUEST", "image is required")
    try:
        with Image.open(io.BytesIO(sources[0].content)) as picture:
            return picture.size
    except UnidentifiedImageError:
        raise RefusedError("INVALID_REQUEST", "Invalid image file provided") from None


def run(call: Call, kind: Kind, media: MediaStore) -> dict[str, Any]:
    """The answer of page 000 for a generation, of page 002 (without `metadata`) for an edit."""
    body = call.body
    size = _scaled(call) if kind is Kind.UPSCALE else _asked_size(body)
    wants_b64 = body.get("response_format") == "b64_json"
    data = [_item(body, size, wants_b64, media) for _ in range(int(body.get("n", 1)))]
    if call.endpoint is Endpoint.EDIT:
        return {"created": CREATED, "size": f"{size[0]}x{size[1]}", "data": data}
    return {"created": CREATED, "data": data}


def _item(
    body: Mapping[str, Any], size: tuple[int, int], wants_b64: bool, media: MediaStore
) -> dict[str, Any]:
    prompt = body.get("prompt")
    revised = {"revised_prompt": REVISED.get(prompt, prompt)} if prompt else {}
    return media.picture(size, wants_b64) | revised


def _asked_size(body: Mapping[str, Any]) -> tuple[int, int]:
    found = re.fullmatch(r"(\d+)x(\d+)", str(body.get("size", "")))
    return (int(found[1]), int(found[2])) if found else DEFAULT_SIZE


def _scaled(call: Call) -> tuple[int, int]:
    """The size after upscaling: `scale_factor` multiplies each axis."""
    width, height = _source_size(call)
    factor = float(call.body.get("scale_factor", DEFAULT_SCALE))
    return round(width * factor), round(height * factor)
