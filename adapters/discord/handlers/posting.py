"""“Post it again”: a result that Discord did not take goes where its person wants it."""

from __future__ import annotations

from dataclasses import replace

from adapters.discord.addressing import Reply
from adapters.discord.context import context_of
from adapters.discord.identity import actor_of
from adapters.discord.responses import Interaction, answer_privately, defer_privately
from adapters.discord.submission import awaited
from adapters.discord.views import request as request_view
from adapters.discord.views import texts
from adapters.discord.views.lists import POST_HERE
from bot.core.errors.outside import DeliveryError, DeliveryFinal
from bot.core.events import Delivered
from bot.core.request import ReplyTo


async def post_again(interaction: Interaction, request_id: str, number: int) -> None:
    """Post it in this channel, or send it to whoever pressed. Raises Refusal."""
    context, actor = context_of(interaction), await actor_of(interaction)
    await defer_privately(interaction)
    event = await context.service.posting.result(actor, request_id)
    try:
        went = await _posted(interaction, event, here=number == POST_HERE)
    except DeliveryError:
        await answer_privately(interaction, request_view.notice(texts.still_not_posted()))
        return
    await context.service.posting.posted(request_id, went)
    if went:
        await answer_privately(interaction, request_view.notice(texts.here_it_is(Reply.from_json(went).link)))


async def _posted(interaction: Interaction, event: Delivered, *, here: bool) -> ReplyTo:
    """Where it went; nothing where the private answer itself shows it. Raises DeliveryError."""
    notifier, answer = context_of(interaction).notifier, awaited(interaction, ephemeral=True)
    place = replace(answer, token="", token_until=0, ephemeral=False)
    if here:
        return await notifier.post_again(place.to_json(), event)
    asked_in = Reply.from_json({"channel_id": 0, **event.request.reply_to}).channel_id
    try:
        direct = replace(place, channel_id=asked_in, reachable=False)
        return await notifier.post_again(direct.to_json(), event)
    except DeliveryFinal:  # no direct messages from us: what only they see here is the last way
        shown = await interaction.original_response()
        only_here = replace(answer, message_id=shown.id, user_id=0, reachable=False)
        await notifier.post_again(only_here.to_json(), event)
        return {}
