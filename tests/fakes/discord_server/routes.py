"""Every REST route that a bot of this kind calls, as small functions over the world."""

from __future__ import annotations

from typing import Any

from tests.fakes.discord_server.base import (
    EPHEMERAL,
    ApiError,
    Json,
    form_error,
    missing_access,
    missing_permissions,
    unknown,
)
from tests.fakes.discord_server.commands import Commands
from tests.fakes.discord_server.entities import (
    CATEGORY,
    DM,
    FORUM,
    PUBLIC_THREAD,
    Channel,
    Guild,
    Member,
    Message,
    User,
    bits,
)
from tests.fakes.discord_server.gateway import GUILDS, Gateway
from tests.fakes.discord_server.interactions import Interactions
from tests.fakes.discord_server.messages import Messages
from tests.fakes.discord_server.rest import Call, Reply, Rest
from tests.fakes.discord_server.world import World


class Routes:
    def __init__(
        self,
        world: World,
        gateway: Gateway,
        messages: Messages,
        interactions: Interactions,
        commands: Commands,
    ) -> None:
        self.world = world
        self.gateway = gateway
        self.messages = messages
        self.interactions = interactions
        self.commands = commands

    def register(self, rest: Rest) -> None:
        self._register_application(rest)
        self._register_channels(rest)
        self._register_tokens(rest)

    def _register_application(self, rest: Rest) -> None:
        commands = self.commands
        rest.route("GET", "/users/@me", self.me)
        rest.route(
            "GET", "/users/@me/guilds", lambda call: [self._my_guild(item) for item in self._bot_guilds()]
        )
        rest.route("DELETE", "/users/@me/guilds/{guild}", self.leave_guild)
        rest.route("GET", "/users/{user}", lambda call: self.world.user_json(self._user(call.id("user"))))
        rest.route("POST", "/users/@me/channels", self.create_dm)
        rest.route("GET", "/applications/@me", self.application)
        rest.route("GET", "/oauth2/applications/@me", self.application)
        rest.route("GET", "/gateway", lambda call: {"url": self.gateway.url}, token_free=True)
        rest.route("GET", "/gateway/bot", self.gateway_bot)
        for scope in ("", "/guilds/{guild}"):
            path = "/applications/{app}" + scope + "/commands"
            rest.route("GET", path, commands.listing)
            rest.route("PUT", path, commands.replace)
            rest.route("POST", path, commands.upsert)
            rest.route("GET", path + "/{command}", commands.get)
            rest.route("PATCH", path + "/{command}", commands.edit)
            rest.route("DELETE", path + "/{command}", commands.delete)
        rest.route("GET", "/guilds/{guild}", self.guild)
        rest.route("GET", "/guilds/{guild}/channels", self.guild_channels)
        rest.route(
            "GET", "/guilds/{guild}/roles", lambda call: self.world.guild_json(self._guild(call))["roles"]
        )
        rest.route("GET", "/guilds/{guild}/members/{user}", self.guild_member)

    def _register_channels(self, rest: Rest) -> None:
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

    def _register_tokens(self, rest: Rest) -> None:
        hook = "/webhooks/{app}/{token}"
        rest.route("POST", "/interactions/{id}/{token}/callback", self.callback, token_free=True)
        rest.route("POST", hook, self.follow_up, token_free=True)
        rest.route("GET", hook + "/messages/{message}", self.hook_get, token_free=True)
        rest.route("PATCH", hook + "/messages/{message}", self.hook_edit, token_free=True)
        rest.route("DELETE", hook + "/messages/{message}", self.hook_delete, token_free=True)

    # the application and its servers

    def me(self, call: Call) -> Json:
        return self.world.user_json(self.world.bot) | {
            "mfa_enabled": True,
            "locale": "en-US",
            "verified": True,
        }

    def application(self, call: Call) -> Json:
        world = self.world
        owner = User(id=1, name="operator")
        return {
            "id": str(world.application_id),
            "name": world.bot.name,
            "icon": None,
            "description": "",
            "type": None,
            "bot": world.user_json(world.bot),
            "bot_public": True,
            "bot_require_code_grant": False,
            "verify_key": "0" * 64,
            "flags": 0,
            "flags_new": "0",
            "redirect_uris": [],
            "interactions_endpoint_url": None,
            "role_connections_verification_url": None,
            "owner": world.user_json(owner),
            "approximate_guild_count": len(world.guilds),
            "approximate_user_install_count": 0,
            "approximate_user_authorization_count": 0,
            "explicit_content_filter": 0,
            "team": None,
            "eligible_oauth2_scopes": [],
            "integration_types_config": {"0": {}, "1": {}},
        }

    def gateway_bot(self, call: Call) -> Json:
        limit = {
            "total": 1000,
            "remaining": 1000 - len(self.gateway.identifies),
            "reset_after": 0,
            "max_concurrency": 1,
        }
        return {"url": self.gateway.url, "shards": 1, "session_start_limit": limit}

    def _bot_guilds(self) -> list[Guild]:
        return [guild for guild in self.world.guilds.values() if guild.has_bot]

    def _my_guild(self, guild: Guild) -> Json:
        permissions = guild.members[self.world.bot.id].base_permissions()
        about = {"id": str(guild.id), "name": guild.name, "icon": None, "banner": None, "owner": False}
        return about | {"permissions": str(permissions), "features": []}

    def leave_guild(self, call: Call) -> None:
        guild = self._guild(call)
        guild.has_bot = False
        self.gateway.dispatch("GUILD_DELETE", {"id": str(guild.id)}, guild, GUILDS)

    def _user(self, user_id: int) -> User:
        user = self.world.users.get(user_id)
        if user is None:
            raise unknown(10013, "User")
        return user

    def _guild(self, call: Call) -> Guild:
        guild = self.world.guilds.get(call.id("guild"))
        if guild is None or not guild.has_bot:
            raise unknown(10004, "Guild")
        return guild

    def guild(self, call: Call) -> Json:
        guild = self._guild(call)
        count = {"approximate_member_count": len(guild.members), "approximate_presence_count": 1}
        return self.world.guild_json(guild) | (count if call.query.get("with_counts") else {})

    def guild_channels(self, call: Call) -> list[Json]:
        return [
            self.world.channel_json(item)
            for item in self._guild(call).channels.values()
            if not item.is_thread
        ]

    def guild_member(self, call: Call) -> Json:
        member = self._guild(call).members.get(call.id("user"))
        if member is None:
            raise unknown(10007, "Member")
        return self.world.member_json(member)

    # channels

    def open_dm(self, user: User) -> Channel:
        if user.dm is None:
            user.dm = Channel(id=self.world.new_id(), type=DM, name=f"DM with {user.name}", recipient=user)
            self.world.channels[user.dm.id] = user.dm
        return user.dm

    def create_dm(self, call: Call) -> Json:
        return self.world.channel_json(self.open_dm(self._user(int(call.body.json["recipient_id"]))))

    def _channel(self, call: Call, *needed: str) -> Channel:
        """Raises: ApiError 10003 unknown, 50001 not visible, 50013 not allowed, 50007 closed DM, or what a test planned."""
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
        if channel.type == PUBLIC_THREAD + 1 and self.world.bot.id not in channel.thread_members:
            if not granted & bits("manage_threads"):
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
        kind = call.body.json.get("type", PUBLIC_THREAD if source else PUBLIC_THREAD + 1)
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
        data = self.world.channel_json(thread) | {"newly_created": True}
        self.gateway.dispatch("THREAD_CREATE", data, parent.guild, GUILDS)
        return thread

    def join_thread(self, call: Call) -> None:
        self._channel(call).thread_members.add(self.world.bot.id)

    # interaction tokens

    def callback(self, call: Call) -> Any:
        answer = self.interactions.callback(call.id("id"), call.args["token"], call.body)
        return answer if call.query.get("with_response") in ("1", "true") else None

    def follow_up(self, call: Call) -> Json:
        return self.world.message_json(self.interactions.follow_up(call.args["token"], call.body))

    def hook_get(self, call: Call) -> Json:
        return self.world.message_json(self.interactions.message_of(call.args["token"], call.args["message"]))

    def hook_edit(self, call: Call) -> Json:
        message = self.interactions.message_of(call.args["token"], call.args["message"])
        record = self.interactions.by_token(call.args["token"])
        self.messages.edit(message, call.body, size_limit=record.size_limit)
        return self.world.message_json(message)

    def hook_delete(self, call: Call) -> None:
        self.messages.delete(self.interactions.message_of(call.args["token"], call.args["message"]))
