"""Filling in a modal the way Discord's app does, and refusing what it would refuse."""

from __future__ import annotations

from typing import Any

from tests.fakes.discord_server import components as parts
from tests.fakes.discord_server import file_types
from tests.fakes.discord_server.base import ClientRefused, Json
from tests.fakes.discord_server.commands import Resolved
from tests.fakes.discord_server.entities import Upload


def fill(modal: Json, values: dict[str, Any], resolved: Resolved) -> list[Json]:
    """The `components` of a submission. Raises: ClientRefused for missing, ill-sized or unknown fields."""
    out = []
    for number, component in enumerate(modal["components"], start=1):
        if component["type"] == parts.TEXT_DISPLAY:
            out.append({"type": parts.TEXT_DISPLAY, "id": number})
        elif component["type"] == parts.LABEL:
            field = component["component"]
            answer = _answer(field, _take(values, field, component["label"]), component["label"], resolved)
            out.append({"type": parts.LABEL, "id": number, "component": answer | {"id": 100 + number}})
        else:
            fields = component["components"]
            answers = [
                _answer(item, _take(values, item, item.get("label")), item.get("label"), resolved)
                for item in fields
            ]
            out.append({"type": parts.ACTION_ROW, "id": number, "components": answers})
    if values:
        raise ClientRefused(f"the modal {modal['title']!r} has no fields {sorted(values)}")
    return out


def _take(values: dict[str, Any], field: Json, label: str | None) -> Any:
    for name in (label, field["custom_id"]):
        if name in values:
            return values.pop(name)
    return None


def _answer(field: Json, given: Any, label: str | None, resolved: Resolved) -> Json:
    kind = field["type"]
    head: Json = {"type": kind, "custom_id": field["custom_id"]}
    required = field.get("required", True) and kind != parts.CHECKBOX
    if kind == parts.TEXT_INPUT:
        return head | {"value": _text(field, given, label, required=required)}
    if kind == parts.CHECKBOX:
        return head | {"value": bool(field.get("default") if given is None else given)}
    if kind == parts.FILE_UPLOAD:
        files = [given] if isinstance(given, Upload) else list(given or [])
        _count(field, len(files), label, required=required)
        for item in files:
            file_types.offered(field, item)
        return head | {"values": [resolved.file(item) for item in files]}
    if kind == parts.RADIO:
        values = _chosen(field, given, label, required=required)
        return head | {"value": values[0] if values else None}
    if kind in (parts.STRING_SELECT, parts.CHECKBOXES):
        return head | {"values": _chosen(field, given, label, required=required)}
    if given is None:  # what was chosen before stays chosen
        kept = [str(item["id"]) for item in field.get("default_values") or []]
        _count(field, len(kept), label, required=required)
        return head | {"values": kept}
    entities = given if isinstance(given, list | tuple) else [given]
    _count(field, len(entities), label, required=required)
    return head | {"values": resolved.selected(field, entities)}


def _text(field: Json, given: Any, label: str | None, *, required: bool) -> str:
    text = (field.get("value") or "") if given is None else str(given)
    low, high = field.get("min_length") or 0, field.get("max_length") or 4000
    if required and not text:
        raise ClientRefused(f"{label!r} must be filled in")
    if text and not low <= len(text) <= high:
        raise ClientRefused(f"{label!r}: {len(text)} characters, {low} to {high} are allowed")
    return text


def _chosen(field: Json, given: Any, label: str | None, *, required: bool) -> list[str]:
    options = field["options"]
    if given is None:
        values = [item["value"] for item in options if item.get("default")]
    else:
        wanted = [given] if isinstance(given, str) else list(given)
        known = {item["label"]: item["value"] for item in options} | {
            item["value"]: item["value"] for item in options
        }
        if any(item not in known for item in wanted):
            raise ClientRefused(f"{label!r}: {wanted} not all in {[item['label'] for item in options]}")
        values = [known[item] for item in wanted]
    _count(field, len(values), label, required=required)
    return values


def _count(field: Json, count: int, label: str | None, *, required: bool) -> None:
    low, high = field.get("min_values", 1) or 0, field.get("max_values") or 1
    if field["type"] == parts.CHECKBOXES and not field.get("max_values"):
        high = len(field["options"])
    if not count and not required:
        return
    if not (max(low, 1 if required else 0) <= count <= high):
        raise ClientRefused(f"{label!r}: {count} chosen, {low} to {high} are asked for")
