"""Asking an admin for one price that a budget refused: the question, the card, the decision."""

from __future__ import annotations

import discord
import structlog
from discord import ui

from adapters.common import wording
from adapters.discord.addressing import Reply
from adapters.discord.context import context_of
from adapters.discord.delivery.transport import Message
from adapters.discord.errors import DeliveryTrouble, trouble_of
from adapters.discord.identity import actor_of, snowflake
from adapters.discord.responses import Interaction, redraw
from adapters.discord.views.buttons import RequestButton
from adapters.discord.views.layout import GREEN, GREY, YELLOW, card
from adapters.discord.views.markdown import TITLES, code, escape, when
from bot.core.errors import DeliveryError, NotAllowed, NotFound
from bot.core.money import dollars
from bot.core.request import Request
from bot.use_cases.admin import check_grantable

log = structlog.get_logger(__name__)


async def ask(interaction: Interaction, request_id: str, _number: int) -> None:
    """Post the card to the admin channel; pressing twice posts it once."""
    context, actor = context_of(interaction), await actor_of(interaction)
    request = await context.service.request(actor, request_id)
    if request.actor.person != actor.person:
        raise NotAllowed("Only the person who asked can do that.")
    check_grantable(request)
    channel = (await context.service.tenant(actor.tenant)).admin_channel
    if not channel:
        raise NotFound("No channel for approvals is set here. An admin can choose one with `/settings`.")
    await interaction.response.defer()
    try:
        await context.transport.post(
            snowflake(channel), Message(view=approval_card(request)), nonce=f"{request.id[4:]}-a"
        )
    except discord.HTTPException as error:
        if trouble_of(error) is not DeliveryTrouble.GONE:
            raise
        raise NotFound("I cannot post in the admins' channel. Please tell an admin.") from error
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
    view = card("An admin has declined this request. Nothing was charged.", _quote(request), accent=GREY)
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


def approval_card(request: Request) -> ui.LayoutView:
    """What an admin needs to decide."""
    left = escape(wording.stands(request)) if request.left is not None else ""
    resets = f", resets {when(request.resets_at)}." if request.resets_at else "."
    return card(
        f"<@{snowflake(request.actor.person)}> asks for more than a budget allows",
        f"**{TITLES[request.capability]}** on {code(request.order.model)}, about"
        f" **{dollars(request.estimate)}**"
        if request.estimate is not None
        else "",
        _told(request),
        left + resets if left else None,
        "-# If you approve, this one request runs. Nothing else is granted.",
        accent=YELLOW,
        rows=[(RequestButton("approve", request.id, "Approve"), RequestButton("deny", request.id, "Deny"))],
    )


def asked(request: Request) -> ui.LayoutView:
    """What the asker sees afterwards."""
    return card(
        "**The admins have been asked.** If one approves, your request runs and the result is posted here.",
        _quote(request),
        accent=GREY,
    )


def decided(request: Request, person: str, *, yes: bool) -> ui.LayoutView:
    """The card once it is closed."""
    word = "approved" if yes else "denied"
    price = f" for about {dollars(request.estimate)}" if request.estimate is not None else ""
    return card(
        f"<@{snowflake(person)}> {word} this: {TITLES[request.capability].lower()} by"
        f" <@{snowflake(request.actor.person)}>{price}.",
        _told(request),
        accent=GREEN if yes else GREY,
    )


def _told(request: Request) -> str:
    """What admins see of the words: nothing of what was asked outside of their server."""
    if request.actor.elsewhere:
        return "-# Asked in a direct message or in another server; only the person sees the words."
    return _quote(request)


def _quote(request: Request) -> str:
    return f"> {escape(request.order.prompt, 300)}" if request.order.prompt else ""
