"""The pictures of an order as they are sent: stored ones, and results and messages of a conversation.

A picture that is still being made has another of its expected size in its place, so that a price can be named
before it is there.
"""

from __future__ import annotations

import asyncio
import io
from dataclasses import dataclass, field, replace

from PIL import Image

from bot.core.errors import NotFound
from bot.core.ports.media import MediaStore
from bot.core.ports.store import Store
from bot.core.request import MADE, TERMINAL, Order, Request, State, Upload, chat_of, uploads_of, with_uploads
from bot.core.spoken import ResultOf
from bot.core.text.translation import gettext as _
from bot.images.preparation import ImageLimits, PreparedImage, prepare

VIEWED = ImageLimits(max_pixels=1_048_576)
"""A picture that a chat looks at: models scale larger ones down themselves."""


@dataclass(kw_only=True)
class Inputs:
    """Bytes by digest, and what is known now of those that an order only refers to."""

    data: dict[str, bytes] = field(default_factory=dict[str, bytes])
    known: dict[str, Upload] = field(default_factory=dict[str, Upload])
    awaited: bool = False

    def filled(self, order: Order) -> Order:
        """The order with the real form and size of its pictures."""
        return with_uploads(order, lambda one: self.known.get(one.digest, one)) if self.known else order


async def read_inputs(store: Store, media: MediaStore, order: Order) -> Inputs:
    """Read the pictures of an order. Raises NotFound for one that is gone or was not made."""
    found = Inputs()
    for upload in uploads_of(order):
        if upload.of is None:
            found.data[upload.digest] = await _stored(store, upload.digest)
            continue
        picture = await _referred(store, media, upload.of)
        if picture is None:
            found.awaited = True
            picture = await prepare(await asyncio.to_thread(_blank, upload.width, upload.height))
        elif chat_of(order) is not None:
            picture = await prepare(picture.data, limits=VIEWED, capability=order.capability)
        found.data[upload.digest] = picture.data
        found.known[upload.digest] = replace(picture.upload, digest=upload.digest, of=upload.of)
    return found


async def _stored(store: Store, digest: str) -> bytes:
    data = await store.upload(digest)
    if data is None:
        raise NotFound(_("The picture of this request is no longer kept. Please attach it again."))
    return data


async def _referred(store: Store, media: MediaStore, of: ResultOf) -> PreparedImage | None:
    """A picture of a conversation; None while it is still being made. Raises NotFound."""
    source = await store.get(of.request_id)
    if source is None:
        raise _gone()
    if of.sent:
        uploads = uploads_of(source.order)
        if not 0 <= of.index < len(uploads):
            raise _gone()
        return PreparedImage(upload=uploads[of.index], data=await _stored(store, uploads[of.index].digest))
    if source.state in TERMINAL - MADE:
        raise NotFound(_("The picture that this needs was not made. Nothing was charged for this."))
    return await _result(media, source, of.index)


async def _result(media: MediaStore, source: Request, index: int) -> PreparedImage | None:
    made = source.state in MADE
    asset = source.assets[index] if made and index < len(source.assets) else None
    if asset is None or not (asset.path or asset.link):
        if source.state is State.DELIVERED or (made and index >= len(source.assets)):
            raise _gone()
        return None
    data = await media.read(asset.path) if asset.path else None
    if data is None:
        raise _gone()
    return await prepare(data)


def _blank(width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "white").save(out, "PNG")
    return out.getvalue()


def _gone() -> NotFound:
    return NotFound(_("The picture that this needs is no longer kept. Please attach it again."))
