"""Asking an admin for one price that a budget refused: the question, the card, the decision."""

from __future__ import annotations

import discord
import structlog
from discord import ui

from adapters.common import shared_texts, wording
from adapters.discord.addressing import Reply
from adapters.discord.context import context_of
from adapters.discord.delivery.transport import Message
from adapters.discord.errors import DeliveryTrouble, trouble_of
from adapters.discord.identity import actor_of, snowflake
from adapters.discord.responses import Interaction, redraw
from adapters.discord.views import admin_texts, home_texts
from adapters.discord.views.buttons import RequestButton
from adapters.discord.views.layout import GREEN, GREY, YELLOW, card
from adapters.discord.views.markdown import code, escape, title, when
from bot.core.budget_rules.refusals import times_refused
from bot.core.errors import NotAllowed, NotFound
from bot.core.errors.outside import DeliveryError
from bot.core.money import Micros, dollars
from bot.core.request import Request
from bot.use_cases.row_changes import approval_maximum, check_grantable

log = structlog.get_logger(__name__)


async def ask(interaction: Interaction, request_id: str, _number: int) -> None:
    """Post the card to the admin channel; pressing twice posts it once."""
    context, actor = context_of(interaction), await actor_of(interaction)
    request = await context.service.request(actor, request_id)
    if request.actor.person != actor.person:
        raise NotAllowed(shared_texts.not_yours())
    check_grantable(request, context.clock.now())
    nth = times_refused(request) % 100  # a second card is not a copy of the first
    channel = (await context.service.tenant(actor.tenant)).admin_channel
    if not channel:
        raise NotFound(admin_texts.no_channel_for_approvals())
    await interaction.response.defer()
    try:
        await context.transport.post(
            snowflake(channel),
            Message(
                view=approval_card(request, approval_maximum(request, context.settings.headroom_percent))
            ),
            nonce=f"{request.id[4:]}-a{nth}",
        )
    except discord.HTTPException as error:
        if trouble_of(error) is not DeliveryTrouble.GONE:
            raise
        raise NotFound(admin_texts.cannot_post_to_admins()) from error
    await redraw(interaction, asked(request))


async def approve(interaction: Interaction, request_id: str, _number: int) -> None:
    """Grant exactly that price and run it."""
    actor = await actor_of(interaction)
    await interaction.response.defer()
    request = await context_of(interaction).admin.approve(actor, request_id)
    await redraw(interaction, decided(request, actor.person, yes=True))


async def deny(interaction: Interaction, request_id: str, _number: int) -> None:
    """Close the question."""
    actor = await actor_of(interaction)
    await interaction.response.defer()
    request = await context_of(interaction).admin.deny(actor, request_id)
    await redraw(interaction, decided(request, actor.person, yes=False))
    await _tell_asker(interaction, request)


async def _tell_asker(interaction: Interaction, request: Request) -> None:
    """For the asker alone, while there is a way; nobody waits for it."""
    context, reply = context_of(interaction), Reply.from_json(request.reply_to)
    view = card(admin_texts.declined(), _quote(request), accent=GREY)
    try:
        if reply.token_alive(context.clock.now()):
            await context.transport.follow_up(reply, Message(view=view), ephemeral=True)
        else:
            await context.transport.write_to(reply.user_id, Message(view=view), nonce=f"{request.id[4:]}-n")
    except Exception as error:
        known = isinstance(error, discord.HTTPException | DeliveryError)
        if not known and trouble_of(error) is DeliveryTrouble.WRONG:
            raise
        log.info("denial_not_told", request_id=request.id, error=str(error))


def approval_card(request: Request, most: Micros) -> ui.LayoutView:
    """What an admin needs to decide; `most` is the most that the approval allows."""
    left = escape(wording.stands(request)) if request.left is not None else ""
    resets = admin_texts.resets_then(when(request.resets_at)) if request.resets_at else "."
    return card(
        admin_texts.asks_for_more(snowflake(request.actor.person)),
        admin_texts.request_on_model(
            title(request.capability), code(request.order.model), dollars(request.estimate)
        )
        if request.estimate is not None
        else "",
        _told(request),
        left + resets if left else None,
        f"-# {wording.approval_terms(most)}",
        accent=YELLOW,
        rows=[
            (
                RequestButton("approve", request.id, admin_texts.approve()),
                RequestButton("deny", request.id, admin_texts.deny()),
            )
        ],
    )


def asked(request: Request) -> ui.LayoutView:
    """What the asker sees afterwards."""
    return card(
        admin_texts.admins_asked(),
        _quote(request),
        accent=GREY,
    )


def decided(request: Request, person: str, *, yes: bool) -> ui.LayoutView:
    """The card once it is closed."""
    price = admin_texts.for_about(dollars(request.estimate)) if request.estimate is not None else ""
    return card(
        admin_texts.decided(
            snowflake(person),
            title(request.capability).lower(),
            snowflake(request.actor.person),
            price,
            yes=yes,
        ),
        _told(request),
        accent=GREEN if yes else GREY,
    )


def _told(request: Request) -> str:
    """What admins see of the words: nothing of what was asked outside of their server."""
    if request.actor.elsewhere:
        return f"-# {home_texts.words_hidden()}"
    return _quote(request)


def _quote(request: Request) -> str:
    return f"> {escape(request.order.prompt, 300)}" if request.order.prompt else ""
