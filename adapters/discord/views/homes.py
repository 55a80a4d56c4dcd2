"""Choosing who pays in direct messages. Pure."""

from __future__ import annotations

from discord import ui

from adapters.discord.homes import HomeOffers
from adapters.discord.identity import snowflake
from adapters.discord.views import home_texts
from adapters.discord.views.buttons import RequestButton
from adapters.discord.views.layout import BLUE, GREEN, GREY, card
from adapters.discord.views.markdown import clamp, escape, when
from bot.core.identity import Home

SHOWN = 20
"""Four rows of five buttons."""


def question() -> RequestButton:
    """The button that leads to the choice."""
    return RequestButton("home", "choose", home_texts.who_pays())


def choice(found: HomeOffers, now: Home | None) -> ui.LayoutView:
    """The servers that can pay, each on a button."""
    shown = found.offers[:SHOWN]
    names = {offer.guild: offer.name for offer in found.offers}
    if not shown:
        return card(f"**{home_texts.who_pays()}**", home_texts.nobody_can_pay(), accent=GREY)
    chosen = snowflake(now.tenant) if now else 0
    buttons = [RequestButton("home", str(offer.guild), clamp(offer.name, 80)) for offer in shown]
    return card(
        f"**{home_texts.who_pays()}**",
        home_texts.pays_now(escape(names[chosen], 100)) if chosen in names else None,
        home_texts.rules(),
        f"-# {home_texts.not_all_listed()}" if found.more or len(found.offers) > SHOWN else None,
        accent=BLUE,
        rows=[buttons[start : start + 5] for start in range(0, len(buttons), 5)],
    )


def offered_here(guild: int, name: str, now: Home | None) -> ui.LayoutView:
    """The choice in a server: this one."""
    title = f"**{escape(name, 100) or home_texts.this_server()}**"
    if now is not None and snowflake(now.tenant) == guild:
        return card(home_texts.pays_already(title), f"-# {home_texts.rules()}", accent=GREY)
    return card(
        home_texts.shall_pay(title),
        home_texts.rules(),
        accent=BLUE,
        rows=[(RequestButton("home", str(guild), home_texts.yes()),)],
    )


def chosen(home: Home, name: str) -> ui.LayoutView:
    """What holds from now on."""
    return card(
        home_texts.chosen(escape(name, 100) or home_texts.that_server()),
        f"-# {home_texts.stands_until(when(home.stands_until))}",
        accent=GREEN,
    )
