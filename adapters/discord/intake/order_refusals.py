"""Orders refused before they are accepted: what counts as one, and where a result could not be posted."""

from __future__ import annotations

from typing import Any

import discord

from adapters.common.talking.words import all_of
from adapters.discord.addressing import ORIGIN, Reply
from adapters.discord.identity import actor_of, reachable
from adapters.discord.views import texts
from bot.core.capability import Capability, about
from bot.core.errors import NotAllowed, Refusal
from bot.core.request import Actor
from bot.core.text.translation import gettext as _
from bot.use_cases import refusal_log
from bot.use_cases.requests import Service

_BUTTONS = frozenset("again model run vary upscale".split())
_FORMS = frozenset("remix edit animate edit_at animate_at ask_at".split())
_MENU = 3
"""An application command's type: an entry in a message's menu (Discord docs, Application Command Types)."""


def ordered(interaction: discord.Interaction[Any]) -> str | None:
    """The capability that was ordered, empty where only the request it is about knows; None for no order."""
    data: Any = interaction.data or {}
    match interaction.type:
        case discord.InteractionType.application_command:
            if data.get("type") == _MENU:
                return ""
            return data.get("name") if data.get("name") in set(Capability) else None
        case discord.InteractionType.component:
            return "" if str(data.get("custom_id")).partition(":")[0] in _BUTTONS else None
        case discord.InteractionType.modal_submit:
            return "" if str(data.get("custom_id")).split(":")[1:2] in [[verb] for verb in _FORMS] else None
        case _:
            return None


async def note(interaction: discord.Interaction[Any], refusal: Refusal) -> None:
    """Log a refusal, if it is an order's."""
    capability = ordered(interaction)
    if capability is not None:
        service = interaction.client.context.service  # pyright: ignore[reportAttributeAccessIssue]
        refusal_log.note(service, refusal, await actor_of(interaction), origin=ORIGIN, capability=capability)


def note_of(service: Service, reply: Reply, refusal: Refusal) -> None:
    """Log the refusal of an order whose answer was promised; the promise says who asked, and where."""
    place = f"{reply.guild_id}" if reply.guild_id else f"dm:{reply.user_id}"
    asker = Actor(
        tenant=f"{ORIGIN}:{place}",
        person=f"{ORIGIN}:{reply.user_id}",
        channel=f"{ORIGIN}:{reply.channel_id}",
    )
    refusal_log.note(service, refusal, asker, origin=ORIGIN)


def check_place(interaction: discord.Interaction[Any], capability: Capability) -> None:
    """Raise NotAllowed where a result that takes longer than the token lives could not be posted."""
    if not about(capability).job or interaction.guild_id is None or not reachable(interaction):
        return
    mine = interaction.app_permissions
    speak = (
        mine.send_messages_in_threads
        if isinstance(interaction.channel, discord.Thread)
        else mine.send_messages
    )
    wanted = {
        texts.view_channel(): mine.view_channel,
        texts.send_messages(): speak,
        texts.attach_files(): mine.attach_files,
    }
    missing = [name for name, given in wanted.items() if not given]
    if missing:
        raise NotAllowed(texts.would_not_arrive(_(about(capability).noun), all_of(missing)))
