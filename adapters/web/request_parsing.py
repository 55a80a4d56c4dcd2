"""What a browser or program sends in: JSON, or a form that is read piece by piece.

The pictures of a form wait on the disk, so that one of them at a time is in memory.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from aiohttp import BodyPartReader, web

from adapters.web import texts
from adapters.web.conversations.names import name_of
from adapters.web.problems import TooLarge
from bot.core.capability import Capability
from bot.core.command_parser import parse
from bot.core.drafts import Draft, changes_of, draft
from bot.core.errors import InvalidOrder, StoreUnavailable
from bot.core.request import Actor, Order, Upload, in_conversation
from bot.images.preparation import PreparedImage
from bot.use_cases.requests import Service

T = TypeVar("T")

FIELDS_MAX = 1_000_000
"""Bytes of all fields of a form together."""
PARTS_MAX = 64
PICTURES_MAX = 11
PIECE = 256 * 1024


@dataclass(frozen=True, kw_only=True)
class Form:
    """The fields by name, and the pictures cleaned, in the order of their names.

    `conversation` is the one it belongs to, empty for the one of the person who asks.
    """

    fields: Mapping[str, Any] = field(default_factory=dict[str, Any])
    images: tuple[PreparedImage, ...] = ()
    mask: PreparedImage | None = None
    conversation: str = ""

    @property
    def pictures(self) -> dict[str, bytes]:
        """Bytes by digest."""
        every = (*self.images, *((self.mask,) if self.mask else ()))
        return {picture.upload.digest: picture.data for picture in every}

    def order(self, read: Draft, actor: Actor) -> Order:
        """The draft's order on these pictures, in its conversation."""
        if read.pictures:
            raise InvalidOrder(texts.drop_picture(), field="image")
        uploads: list[Upload] = [picture.upload for picture in self.images]
        order = read.order(uploads, self.mask.upload if self.mask else None)
        return in_conversation(order, self.conversation or actor.person)


async def read_json(request: web.Request) -> dict[str, Any]:
    """The body's JSON object; an empty body is an empty one. Raises InvalidOrder, TooLarge."""
    try:
        raw = await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise TooLarge(texts.too_much()) from None
    if not raw.strip():
        return {}
    if request.content_type != "application/json":
        raise InvalidOrder(texts.send_json_or_form(), field="body")
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        raise InvalidOrder(texts.not_json(), field="body") from None
    if not isinstance(body, dict):
        raise InvalidOrder(texts.not_an_object(), field="body")
    return body


Admit = Callable[[Mapping[str, Any], int, bool], Awaitable[object]]
"""Checks an order by its fields, the number of its pictures, and whether it has a mask."""


async def read_form(request: web.Request, service: Service, actor: Actor, admit: Admit | None = None) -> Form:
    """Fields and pictures of a request, which are not decoded before `admit` has let the order in.

    The field `conversation` names one of the actor's own. Raises InvalidOrder, BadImage, TooLarge,
    StoreUnavailable, and what `admit` raises.
    """
    if request.content_type != "multipart/form-data":
        fields = await read_json(request)
        return Form(conversation=name_of(actor, fields.pop("conversation", "")), fields=fields)
    most = service.image_limits.max_bytes
    if (request.content_length or 0) > 3 * most:
        raise TooLarge(texts.pictures_too_large(most // 1_000_000, 3 * most // 1_000_000))
    async with service.scratch() as folder:
        try:
            fields, files = await _parts(request, most, folder)
        except ValueError:
            raise InvalidOrder(texts.unreadable_form(), field="body") from None
        conversation = name_of(actor, fields.pop("conversation", ""))
        if admit is not None and files:
            masked = "mask" in files
            await admit(fields, len(files) - masked, masked)
        return replace(await _prepared(service, fields, files), conversation=conversation)


async def _prepared(service: Service, fields: Mapping[str, Any], files: Mapping[str, SavedPart]) -> Form:
    to, model = _capability(fields), str(fields.get("model") or "")
    images = [
        await service.prepare(await saved.read(), capability=to, model=model)
        for name, saved in sorted(files.items(), key=_place)
        if name != "mask"
    ]
    if "mask" not in files:
        return Form(fields=fields, images=tuple(images))
    fits = images[0].upload if images else None
    mask = await service.prepare(await files["mask"].read(), for_mask=True, fits=fits)
    return Form(fields=fields, images=tuple(images), mask=mask)


def _capability(fields: Mapping[str, Any]) -> Capability | None:
    """What the pictures are for, as far as it can be known now."""
    try:
        return read_draft(fields).capability
    except InvalidOrder:
        return None


@dataclass(frozen=True)
class SavedPart:
    """A file of a form, as it was sent, on the disk."""

    part: BodyPartReader
    path: Path

    async def read(self) -> bytes:
        """Its bytes, without the encoding that it was sent in."""
        return _decoded(self.part, await _on_disk(self.path.read_bytes))


async def _parts(
    request: web.Request, most: int, folder: Path
) -> tuple[dict[str, Any], dict[str, SavedPart]]:
    fields: dict[str, Any] = {}
    files: dict[str, SavedPart] = {}
    reader = await request.multipart()
    words = Allowance(FIELDS_MAX, texts.too_much())
    pictures = Allowance(3 * most, texts.pictures_too_large(most // 1_000_000, 3 * most // 1_000_000))
    for _ in range(PARTS_MAX):
        part = await reader.next()
        if part is None:
            return fields, files
        if not isinstance(part, BodyPartReader) or not part.name:
            raise InvalidOrder(texts.unreadable_part(), field="body")
        if part.filename is None:
            found = b"".join([piece async for piece in _pieces(part, FIELDS_MAX, words)])
            fields[part.name] = _field(part.name, _decoded(part, found))
        else:
            name = _checked_name(part.name, files)
            files[name] = await _saved(part, folder / str(len(files)), _pieces(part, most, pictures))
    raise TooLarge(texts.too_much())


def _checked_name(name: str, files: Mapping[str, SavedPart]) -> str:
    if name != "mask" and not name.startswith("image"):
        raise InvalidOrder(texts.names_of_files(), field=name[:40])
    if len(files) >= PICTURES_MAX:
        raise InvalidOrder(texts.too_many_pictures(PICTURES_MAX), field="image")
    return name if name not in files else f"image{len(files) + 1}"


@dataclass
class Allowance:
    """Bytes that all parts of one kind may still have together: a body may come without its length."""

    left: int
    complaint: str

    def take(self, count: int) -> None:
        """Raise TooLarge when there are not so many left."""
        self.left -= count
        if self.left < 0:
            raise TooLarge(self.complaint)


async def _pieces(part: BodyPartReader, most: int, allowance: Allowance) -> AsyncIterator[bytes]:
    """One part, read until its own limit or the common one is passed. Raises TooLarge."""
    size = 0
    while piece := await part.read_chunk(PIECE):
        size += len(piece)
        if size > most:
            raise TooLarge(texts.file_too_large((part.filename or part.name or "")[:60], most / 1e6))
        allowance.take(len(piece))
        yield piece


async def _saved(part: BodyPartReader, path: Path, pieces: AsyncIterator[bytes]) -> SavedPart:
    """Write the part as it comes. Raises StoreUnavailable when the disk does not take it."""
    file = await _on_disk(lambda: path.open("wb", buffering=0))
    try:
        async for piece in pieces:
            await _on_disk(partial(file.write, piece))
    finally:
        file.close()
    return SavedPart(part, path)


async def _on_disk(work: Callable[[], T]) -> T:
    try:
        return await asyncio.to_thread(work)
    except OSError as error:
        raise StoreUnavailable(str(error)) from error


def _decoded(part: BodyPartReader, data: bytes) -> bytes:
    return bytes(part.decode(data)) if part.headers.get("Content-Transfer-Encoding") else data


def _field(name: str, data: bytes) -> Any:
    text = data.decode("utf-8", errors="replace")
    if name not in ("order", "extra", "changes"):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidOrder(texts.field_not_json(name), field=name) from None


def _place(item: tuple[str, SavedPart]) -> int:
    digits = item[0].removeprefix("image")
    return int(digits) if digits.isdecimal() else 1


def read_draft(fields: Mapping[str, Any]) -> Draft:
    """A draft from `text`, or from `capability` and options by name. Raises InvalidOrder."""
    given = dict(fields)
    if isinstance(given.get("order"), Mapping):
        given |= given.pop("order")
    text = given.pop("text", None)
    if text is not None:
        if not isinstance(text, str) or given:
            raise InvalidOrder(texts.text_or_fields(), field="text")
        return parse(text)
    capability = capability_of(given.pop("capability", None))
    return draft(capability, given, extra=_extra(given))


def read_changes(capability: Capability, changes: Any) -> dict[str, Any]:
    """Changes of an order by the public names of its options. Raises InvalidOrder."""
    if not isinstance(changes, Mapping):
        raise InvalidOrder(texts.changes_is_an_object(), field="changes")
    given = dict(changes)
    extra = _extra(given)
    return changes_of(capability, given, extra=extra)


def capability_of(value: Any) -> Capability:
    """A capability by name. Raises InvalidOrder."""
    try:
        return Capability(value)
    except ValueError:
        names = ", ".join(Capability)
        raise InvalidOrder(texts.capability_is_one_of(names), field="capability") from None


def _extra(given: dict[str, Any]) -> dict[str, str]:
    extra = given.pop("extra", None) or {}
    if not isinstance(extra, Mapping) or not all(isinstance(v, str | int | float) for v in extra.values()):
        raise InvalidOrder(texts.extra_is_an_object(), field="extra")
    return {str(name): _plain(value) for name, value in extra.items()}


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
