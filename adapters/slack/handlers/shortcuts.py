"""Shortcuts: four in a message's menu, one in the lightning menu. Each opens the form it stands for."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adapters.common import shared_texts
from adapters.slack.context import AdapterContext
from adapters.slack.forms.order import Modals
from adapters.slack.forms.order_view import Start
from adapters.slack.handlers.talk import Speaking
from adapters.slack.intake.attachments import pictures_in
from adapters.slack.intake.payload import Inbound
from adapters.slack.views import command_texts, texts
from bot.core.capability import Capability, Output, about
from bot.core.errors import InvalidOrder, TooLate

_CARRIED = re.compile(r'"[a-z_]{2,20}:(?P<request>req_[0-9a-z]{1,40})[:"]')


@dataclass(frozen=True, kw_only=True)
class Shortcut:
    """One entry of a menu. `capability` None: it opens no form."""

    name: str
    description: str
    kind: str
    capability: Capability | None


SHORTCUTS = {
    "edit_image": Shortcut(
        name=shared_texts.EDIT_IMAGE,
        description=command_texts.EDIT_IMAGE_HELP,
        kind="message",
        capability=Capability.EDIT,
    ),
    "upscale_image": Shortcut(
        name=shared_texts.UPSCALE_IMAGE,
        description=command_texts.UPSCALE_IMAGE_HELP,
        kind="message",
        capability=Capability.UPSCALE,
    ),
    "animate_image": Shortcut(
        name=shared_texts.ANIMATE_IMAGE,
        description=command_texts.ANIMATE_IMAGE_HELP,
        kind="message",
        capability=Capability.VIDEO,
    ),
    "ask_about": Shortcut(
        name=shared_texts.ASK_ABOUT,
        description=command_texts.ASK_ABOUT_HELP,
        kind="message",
        capability=Capability.CHAT,
    ),
    "continue_from": Shortcut(
        name=command_texts.CONTINUE_FROM,
        description=command_texts.CONTINUE_FROM_HELP,
        kind="message",
        capability=None,
    ),
    "create": Shortcut(
        name=command_texts.CREATE,
        description=command_texts.CREATE_HELP,
        kind="global",
        capability=Capability.GENERATE,
    ),
}
"""By callback id; the manifest is written from this."""


class Shortcuts:
    """Handles them."""

    def __init__(self, adapter: AdapterContext, modals: Modals, speaking: Speaking) -> None:
        self._adapter = adapter
        self._speaking = speaking
        self._modals = modals

    async def used(self, inbound: Inbound) -> None:
        """Do it, or open its form. Raises Refusal where the message has no picture for it."""
        shortcut = SHORTCUTS.get(str(inbound.body.get("callback_id")))
        if shortcut is None:
            raise TooLate(texts.outdated())
        message: dict[str, Any] = inbound.body.get("message") or {}
        if shortcut.capability is None:
            await self._speaking.use(inbound, f"use:{_result_in(message)}:0")
            return
        if shortcut.kind == "global":
            await self._modals.open(inbound, Start(capability=shortcut.capability, place=True))
            return
        row = about(shortcut.capability)
        files = tuple(str(file["id"]) for file in pictures_in(message)[:10])
        if not files and row.output is not Output.TEXT:
            raise InvalidOrder(texts.no_picture_in_message(), field="image")
        files = files[: row.pictures[1]]
        key = await self._modals.keep(inbound, message) if row.output is Output.TEXT else ""
        await self._modals.open(inbound, Start(capability=shortcut.capability, files=files, message=key))


def _result_in(message: Mapping[str, Any]) -> str:
    """The request whose result a message of ours shows: its buttons carry it. Raises InvalidOrder."""
    found = _CARRIED.search(json.dumps(message.get("blocks") or []))
    if found is None:
        raise InvalidOrder(texts.no_result_in_message(), field="image")
    return found["request"]
