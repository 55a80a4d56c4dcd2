"""Orders as the gateway expects them: JSON, or a form when there are pictures.

The gateway forwards unknown parameters to the provider (Lumenfall API, conventions), so a person's extras
are sent too, but never under a name that decides what is bought, how much of it, or where it goes. `dryRun`
works in the query only and never appears in a body.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.conversation.tools import definitions
from bot.core.capability import Capability, about
from bot.core.catalog import Scale
from bot.core.errors.outside import GatewayFinal
from bot.core.options import OptionKind, options_of
from bot.core.place_lists.common_options import prompt_sent
from bot.core.ports.gateway import Pictures
from bot.core.request import (
    ChatOrder,
    EditOrder,
    GenerateOrder,
    Order,
    Upload,
    UpscaleOrder,
    VideoOrder,
)
from bot.core.text.translation import gettext as _
from bot.core.validation import RESERVED_EXTRAS

_NEVER = RESERVED_EXTRAS | {
    "webhook",
    "tools",
    "tool_choice",
    "scale_factor",
    "scale",
    "seconds",
    "image[]",
    "input_reference[]",
}
_SUFFIXES = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "image/gif": "gif"}
_SENT_APART = frozenset({"prompt", "model", "system", "seconds", "scale", "project"})
"""Options that are sent in another form, or not at all."""

Part = tuple[str, tuple[str, bytes, str]]


@dataclass(frozen=True, kw_only=True)
class RequestBody:
    """A body that can be sent several times: `content` (JSON) or a form of `fields` and `files`."""

    content: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    fields: Mapping[str, str] = field(default_factory=dict[str, str])
    files: tuple[Part, ...] = ()


NOTHING = RequestBody()


@dataclass(frozen=True, kw_only=True)
class Payload:
    """What to post, and where. `path` is below the OpenAI-compatible base URL; with `files` it is a form."""

    path: str
    fields: Mapping[str, Any]
    files: tuple[Part, ...] = ()
    form: bool = False

    def encoded(self, **more: Any) -> RequestBody:
        """The body with `more` fields (`user`, `stream` …); None values are left out."""
        fields = {**self.fields, **{name: value for name, value in more.items() if value is not None}}
        if self.form:
            return RequestBody(
                fields={name: _form(value) for name, value in fields.items()}, files=self.files
            )
        text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
        return RequestBody(content=_sendable(text).encode(), headers={"Content-Type": "application/json"})


def build(order: Order, pictures: Pictures, *, scale: Scale | None = None) -> Payload:
    """The payload of an order; `scale` is the upscaler's rule if one is known.

    Encodes pictures of a chat, so do not call it on the event loop. Raises GatewayFinal when the bytes of a
    picture are no longer stored.
    """
    match order:
        case GenerateOrder():
            return _payload(order, _image_fields(order))
        case EditOrder():
            return _edit(order, pictures)
        case UpscaleOrder():
            return _upscale(order, pictures, scale)
        case ChatOrder():
            return _chat(order, pictures)
        case VideoOrder():
            return _video(order, pictures)


def _payload(
    order: Order, fields: Mapping[str, Any], files: Sequence[Part] = (), form: bool = False
) -> Payload:
    return Payload(path=about(order.capability).endpoint, fields=fields, files=tuple(files), form=form)


def _options(order: Order) -> dict[str, Any]:
    """The chosen options by the gateway's names, which are the names of the order's fields."""
    apart = (OptionKind.PICTURE, OptionKind.FLAG)
    sent = [item for item in options_of(order.capability) if item.kind not in apart]
    values = {item.field: getattr(order, item.field) for item in sent if item.name not in _SENT_APART}
    return {name: value for name, value in values.items() if value is not None}


def _image_fields(order: GenerateOrder | EditOrder) -> dict[str, Any]:
    named: dict[str, Any] = {"model": order.model, "prompt": prompt_sent(order), **_options(order)}
    return _with_extra(order.extra, {**named, "response_format": "url"})


def _edit(order: EditOrder, pictures: Pictures) -> Payload:
    # One file is sent as `image`, several as `image[]`, as in Lumenfall's own clients and OpenAI's.
    name = "image" if len(order.images) == 1 else "image[]"
    files = [_file(name, upload, pictures) for upload in order.images]
    if order.mask is not None:
        files.append(_file("mask", order.mask, pictures))
    return _payload(order, _image_fields(order), files, form=True)


def _upscale(order: UpscaleOrder, pictures: Pictures, scale: Scale | None) -> Payload:
    """No prompt; no factor for models that have only one (Lumenfall API, upscaling)."""
    named: dict[str, Any] = {"model": order.model, "response_format": "url", **_options(order)}
    factor = order.scale if order.scale is not None else (scale.default if scale else None)
    if factor is not None and not (scale and scale.fixed):
        named["scale_factor"] = _number(factor)
    files = (_file("image", order.image, pictures),)
    return _payload(order, _with_extra(order.extra, named), files, form=True)


def _chat(order: ChatOrder, pictures: Pictures) -> Payload:
    messages: list[dict[str, Any]] = []
    if told := "\n\n".join(part for part in (order.house, order.system) if part):
        messages.append({"role": "system", "content": told})
    messages += [{"role": turn.role, "content": turn.content} for turn in order.history]
    messages.append({"role": "user", "content": _parts(order, pictures)})
    named: dict[str, Any] = {"model": order.model, "messages": messages, **_options(order)}
    if order.tools:
        named["tools"] = definitions(
            [Capability(name) for name in order.tools], projects=order.projects, styles=order.styles
        )
    return _payload(order, _with_extra(order.extra, named))


def _parts(order: ChatOrder, pictures: Pictures) -> str | list[dict[str, Any]]:
    if not order.images:
        return prompt_sent(order)
    parts: list[dict[str, Any]] = [{"type": "text", "text": prompt_sent(order)}]
    for upload in order.images:
        data = base64.b64encode(_bytes(upload, pictures)).decode()
        url = f"data:{upload.content_type};base64,{data}"
        parts.append({"type": "image_url", "image_url": {"url": url}})
    return parts


def _video(order: VideoOrder, pictures: Pictures) -> Payload:
    named: dict[str, Any] = {"model": order.model, "prompt": prompt_sent(order), **_options(order)}
    if order.seconds is not None:
        named["seconds"] = _number(order.seconds)
    fields = _with_extra(order.extra, named)
    if not order.references:
        return _payload(order, fields)
    name = "input_reference" if len(order.references) == 1 else "input_reference[]"
    files = tuple(_file(name, upload, pictures) for upload in order.references)
    return _payload(order, fields, files, form=True)


def _with_extra(extra: Mapping[str, str], named: Mapping[str, Any]) -> dict[str, Any]:
    allowed = {name: extra_value(value) for name, value in extra.items() if _passes(name)}
    return {**allowed, **named}


def _passes(name: str) -> bool:
    return name.lower().replace("-", "_") not in _NEVER


def extra_value(value: str) -> Any:
    """A number, boolean, list or object if the text is one in JSON, else the text itself."""
    try:
        parsed: object = json.loads(value)
        json.dumps(parsed, allow_nan=False)
    except (ValueError, RecursionError):
        return value
    return value if parsed is None or isinstance(parsed, str) else parsed


def _file(name: str, upload: Upload, pictures: Pictures) -> Part:
    suffix = _SUFFIXES.get(upload.content_type, "png")
    filename = f"{upload.digest[:16]}.{suffix}"  # the person's own file name is not sent
    return name, (filename, _bytes(upload, pictures), upload.content_type)


def _bytes(upload: Upload, pictures: Pictures) -> bytes:
    try:
        return pictures[upload.digest]
    except KeyError:
        raise GatewayFinal(
            _("A picture of this request is no longer kept. Please attach it again."), code="picture_missing"
        ) from None


def _number(value: float) -> int | float:
    return int(value) if value == int(value) else value


def _form(value: object) -> str:
    if isinstance(value, bool | list | dict):
        return _sendable(json.dumps(value, ensure_ascii=False))
    return _sendable(str(value))


def _sendable(text: str) -> str:
    """The text with unpaired surrogates, which cannot be sent, replaced by question marks."""
    return text.encode("utf-8", "replace").decode()
