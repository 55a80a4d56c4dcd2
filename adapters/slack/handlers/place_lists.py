"""`project`, `style` and `statement`: an answer for the one who asked, and files in a direct message."""

from __future__ import annotations

from adapters.common.place_lists.commands import PlaceLists
from adapters.slack.context import AdapterContext
from adapters.slack.delivery.private_files import hand_over
from adapters.slack.intake.payload import Inbound
from adapters.slack.views import admin_texts
from adapters.slack.views.layout import Message, escape, section
from bot.core.request import Actor

_TEXT = 2900
"""Characters of one section, which takes 3,000."""


class PlaceListCommands:
    """What the commands answer, as Slack shows it; the core checks who may what."""

    def __init__(self, adapter: AdapterContext) -> None:
        self._adapter = adapter
        self._lists = PlaceLists(adapter.admin)

    async def answer(self, inbound: Inbound, actor: Actor, verb: str, rest: str) -> Message:
        """Run one. Raises Refusal, and DeliveryError for a file that cannot be handed over."""
        found = await self._lists.typed(actor, verb, rest)
        text = escape(found.text)[:_TEXT]
        if found.files:
            files = [(one.name, one.data) for one in found.files]
            await hand_over(self._adapter, inbound.address, files, text)
            text = f"{text}\n{admin_texts.file_in_direct_message()}"
        return Message(text=text, blocks=[section(text)])
