"""Shortcuts: four in a message's menu, one in the lightning menu. Each opens the form it stands for."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.common import shared_texts
from adapters.slack.context import AdapterContext
from adapters.slack.forms.order import Modals
from adapters.slack.forms.order_view import Start
from adapters.slack.intake.attachments import pictures_in
from adapters.slack.intake.payload import Inbound
from adapters.slack.views import command_texts, texts
from bot.core.capability import Capability, Output, about
from bot.core.errors import InvalidOrder, TooLate


@dataclass(frozen=True, kw_only=True)
class Shortcut:
    """One entry of a menu. `capability` None: the person chooses."""

    name: str
    description: str
    kind: str
    capability: Capability


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

    def __init__(self, adapter: AdapterContext, modals: Modals) -> None:
        self._adapter = adapter
        self._modals = modals

    async def used(self, inbound: Inbound) -> None:
        """Open the form. Raises Refusal where the message has no picture for it."""
        shortcut = SHORTCUTS.get(str(inbound.body.get("callback_id")))
        if shortcut is None:
            raise TooLate(texts.outdated())
        if shortcut.kind == "global":
            await self._modals.open(inbound, Start(capability=shortcut.capability, place=True))
            return
        message, row = inbound.body.get("message") or {}, about(shortcut.capability)
        files = tuple(str(file["id"]) for file in pictures_in(message)[:10])
        if not files and row.output is not Output.TEXT:
            raise InvalidOrder(texts.no_picture_in_message(), field="image")
        files = files[: row.pictures[1]]
        key = await self._modals.keep(inbound, message) if row.output is Output.TEXT else ""
        await self._modals.open(inbound, Start(capability=shortcut.capability, files=files, message=key))
