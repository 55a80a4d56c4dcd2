"""REST routes of channels, messages and threads, with the permissions they ask for."""

from __future__ import annotations

from tests.fakes.discord_server.base import (
    EPHEMERAL,
    ApiError,
    Json,
    form_error,
    missing_access,
    missing_permissions,
    unknown,
)
from tests.fakes.discord_server.entities import (
    CATEGORY,
    DM,
    FORUM,
    PRIVATE_THREAD,
    PUBLIC_THREAD,
    Channel,
    Member,
    Message,
    User,
    bits,
)
from tests.fakes.discord_server.gateway import Gateway
from tests.fakes.discord_server.messages import Messages
from tests.fakes.discord_server.rest import Call, Reply, Rest
from tests.fakes.discord_server.sessions import GUILDS
from tests.fakes.discord_server.world import World


class ChannelRoutes:
    """What the bot does with its own token."""

    def __init__(self, world: World, gateway: Gateway, messages: Messages) -> None:
        self.world = world
        self.gateway = gateway
        self.messages = messages

    def register(self, rest: Rest) -> None:
        rest.route("POST", "/users/@me/channels", self.create_dm)
        rest.route("GET", "/channels/{channel}", self.channel)
        rest.route("PATCH", "/channels/{channel}", self.edit_channel)
        rest.route("POST", "/channels/{channel}/typing", self.typing)
        rest.route("GET", "/channels/{channel}/messages", self.list_messages)
        rest.route("POST", "/channels/{channel}/messages", self.create_message)
        rest.route("GET", "/channels/{channel}/messages/{message}", self.get_message)
        rest.route("PATCH", "/channels/{channel}/messages/{message}", self.edit_message)
        rest.route("DELETE", "/channels/{channel}/messages/{message}", self.delete_message)
        rest.route("POST", "/channels/{channel}/messages/{message}/threads", self.start_thread)
        rest.route("POST", "/channels/{channel}/threads", self.start_thread)
        rest.route("PUT", "/channels/{channel}/thread-members/@me", self.join_thread)

    # channels

    def open_dm(self, user: User) -> Channel:
        if user.dm is None:
            user.dm = Channel(id=self.world.new_id(), type=DM, name=f"DM with {user.name}", recipient=user)
            self.world.channels[user.dm.id] = user.dm
        return user.dm

    def _user(self, user_id: int) -> User:
        user = self.world.users.get(user_id)
        if user is None:
            raise unknown(10013, "User")
        return user

    def create_dm(self, call: Call) -> Json:
        return self.world.channel_json(self.open_dm(self._user(int(call.body.json["recipient_id"]))))

    def _channel(self, call: Call, *needed: str) -> Channel:
        """Raises: ApiError 10003, 50001 not visible, 50013 not allowed, 50007 closed DM, or as planned."""
        channel = self.world.channels.get(call.id("channel"))
        if channel is None:
            raise unknown(10003, "Channel")
        if channel.refuse_bot is not None:
            raise ApiError(*channel.refuse_bot)
        if channel.guild is None:
            if "send_messages" in needed and channel.recipient and not channel.recipient.accepts_dms:
                raise ApiError(403, 50007, "Cannot send messages to this user")
            return channel
        member = channel.guild.members.get(self.world.bot.id) if channel.guild.has_bot else None
        if member is None:
            raise missing_access()
        self._permit(channel, member, needed)
        return channel

    def _permit(self, channel: Channel, member: Member, needed: tuple[str, ...]) -> None:
        granted = channel.permissions_of(member)
        if not granted & bits("view_channel"):
            raise missing_access()
        outside = channel.type == PRIVATE_THREAD and self.world.bot.id not in channel.thread_members
        if outside and not granted & bits("manage_threads"):
            raise missing_access()
        if channel.is_thread:
            needed = tuple("send_messages_in_threads" if name == "send_messages" else name for name in needed)
        if bits(*needed) & ~granted:
            raise missing_permissions()

    def channel(self, call: Call) -> Json:
        return self.world.channel_json(self._channel(call))

    def edit_channel(self, call: Call) -> Json:
        channel = self._channel(call)
        for name in ("archived", "locked", "name"):
            if name in call.body.json:
                setattr(channel, name, call.body.json[name])
        self.gateway.dispatch("THREAD_UPDATE", self.world.channel_json(channel), channel.guild, GUILDS)
        return self.world.channel_json(channel)

    def typing(self, call: Call) -> None:
        channel = self._channel(call, "send_messages")
        channel.typing.append(self.world.clock.now())
        channel.changed.fire()

    def _message(self, call: Call, channel: Channel) -> Message:
        message = channel.messages.get(call.id("message"))
        if message is None or message.flags & EPHEMERAL:
            raise unknown(10008, "Message")
        return message

    def _own_message(self, call: Call) -> Message:
        channel = self._channel(call)
        message = self._message(call, channel)
        if channel.archived:
            raise ApiError(400, 50083, "Thread is archived")
        return message

    def create_message(self, call: Call) -> Json:
        data = call.body.json
        needed = ["send_messages"]
        needed += ["attach_files"] if call.body.files else []
        needed += ["read_message_history"] if data.get("message_reference") else []
        channel = self._channel(call, *needed)
        self._accepts_messages(channel)
        again = self.messages.same_nonce(channel, self.world.bot, data)
        if again is not None:
            return self.world.message_json(again)
        target = self._reply_target(channel, data)
        limit = max(self.world.upload_limit, channel.guild.boost_upload_limit if channel.guild else 0)
        kind = 19 if target else 0
        message = self.messages.create(
            channel, self.world.bot, call.body, kind=kind, reply_to=target, size_limit=limit, everyone=True
        )
        return self.world.message_json(message)

    def _accepts_messages(self, channel: Channel) -> None:
        if channel.type in (CATEGORY, FORUM):
            raise ApiError(400, 50008, "Cannot send messages in a non-text channel")
        if channel.archived and channel.locked:
            raise ApiError(400, 50083, "Thread is archived")
        channel.archived = False  # a message wakes an archived thread that is not locked

    def _reply_target(self, channel: Channel, data: Json) -> Message | None:
        reference = data.get("message_reference")
        if not reference:
            return None
        target = channel.messages.get(int(reference["message_id"]))
        if target is None and reference.get("fail_if_not_exists", True):
            raise form_error("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
        return target

    def list_messages(self, call: Call) -> list[Json]:
        channel = self._channel(call, "read_message_history")
        before, after = int(call.query.get("before", 1 << 63)), int(call.query.get("after", 0))
        chosen = [
            item for item in channel.messages.values() if after < item.id < before and not item.ephemeral
        ]
        limit = int(call.query.get("limit", 50))
        page = chosen[:limit] if after else chosen[-limit:]
        return [self._seen_by_bot(item) for item in sorted(page, key=lambda item: -item.id)]

    def _seen_by_bot(self, message: Message) -> Json:
        return self.world.message_json(message, content=self.world.content_visible(message))

    def get_message(self, call: Call) -> Json:
        return self._seen_by_bot(self._message(call, self._channel(call, "read_message_history")))

    def edit_message(self, call: Call) -> Json:
        message = self._own_message(call)
        if message.author is not self.world.bot:
            raise ApiError(403, 50005, "Cannot edit a message authored by another user")
        guild = message.channel.guild
        limit = max(self.world.upload_limit, guild.boost_upload_limit if guild else 0)
        self.messages.edit(message, call.body, size_limit=limit)
        return self.world.message_json(message)

    def delete_message(self, call: Call) -> None:
        message = self._own_message(call)
        if message.author is not self.world.bot:
            self._channel(call, "manage_messages")
        self.messages.delete(message)

    # threads

    def start_thread(self, call: Call) -> Reply:
        parent = self._channel(call, "create_public_threads")
        source = self._message(call, parent) if "message" in call.args else None
        if source is not None and source.thread is not None:
            raise ApiError(400, 160004, "A thread has already been created for this message")
        kind = call.body.json.get("type", PUBLIC_THREAD if source else PRIVATE_THREAD)
        thread = self.open_thread(parent, call.body.json["name"], self.world.bot, kind=kind, source=source)
        return Reply(status=201, body=self.world.channel_json(thread))

    def open_thread(
        self,
        parent: Channel,
        name: str,
        owner: User,
        *,
        kind: int = PUBLIC_THREAD,
        source: Message | None = None,
    ) -> Channel:
        thread = Channel(
            id=source.id if source else self.world.new_id(),
            type=kind,
            name=name,
            guild=parent.guild,
            parent=parent,
            owner_id=owner.id,
            thread_members={owner.id},
        )
        assert parent.guild is not None
        parent.guild.channels[thread.id] = self.world.channels[thread.id] = thread
        if source is not None:
            source.thread = thread
            source.changed.fire()
        data = self.world.channel_json(thread) | {"newly_created": True}
        self.gateway.dispatch("THREAD_CREATE", data, parent.guild, GUILDS)
        return thread

    def join_thread(self, call: Call) -> None:
        self._channel(call).thread_members.add(self.world.bot.id)
