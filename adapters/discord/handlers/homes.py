"""`/home` and its buttons: a person chooses the server that pays for their direct messages."""

from __future__ import annotations

from discord import app_commands

from adapters.discord.context import context_of
from adapters.discord.homes import MembershipUnknown
from adapters.discord.identity import in_guild, scoped
from adapters.discord.responses import Interaction, answer_privately, defer_privately, served
from adapters.discord.views import home_texts
from adapters.discord.views import homes as home_view
from bot.core.errors import NotAllowed, Refusal


@app_commands.command(description=home_texts.HOME)
@served
async def home(interaction: Interaction) -> None:
    """`/home`."""
    await _ask(interaction)


async def pressed(interaction: Interaction, subject: str, _number: int) -> None:
    """A button: `choose` lists the servers, a server's id chooses it."""
    if not subject.isdecimal():
        await _ask(interaction)
        return
    payers, person = context_of(interaction).payers, scoped(interaction.user.id)
    await defer_privately(interaction)
    try:
        chosen = await payers.choose(person, int(subject))
    except MembershipUnknown:
        raise Refusal(home_texts.members_unknown()) from None
    if chosen is None:
        raise NotAllowed(home_texts.no_member())
    await answer_privately(interaction, home_view.chosen(chosen, await payers.name_of(int(subject))))


async def _ask(interaction: Interaction) -> None:
    payers, person = context_of(interaction).payers, scoped(interaction.user.id)
    await defer_privately(interaction)
    now = await payers.home(person)
    if in_guild(interaction):
        guild = interaction.guild_id or 0
        name = interaction.guild.name if interaction.guild else ""
        view = home_view.offered_here(guild, name, now)
    else:
        view = home_view.choice(await payers.offers(person), now)
    await answer_privately(interaction, view)


CHOOSING = (home,)
