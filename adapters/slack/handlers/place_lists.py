"""`project`, `style` and `statement`: an answer for the one who asked, and files in a direct message."""

from __future__ import annotations

from dataclasses import replace

from adapters.common.place_lists.commands import ListAnswer, PlaceLists
from adapters.slack.context import AdapterContext
from adapters.slack.delivery.files import OutgoingFile
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
        if found.file:
            await self._hand_over(inbound, found, text)
            text = f"{text}\n{admin_texts.file_in_direct_message()}"
        return Message(text=text, blocks=[section(text)])

    async def _hand_over(self, inbound: Inbound, found: ListAnswer, text: str) -> None:
        """The file in the direct messages of the one who asked: nobody else sees it there."""
        files = self._adapter.files
        direct = await files.direct(inbound.address)
        where = replace(inbound.address, channel=direct, thread_ts="")
        file = OutgoingFile(
            name=found.name, title=found.name, alt=found.name, size=len(found.file), data=found.file
        )
        file_id = await files.upload(where, file)
        await files.share(where, [(file_id, found.name)], [section(text)])
