"""Choosing who pays in direct messages. Pure."""

from __future__ import annotations

from discord import ui

from adapters.discord.homes import HomeOffers
from adapters.discord.identity import snowflake
from adapters.discord.views.buttons import RequestButton
from adapters.discord.views.layout import BLUE, GREEN, GREY, card
from adapters.discord.views.markdown import clamp, escape, when
from bot.core.identity import Home

SHOWN = 20
"""Four rows of five buttons."""
RULES = (
    "What you ask for in direct messages, or in servers without me, then counts against your budget in that"
    " server. Its admins see how much you spend, when and on which model, but never your words or results."
    " You can change it once a day."
)


def question() -> RequestButton:
    """The button that leads to the choice."""
    return RequestButton("home", "choose", "Who pays here?")


def choice(found: HomeOffers, now: Home | None) -> ui.LayoutView:
    """The servers that can pay, each on a button."""
    shown = found.offers[:SHOWN]
    names = {offer.guild: offer.name for offer in found.offers}
    if not shown:
        return card("**Who pays here?**", NONE, accent=GREY)
    chosen = snowflake(now.tenant) if now else 0
    buttons = [RequestButton("home", str(offer.guild), clamp(offer.name, 80)) for offer in shown]
    return card(
        "**Who pays here?**",
        f"Now: **{escape(names[chosen], 100)}**." if chosen in names else None,
        RULES,
        MORE if found.more or len(found.offers) > SHOWN else None,
        accent=BLUE,
        rows=[buttons[start : start + 5] for start in range(0, len(buttons), 5)],
    )


NONE = (
    "I know of no server that could pay for you: you have to be a member of a server that has me, whose"
    " admins let it pay for direct messages, and where you are not blocked."
)
MORE = "-# Not every server is listed. For another one, use `/home` in that server."


def offered_here(guild: int, name: str, now: Home | None) -> ui.LayoutView:
    """The choice in a server: this one."""
    title = f"**{escape(name, 100) or 'This server'}**"
    if now is not None and snowflake(now.tenant) == guild:
        return card(f"{title} pays for you in direct messages.", f"-# {RULES}", accent=GREY)
    return card(
        f"Shall {title} pay for you in direct messages?",
        RULES,
        accent=BLUE,
        rows=[(RequestButton("home", str(guild), "Yes, this server pays"),)],
    )


def chosen(home: Home, name: str) -> ui.LayoutView:
    """What holds from now on."""
    return card(
        f"**{escape(name, 100) or 'That server'}** pays for you in direct messages from now on. Please ask"
        " again.",
        f"-# You can change this {when(home.stands_until)}. `/balance` shows what you may spend.",
        accent=GREEN,
    )
