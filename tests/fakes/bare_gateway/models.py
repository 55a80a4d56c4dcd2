"""Which models there are, and the list of them as the page prints it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from tests.fakes.bare_gateway.wire import PREFIX, Call, RefusedError, Reply, error_reply, json_reply

CREATED = 1702345678
"""The time that every printed example shows."""


class Kind(StrEnum):
    IMAGE = "image"
    UPSCALE = "upscale"
    VIDEO = "video"
    CHAT = "chat"


MODELS: Mapping[str, Kind] = {
    "gemini-3-pro-image": Kind.IMAGE,
    "gpt-image-1.5": Kind.IMAGE,
    "flux.2-max": Kind.IMAGE,
    "topaz-image-upscale": Kind.UPSCALE,
    "sora-2": Kind.VIDEO,
    "google/gemini-3-flash-preview": Kind.CHAT,
}
"""The models that the pages name, and one that upscales (the pages name none)."""

PRINTED_LIST = ("gemini-3-pro-image", "gpt-image-1.5")


@dataclass
class ModelSwitches:
    """The list. `listed` gives its order; `whole` replaces the answer to any question for the list."""

    known: dict[str, Kind] = field(default_factory=lambda: dict(MODELS))
    listed: tuple[str, ...] = PRINTED_LIST
    details: dict[str, dict[str, Any]] = field(default_factory=dict)
    """More fields of a model, shown by `/models/{id}` and, with `details_listed`, by the list."""
    details_listed: bool = False
    whole: Reply | None = None
    schema: Reply | None = None
    """The answer to `?schema=true` on the list; without one the question is ignored, as unknown ones are."""

    def kind(self, model: object) -> Kind:
        """What a model does. Any `vendor/model` is a text model, as the quickstart promises."""
        if not isinstance(model, str) or not model:
            raise RefusedError("INVALID_REQUEST", "model is required")
        if model in self.known:
            return self.known[model]
        if "/" in model:
            return Kind.CHAT
        raise RefusedError("MODEL_NOT_FOUND", f"Model '{model}' not found")

    def need(self, model: object, *kinds: Kind) -> Kind:
        """The kind of a model, which must be one of `kinds`."""
        kind = self.kind(model)
        if kind not in kinds:
            raise RefusedError("INVALID_REQUEST", f"Model '{model}' does not support this endpoint")
        return kind

    def reply(self, call: Call) -> Reply:
        name = call.path.removeprefix(f"{PREFIX}/models").strip("/")
        return self._one(name) if name else self._list(call)

    def _list(self, call: Call) -> Reply:
        if "schema" in call.query and self.schema is not None:
            return self.schema
        if self.whole is not None:
            return self.whole
        return json_reply({"object": "list", "data": [self._item(name) for name in self.listed]})

    def _item(self, name: str) -> dict[str, Any]:
        more = self.details.get(name, {}) if self.details_listed else {}
        return printed_item(name) | more

    def _one(self, name: str) -> Reply:
        if name not in self.known:
            return error_reply("MODEL_NOT_FOUND", f"Model '{name}' not found")
        return json_reply(printed_item(name) | self.details.get(name, {}))


def printed_item(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": CREATED, "owned_by": "lumenfall"}
