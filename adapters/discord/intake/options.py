"""Options as Discord shows them and hands them over, made into orders of the core.

Attachment options and upload fields let people choose pictures only. Discord takes `file_types` on both: up
to ten groups or dotted extensions (Discord docs, Application Command Option Structure and File Upload).
discord.py 2.7 has no parameter for it, so it is added where each describes itself to Discord, in methods
that are meant to be overridden. Discord looks at the name alone; what is in the file is judged once it is
here (`attachments`, `bot.images.preparation`).
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from enum import StrEnum
from typing import Any, TypeVar

import discord
from discord import AppCommandOptionType, app_commands, ui
from discord.app_commands import locale_str

from adapters.common import shared_texts
from adapters.discord.identity import reachable
from adapters.discord.intake.attachments import Source, check_sources, source_of
from adapters.discord.intake.marks import plain_words
from adapters.discord.intake.said import names_of
from adapters.discord.responses import Interaction
from adapters.discord.views import command_texts, texts
from bot.core.capability import Capability
from bot.core.drafts import order_of
from bot.core.errors import BadImage, InvalidOrder
from bot.core.options import OPTIONS
from bot.core.request import ChatOrder, EditOrder, GenerateOrder, UpscaleOrder, VideoOrder, in_conversation

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)
DraftOrder = GenerateOrder | EditOrder[Source] | UpscaleOrder[Source] | ChatOrder[Source] | VideoOrder[Source]
"""An order whose pictures are still on Discord: good for checking, never stored."""
_HELP: dict[str, str | locale_str] = {
    option.name: locale_str((option.help[0].upper() + option.help[1:])[:100], text=option.help)
    for option in OPTIONS
} | {
    "image": command_texts.OPTION_IMAGE,
    "image2": command_texts.OPTION_FURTHER_IMAGE,
    "image3": command_texts.OPTION_FURTHER_IMAGE,
    "image4": command_texts.OPTION_FURTHER_IMAGE,
    "result": command_texts.OPTION_RESULT,
    "capability": command_texts.OPTION_CAPABILITY,
    "model2": command_texts.OPTION_SECOND_MODEL,
    "model3": command_texts.OPTION_THIRD_MODEL,
    "model4": command_texts.OPTION_FOURTH_MODEL,
    "model5": command_texts.OPTION_FIFTH_MODEL,
}


class Words(app_commands.Transformer):
    """An option that people write words into, at most `most` characters of it; marks become names."""

    def __init__(self, most: int) -> None:
        self._most = most

    @property
    def min_value(self) -> int:
        """Characters, at least."""
        return 1

    @property
    def max_value(self) -> int:
        """Characters, at most."""
        return self._most

    async def transform(self, interaction: Interaction, value: str, /) -> str:
        """What was typed, as words."""
        return plain_words(value, names_of(interaction))


def described(names: str, **more: str) -> Callable[[T], T]:
    """Descriptions of options, the same words wherever an option occurs."""
    return app_commands.describe(**{name: _HELP[name] for name in names.split()}, **more)


def sources(
    interaction: Interaction, *attachments: discord.Attachment | None, mask: discord.Attachment | None = None
) -> tuple[list[Source], Source | None]:
    """The attachments as sources. Raises BadImage for what Discord already knows to be unusable."""
    # An id of which Discord told nothing else is handed over as a bare object.
    if not all(isinstance(item, discord.Attachment) for item in (*attachments, mask) if item is not None):
        raise BadImage(texts.attach_again())
    found = [source_of(item) for item in attachments if item is not None]
    masking = source_of(mask, mask=True) if mask is not None else None
    check_sources([*found, *([masking] if masking else [])], interaction.client.context.pictures.max_bytes)
    return found, masking


def draft(
    capability: Capability,
    pictures: Sequence[Source] = (),
    mask: Source | None = None,
    *,
    conversation: str = "",
    **options: Any,
) -> DraftOrder:
    """An order on pictures that are still on Discord. Raises InvalidOrder where one is needed and missing."""
    chosen = {name: value for name, value in options.items() if value not in (None, "")}
    order = order_of(capability, chosen, pictures, mask)
    return in_conversation(order, conversation)


def one_of(kind: type[E], chosen: str, name: str) -> E:
    """What was chosen, as one of a kind. Raises InvalidOrder for what was never offered."""
    try:
        return kind(chosen)
    except ValueError:
        raise InvalidOrder(shared_texts.is_one_of(name, ", ".join(kind)), field=name) from None


def result_of(value: str) -> tuple[str, int]:
    """`req_…:2` as an id and an index from 0. Raises InvalidOrder for free text."""
    name, _, number = value.partition(":")
    if not name.startswith("req_") or not (number or "1").isdecimal():
        raise InvalidOrder(texts.choose_result_or_attach(), field="result")
    return name, max(0, int(number or "1") - 1)


def conversation_of(interaction: Interaction) -> str:
    """Which conversation a chat belongs to: a thread's and a direct message's own, else one's own here."""
    channel = interaction.channel
    if isinstance(channel, discord.Thread) or interaction.guild_id is None:
        return str(interaction.channel_id)
    return f"{interaction.channel_id}:{interaction.user.id}"


def joined(interaction: Interaction) -> str:
    """The conversation whose pictures an order's are: that of the thread or direct message that it is given
    in. Empty elsewhere: there, people who speak get a thread of their own.
    """
    thread = isinstance(interaction.channel, discord.Thread) and reachable(interaction)
    return str(interaction.channel_id) if thread or interaction.context.dm_channel else ""


PICTURES = ("image", ".heic", ".heif")
"""Discord's group holds PNG, GIF, JPEG, WebP and AVIF; what phones take comes on top."""
Callback = Callable[..., Coroutine[Any, Any, None]]


class PictureCommand(app_commands.Command[Any, ..., None]):
    """A command whose attachments are pictures."""

    def to_dict(self, tree: app_commands.CommandTree[Any]) -> dict[str, Any]:
        """As discord.py writes it, with the kinds of files."""
        return _with_kinds(super().to_dict(tree))

    async def get_translated_payload(
        self, tree: app_commands.CommandTree[Any], translator: app_commands.Translator
    ) -> dict[str, Any]:
        """The same in all languages."""
        return _with_kinds(await super().get_translated_payload(tree, translator))


def _with_kinds(body: dict[str, Any]) -> dict[str, Any]:
    for option in body["options"]:
        if option["type"] == AppCommandOptionType.attachment.value:
            option["file_types"] = list(PICTURES)
    return body


def command(description: str) -> Callable[[Callback], PictureCommand]:
    """`app_commands.command` for a command that takes pictures."""

    def build(callback: Callback) -> PictureCommand:
        return PictureCommand(name=callback.__name__, description=description, callback=callback)

    return build


class PictureUpload(ui.FileUpload[Any]):
    """A form's field for pictures."""

    def to_component_dict(self) -> Any:
        """As discord.py writes it, with the kinds of files."""
        return {**super().to_component_dict(), "file_types": list(PICTURES)}
