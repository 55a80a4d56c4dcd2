"""A fake Discord put up again from the JSON in which a fixture keeps it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar

from tests.fakes.discord_server.entities import Attachment, Channel, Guild, Member, Message, Role, User
from tests.fakes.discord_server.interactions import Record
from tests.fakes.discord_server.server import DiscordServer

T = TypeVar("T")
Json = dict[str, Any]


def made(kind: type[T], kept: Mapping[str, Any], **others: Any) -> T:
    """A record of what was kept, with `others` in place of ids; what it has no field for is passed over."""
    names = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    return kind(**{**{name: value for name, value in kept.items() if name in names}, **others})


async def discord_again(kept: Json, *, later: float) -> DiscordServer:
    """The server with everybody and everything in it; what is measured in seconds moves `later`."""
    server = await DiscordServer.start()
    world = server.world
    world.token = kept["token"]
    world.users = {one["id"]: made(User, one) for one in kept["users"]}
    world.bot, world.application_id = world.users[kept["bot"]], kept["bot"]
    guild = _guild(kept["guild"], world.users)
    world.guilds[guild.id] = guild
    _channels(kept["channels"], world, guild)
    for one in kept["attachments"]:
        world.attachments[one["id"]] = made(Attachment, one, data=base64.b64decode(one["data"]))
    messages = _messages(kept["messages"], world, later)
    _interactions(kept["interactions"], world, messages, later)
    for one in kept["messages"]:
        messages[one["id"]].interaction = world.interactions.get(one["interaction"])
    return server


def _guild(kept: Json, users: Mapping[int, User]) -> Guild:
    guild = made(Guild, kept, everyone=made(Role, kept["everyone"]), owner=None, members={}, channels={})
    guild.roles = {one["id"]: made(Role, one) for one in kept["roles"]}
    for one in kept["members"]:
        roles = [guild.roles[number] for number in one["roles"]]
        guild.members[one["user"]] = made(Member, one, user=users[one["user"]], guild=guild, roles=roles)
    guild.owner = guild.members[kept["owner"]]
    return guild


def _channels(kept: list[Json], world: Any, guild: Guild) -> None:
    for one in kept:
        recipient = world.users.get(one["recipient"])
        home = guild if one["guild"] else None
        channel = made(Channel, one, guild=home, parent=None, recipient=recipient)
        world.channels[channel.id] = channel
        if home:
            guild.channels[channel.id] = channel
        if recipient:
            recipient.dm = channel
    for one in kept:
        world.channels[one["id"]].parent = world.channels.get(one["parent"])


def _messages(kept: list[Json], world: Any, later: float) -> dict[int, Message]:
    found: dict[int, Message] = {}
    for one in sorted(kept, key=lambda one: one["id"]):
        channel = world.channels[one["channel"]]
        found[one["id"]] = channel.messages[one["id"]] = made(
            Message,
            one,
            channel=channel,
            author=world.users[one["author"]],
            attachments=[world.attachments[number] for number in one["attachments"]],
            created=one["created"] + later,
            edited=one["edited"] + later if one["edited"] else None,
            reply_to=found.get(one["reply_to"]),
            interaction=None,
            thread=world.channels.get(one["thread"]),
        )
    return found


def _interactions(kept: list[Json], world: Any, messages: Mapping[int, Message], later: float) -> None:
    for one in sorted(kept, key=lambda one: one["id"]):
        record = made(
            Record,
            one,
            user=world.users[one["user"]],
            channel=world.channels[one["channel"]],
            created=one["created"] + later,
            acknowledged_at=one["acknowledged_at"] + later if one["acknowledged_at"] else None,
            source=messages.get(one["source"]),
            original=messages.get(one["original"]),
            followups=[messages[number] for number in one["followups"] if number in messages],
            opened_by=world.interactions.get(one["opened_by"]),
        )
        world.interactions[record.id] = world.by_token[record.token] = record
