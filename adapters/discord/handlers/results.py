"""A result once it is there: what is known about it, Discord's copy of its files, and clearing it away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import discord
import structlog

from adapters.common import shared_texts
from adapters.common.talking import words as talk_words
from adapters.discord.addressing import Reply
from adapters.discord.context import AdapterContext, context_of
from adapters.discord.identity import actor_of
from adapters.discord.intake.attachments import Source
from adapters.discord.intake.options import DraftOrder
from adapters.discord.responses import Interaction, acknowledged, answer_privately
from adapters.discord.views import lists as list_view
from adapters.discord.views import request as request_view
from adapters.discord.views import results as result_view
from adapters.discord.views import texts
from bot.core.capability import Capability
from bot.core.errors import NotAllowed, TooLate
from bot.core.order_rules import order_on
from bot.core.request import TERMINAL, Actor, Asset, Request, State

log = structlog.get_logger(__name__)


async def seen(interaction: Interaction, request_id: str) -> Request:
    """The request, for the one who asks. Raises NotFound."""
    return await context_of(interaction).service.request(await actor_of(interaction), request_id)


async def platform_copy(
    interaction: Interaction, context: AdapterContext, old: Request, index: int
) -> bytes | None:
    """Discord's copy of a result that is no longer kept here."""
    if await context.service.result_file(old, index) is not None:
        return None
    shown = interaction.message.attachments if interaction.message else []
    shown = shown or await _attached(interaction, old)
    return await context.pictures.fetch(shown[index].url) if index < len(shown) else None


async def _attached(interaction: Interaction, old: Request) -> list[discord.Attachment]:
    """What hangs on a result's own message, for a press on another one."""
    stands = Reply.from_json({"channel_id": 0, **old.delivery})
    if not stands.message_id:
        return []
    channel = interaction.client.get_partial_messageable(stands.channel_id)
    try:
        return (await channel.fetch_message(stands.message_id)).attachments
    except discord.HTTPException as error:
        log.info("result_message_not_read", request_id=old.id, code=error.code)
        return []


async def details(interaction: Interaction, request_id: str, _number: int) -> None:
    """Parameters, seed, ids, and the buttons that do not stand on the result: for the one who asks."""
    request = await seen(interaction, request_id)
    actor = await actor_of(interaction)
    left = [] if actor.unpaid else await context_of(interaction).service.balance(actor)
    rows = result_view.more_rows(request)
    await answer_privately(interaction, list_view.details(request, next(iter(left), None), rows))


async def use(interaction: Interaction, request_id: str, number: int) -> None:
    """An older picture is the one that the next words are about; everybody in the conversation is told."""
    actor = await actor_of(interaction)
    picture = await context_of(interaction).talk.go_on_from(actor, request_id, max(1, number) - 1)
    said = talk_words.continued(interaction.user.mention, picture.handle)
    await interaction.response.send_message(view=request_view.notice(said))
    acknowledged(interaction)


async def delete(interaction: Interaction, request_id: str, _number: int) -> None:
    """Take the message away, with all pages of an answer: its owner's right, and the admins'."""
    context, actor = context_of(interaction), await actor_of(interaction)
    request = await seen(interaction, request_id)
    await _owned(interaction, actor, request)
    if request.state is State.SETTLED:
        raise TooLate(texts.being_posted())
    if request.state not in TERMINAL:
        raise TooLate(shared_texts.still_running())
    await interaction.response.defer()
    pages, last = request.delivery.get("pages", ()), Reply.from_json({"channel_id": 0, **request.delivery})
    pressed_on_it = interaction.message is not None and interaction.message.id == last.message_id
    for channel_id, message_id in [*pages, *([] if pressed_on_it or not last.message_id else [last.key])]:
        try:
            await context.transport.delete(Reply(channel_id=channel_id, message_id=message_id))
        except discord.HTTPException as error:
            log.info("page_not_deleted", request_id=request.id, code=error.code)
    await interaction.delete_original_response()


async def _owned(interaction: Interaction, actor: Actor, request: Request) -> None:
    if request.actor.person == actor.person:
        return
    if not (await context_of(interaction).service.tenant(actor.tenant)).administers(actor):
        raise NotAllowed(texts.not_yours_nor_admin())


def on_result(asset: Asset, capability: Capability, prompt: str, changes: Mapping[str, Any]) -> DraftOrder:
    """What can be checked of an order on an earlier result before its picture is at hand."""
    picture = Source(
        url=asset.url,
        content_type=asset.content_type,
        width=asset.width,
        height=asset.height,
        size=asset.size,
    )
    given = {name: value for name, value in changes.items() if value}
    return order_on(picture, capability, prompt, given)
