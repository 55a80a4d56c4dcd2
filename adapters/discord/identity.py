"""Who asks, and from where, in the core's words: an `Actor` from an interaction or a message.

A person who has installed the bot for themselves may use it in servers that never invited it. Such a request
is seen in the person's own place, as a direct message is, and the server that is their home pays for it.
"""

from __future__ import annotations

from typing import Any, Protocol

import discord

from bot.core.identity import Via, personal_place
from bot.core.request import Actor
from bot.core.text.translation import chosen, language, speak

PLATFORM = "discord"
_ACTOR = "actor"
"""Where an interaction keeps who it is from."""
Place = discord.abc.GuildChannel | discord.abc.PrivateChannel | discord.Thread | None


class Payers(Protocol):
    """What finds out who pays for a person outside of a server."""

    async def actor(self, alone: Actor) -> Actor: ...


def scoped(snowflake: int | str) -> str:
    """An id that carries its platform."""
    return f"{PLATFORM}:{snowflake}"


def snowflake(scoped_id: str) -> int:
    """The number in `discord:123`; 0 for anything else."""
    digits = scoped_id.rpartition(":")[2]
    return int(digits) if digits.isdecimal() and len(digits) < 20 else 0


def language_of(interaction: discord.Interaction[Any]) -> str:
    """The language of the person's own client; empty where it is none of ours."""
    return chosen(str(interaction.locale))


def in_guild(interaction: discord.Interaction[Any]) -> bool:
    """Whether the bot itself is a member of the server the interaction came from."""
    return interaction.guild_id is not None and interaction.is_guild_integration()


def reachable(interaction: discord.Interaction[Any]) -> bool:
    """Whether the bot may post in that channel by itself, without the interaction's token."""
    if interaction.guild_id is not None:
        return interaction.is_guild_integration()
    return interaction.context.dm_channel is True


async def actor_of(interaction: discord.Interaction[Any]) -> Actor:
    """Who pressed, as Discord vouches for it in this interaction; the same for all of the interaction."""
    extras: dict[Any, Any] = interaction.extras
    if _ACTOR not in extras:
        if in_guild(interaction) and not language_of(interaction):
            place = await interaction.client.context.service.tenant(scoped(interaction.guild_id or 0))
            speak(place.language)
        extras[_ACTOR] = await _actor(interaction)
    actor: Actor = extras[_ACTOR]
    return actor


async def _actor(interaction: discord.Interaction[Any]) -> Actor:
    user = interaction.user
    if not in_guild(interaction):
        via = Via.DIRECT if interaction.context.dm_channel is True else Via.INSTALL
        return await payers_of(interaction.client).actor(
            _alone(user.id, user.display_name, channel_of(interaction.channel), via)
        )
    return Actor(
        tenant=scoped(interaction.guild_id or 0),
        person=scoped(user.id),
        name=user.display_name,
        channel=scoped(channel_of(interaction.channel)),
        roles=_roles(user),
        is_admin=interaction.permissions.administrator or interaction.permissions.manage_guild,
        sensitive_ok=age_restricted(interaction.channel),
        guest=_is_guest(user),
        language=language(),
    )


def member_actor(member: discord.Member, beside: Actor) -> Actor:
    """Another member of the server, as if they asked in the channel of `beside`."""
    return Actor(
        tenant=beside.tenant,
        person=scoped(member.id),
        name=member.display_name,
        channel=beside.channel,
        roles=_roles(member),
        guest=_is_guest(member),
    )


async def actor_of_message(message: discord.Message, payers: Payers) -> Actor:
    """Who wrote, as the gateway vouches for it with the message."""
    author, guild = message.author, message.guild
    if guild is None:
        return await payers.actor(_alone(author.id, author.display_name, message.channel.id, Via.DIRECT))
    return Actor(
        tenant=scoped(guild.id),
        person=scoped(author.id),
        name=author.display_name,
        channel=scoped(channel_of(message.channel)),
        roles=_roles(author),
        is_admin=isinstance(author, discord.Member) and _manages(author),
        sensitive_ok=age_restricted(message.channel),
        guest=_is_guest(author),
        language=language(),
    )


def payers_of(client: Any) -> Payers:
    """The part of the adapter that knows who pays."""
    payers: Payers = client.context.payers
    return payers


def channel_of(channel: Any) -> int:
    """The channel that budgets and rules know: a thread belongs to its parent. 0 for none."""
    if channel is None:
        return 0
    return int(getattr(channel, "parent_id", None) or channel.id)


def age_restricted(channel: Any) -> bool:
    """Whether Discord has asked everybody here for their age; never true in direct messages."""
    check = getattr(channel, "is_nsfw", None)
    return bool(check and check())


def _alone(user_id: int, name: str, channel_id: int, via: Via) -> Actor:
    return Actor(
        tenant=personal_place(PLATFORM, str(user_id)),
        person=scoped(user_id),
        name=name,
        channel=scoped(channel_id),
        via=via,
        language=language(),
    )


def _is_guest(user: discord.User | discord.Member) -> bool:
    """Whether somebody was only let into a voice channel, or has not passed the server's screening yet
    (Discord docs, Guild Member Flags and `pending`).
    """
    try:
        return not isinstance(user, discord.Member) or user.flags.guest or user.pending
    except TypeError:  # flags that are no number
        return True


def _roles(user: discord.User | discord.Member) -> tuple[str, ...]:
    if not isinstance(user, discord.Member):
        return ()
    # The raw ids: role objects exist only once the server's role list has been received.
    return tuple(scoped(role) for role in user._roles)  # noqa: SLF001


def _manages(member: discord.Member) -> bool:
    allowed = member.guild_permissions
    return allowed.administrator or allowed.manage_guild
