"""A request's body, read once: JSON, or a form with files."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from aiohttp import web

from sandbox.errors import invalid


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file of a form: `field` is its name there, `data` its bytes."""

    field: str
    filename: str
    content_type: str
    data: bytes


@dataclass(frozen=True, kw_only=True)
class Body:
    """`kind` is what the client sent. In a form, a field that occurs several times is a list."""

    kind: Literal["json", "form", "none"] = "none"
    fields: dict[str, Any] = field(default_factory=dict[str, Any])
    files: tuple[Upload, ...] = ()
    size: int = 0

    def text(self, name: str) -> str | None:
        value = self.fields.get(name)
        return value if isinstance(value, str) else None


async def read_body(request: web.Request) -> Body:
    """Raises ApiError 400 when the body is not what its content type says, or JSON but no object."""
    if not request.can_read_body:
        return Body()
    if request.content_type in {"multipart/form-data", "application/x-www-form-urlencoded"}:
        return await _read_form(request)
    raw = await request.read()
    try:
        parsed: object = json.loads(raw)
    except ValueError:
        raise invalid("The request body is not valid JSON.") from None
    if not isinstance(parsed, dict):
        raise invalid("The request body must be a JSON object.")
    return Body(kind="json", fields=cast("dict[str, Any]", parsed), size=len(raw))


async def _read_form(request: web.Request) -> Body:
    try:
        form = await request.post()
    except ValueError:
        raise invalid("The form could not be read.") from None
    fields: dict[str, Any] = {}
    files: list[Upload] = []
    for name, value in form.items():
        if isinstance(value, web.FileField):
            files.append(await asyncio.to_thread(_read_file, name, value))
        elif isinstance(value, str):
            _collect(fields, name, value)
    size = request.content_length or sum(len(upload.data) for upload in files)
    return Body(kind="form", fields=fields, files=tuple(files), size=size)


def _read_file(name: str, part: web.FileField) -> Upload:
    with part.file as file:
        return Upload(field=name, filename=part.filename, content_type=part.content_type, data=file.read())


def _collect(fields: dict[str, Any], name: str, value: str) -> None:
    if name not in fields:
        fields[name] = value
    elif isinstance(fields[name], list):
        fields[name].append(value)
    else:
        fields[name] = [fields[name], value]
