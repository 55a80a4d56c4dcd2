"""How an act of a person becomes an INTERACTION_CREATE for the bot."""

from __future__ import annotations

import json

from tests.fakes.discord_server.base import Json
from tests.fakes.discord_server.commands import Commands
from tests.fakes.discord_server.entities import Channel, Member, Message, User, bits
from tests.fakes.discord_server.gateway import Gateway
from tests.fakes.discord_server.handles import InteractionHandle
from tests.fakes.discord_server.interactions import (
    Interactions,
    Record,
)
from tests.fakes.discord_server.messages import Messages
from tests.fakes.discord_server.sessions import Session
from tests.fakes.discord_server.transcript import Transcript
from tests.fakes.discord_server.world import World

Person = Member | User


def user_of(person: Person) -> User:
    return person.user if isinstance(person, Member) else person


class Sending:
    """Builds and dispatches interactions; DiscordServer brings the parts."""

    world: World
    gateway: Gateway
    messages: Messages
    interactions: Interactions
    commands: Commands
    renderer: Transcript

    # sending

    def _send(
        self,
        kind: int,
        person: Person,
        channel: Channel,
        data: Json,
        name: str,
        *,
        source: Message | None = None,
        opened_by: Record | None = None,
    ) -> InteractionHandle:
        record = self.interactions.open(
            type=kind,
            user=user_of(person),
            channel=channel,
            data=data,
            name=name,
            owners=self._owners(channel, user_of(person)),
            size_limit=self._size_limit(channel, user_of(person)),
            source=source,
            opened_by=opened_by,
        )
        self.redeliver(record)
        return InteractionHandle(record, self.renderer)

    def redeliver(self, what: InteractionHandle | Record, *sessions: Session) -> None:
        """Send the same INTERACTION_CREATE (again), to these sessions or to all of the shard."""
        record = what.record if isinstance(what, InteractionHandle) else what
        payload = json.loads(json.dumps(self.interaction_json(record)))
        if sessions:
            for session in sessions:
                session.dispatch("INTERACTION_CREATE", payload)
        else:
            self.gateway.dispatch("INTERACTION_CREATE", payload, record.guild)

    def _owners(self, channel: Channel, user: User) -> dict[str, str]:
        owners = {}
        if channel.guild is not None and channel.guild.has_bot:
            owners["0"] = str(channel.guild.id)
        elif channel.guild is None:
            owners["0"] = "0"
        return owners | ({"1": str(user.id)} if user.app_installed else {})

    def _size_limit(self, channel: Channel, user: User) -> int:
        boost = channel.guild.boost_upload_limit if channel.guild else 0
        return max(self.world.upload_limit, boost, user.upload_limit)

    def interaction_json(self, record: Record) -> Json:
        world, channel, guild = self.world, record.channel, record.guild
        claimed = world.claimed_upload_limit
        bot = guild.members.get(world.bot.id) if guild else None
        granted = channel.permissions_of(bot) if bot else bits("attach_files", "embed_links", "send_messages")
        out: Json = {
            "id": str(record.id),
            "application_id": str(world.application_id),
            "type": record.type,
            "data": record.data,
            "channel_id": str(channel.id),
            "channel": world.channel_json(channel),
            "token": record.token,
            "version": 1,
            "app_permissions": str(granted),
            "locale": record.user.locale,
            "entitlements": [],
            "authorizing_integration_owners": record.owners,
            "context": 0 if guild else 1,
            "attachment_size_limit": record.size_limit if claimed is None else claimed,
        }
        if record.source is not None:
            out["message"] = world.message_json(record.source)
            world.validation.sent("MessageResponse", out["message"], "message of an interaction")
        if guild is None or record.member is None:
            return out | {"user": world.user_json(record.user)}
        out["member"] = world.member_json(record.member) | {
            "permissions": str(channel.permissions_of(record.member))
        }
        about = {"id": str(guild.id), "locale": guild.locale, "features": []}
        return out | {"guild_id": str(guild.id), "guild_locale": guild.locale, "guild": about}
