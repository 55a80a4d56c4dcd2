"""The pictures that a video begins from: `input_reference` in its three forms."""

from __future__ import annotations

import asyncio
from typing import Any, cast
from urllib.parse import urlsplit

from PIL import Image

from sandbox.art.scene import paint
from sandbox.body import Body
from sandbox.errors import invalid
from sandbox.inputs import data_uri, decode, uploads_named
from sandbox.models import Model
from sandbox.state import State


async def references_of(state: State, body: Body, model: Model) -> list[Image.Image]:
    """Pictures of `input_reference` in its three forms. Raises ApiError 400."""
    sources: list[bytes | str] = [upload.data for upload in uploads_named(body, "input_reference")]
    for name, value in body.fields.items():
        if name.startswith("input_reference") and value:
            items = cast("list[Any]", value) if isinstance(value, list) else [value]
            sources += [_reference_url(item) for item in items]
    if len(sources) > model.max_inputs:
        raise invalid(f"Model '{model.slug}' takes at most {model.max_inputs} input references.")
    return [await asyncio.to_thread(_load, state, source) for source in sources]


def _reference_url(item: Any) -> str:
    url = cast("dict[str, Any]", item).get("image_url") if isinstance(item, dict) else item
    if not isinstance(url, str) or not url:
        raise invalid("Invalid value for 'input_reference': expected {\"image_url\": …}.")
    return url


def _load(state: State, source: bytes | str) -> Image.Image:
    """Bytes, a data URI, or a link. Links to our own media are read; others are stood in for, offline."""
    if isinstance(source, bytes):
        return decode(source)
    if source.startswith("data:"):
        return decode(data_uri(source))
    parts = urlsplit(source)
    if parts.path.startswith("/media/"):
        item = state.media.get(parts.path.removeprefix("/media/"))
        if item is None or item.data is None:
            raise invalid("The input reference could not be downloaded.")
        return decode(item.data)
    if parts.scheme != "https":
        raise invalid("Invalid value for 'input_reference': expected an https or data URL.")
    return paint(source, 640, 360)
