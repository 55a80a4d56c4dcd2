"""The one kind of button on every message that lasts: a verb and a request, and nothing in memory.

`verb:request_id` or `verb:request_id:number`; for `confirm` the number is the price in micro-dollars. The
pattern is registered once at start, so a button works after any restart and on any shard. Messages that
last hold only these and links, in views without a timeout: discord.py unregisters a dynamic item for the
whole process when a view that mixes it with an ordinary button times out or is stopped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Protocol, Self

import discord
from discord import ui

from bot.core.spoken import ResultOf

_CARRIED = re.compile(r"[a-z_]{2,20}:(?P<request>req_[0-9a-z]{1,40})(?::\d+)?")
STYLES = {
    "confirm": discord.ButtonStyle.success,
    "meant": discord.ButtonStyle.success,
    "approve": discord.ButtonStyle.success,
    "deny": discord.ButtonStyle.danger,
    "delete": discord.ButtonStyle.secondary,
    "ask": discord.ButtonStyle.primary,
    "run": discord.ButtonStyle.primary,
    "settle": discord.ButtonStyle.danger,
}


class PressHandler(Protocol):
    """What the client brings: where a press goes."""

    async def pressed(
        self, interaction: discord.Interaction[Any], verb: str, subject: str, number: int
    ) -> None: ...


class RequestButton(
    ui.DynamicItem[ui.Button[Any]],
    template=r"(?P<verb>[a-z_]{2,20}):(?P<subject>[A-Za-z0-9_.\-]{1,60})(?::(?P<number>\d{1,19}))?",
):
    """A button that survives the process that drew it."""

    def __init__(
        self, verb: str, subject: str, label: str = "", number: int | None = None, emoji: str | None = None
    ) -> None:
        custom_id = f"{verb}:{subject}" + ("" if number is None else f":{number}")
        super().__init__(
            ui.Button(
                label=label or None,
                emoji=emoji,
                style=STYLES.get(verb, discord.ButtonStyle.secondary),
                custom_id=custom_id,
            )
        )
        self.verb, self.subject, self.number = verb, subject, number or 0

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Rebuild from the pressed button's id."""
        label = getattr(item, "label", "") or "…"
        return cls(match["verb"], match["subject"], label, int(match["number"]) if match["number"] else None)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Hand the press to the client, whose error table answers for everything that goes wrong."""
        client: PressHandler = interaction.client
        await client.pressed(interaction, self.verb, self.subject, self.number)


def row(*presses: ui.Item[Any]) -> ui.ActionRow[Any]:
    """Up to five buttons side by side."""
    return ui.ActionRow(*presses)


def result_in(message: discord.Message | None) -> ResultOf | None:
    """The request that a message of ours shows: its buttons name it."""
    for part in _parts(message.components if message is not None else ()):
        carried = _CARRIED.fullmatch(getattr(part, "custom_id", None) or "")
        if carried is not None:
            return ResultOf(request_id=carried["request"])
    return None


def _parts(found: Iterable[Any]) -> Iterator[Any]:
    for part in found:
        yield part
        yield from _parts(getattr(part, "children", None) or ())
