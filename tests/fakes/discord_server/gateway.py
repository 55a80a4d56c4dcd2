"""The gateway: sessions, shards, heartbeats, RESUME with replay, and the ways Discord ends a connection.

A session outlives its connection: events of a lost session are kept and replayed when the bot resumes.
Several sessions may serve one shard; then each gets every event, as during a rolling deploy.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from tests.fakes.discord_server.base import Json, Signal
from tests.fakes.discord_server.entities import DM, Channel, Guild, Message
from tests.fakes.discord_server.sessions import (
    ACK,
    DIRECT_MESSAGES,
    DISPATCH,
    GUILD_MEMBERS,
    GUILD_MESSAGES,
    GUILDS,
    HEARTBEAT,
    HELLO,
    IDENTIFY,
    INVALID,
    MEMBERS,
    PRESENCE,
    PRIVILEGED,
    RECONNECT,
    RESUME,
    VOICE,
    Connection,
    Session,
)
from tests.fakes.discord_server.world import World


class Gateway:
    def __init__(self, world: World) -> None:
        self.world = world
        self.sessions: dict[str, Session] = {}
        self.identifies: list[Json] = []
        self.heartbeat_interval_ms = 41_250
        self.allow_plain = False  # send text frames even when compression was asked for
        self.refuse_identify_with: int | None = None
        self.identify_interval = (
            0.0  # seconds between IDENTIFYs of the whole bot; Discord's is 5 (max_concurrency 1)
        )
        self.closes: list[int] = []
        self.changed = Signal()

    @property
    def url(self) -> str:
        return self.world.origin.replace("http", "ws", 1) + "/gateway/"

    # what the bot says

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(max_msg_size=1 << 20, timeout=1.0)
        await socket.prepare(request)
        compress = request.query.get("compress") == "zlib-stream" and not self.allow_plain
        connection = Connection(socket, compress=compress)
        connection.send(
            {"op": HELLO, "d": {"heartbeat_interval": self.heartbeat_interval_ms}, "s": None, "t": None}
        )
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await self._receive(connection, json.loads(message.data))
        finally:
            connection.writer.cancel()
            self._disconnected(connection, socket.close_code)
        return socket

    def _disconnected(self, connection: Connection, code: int | None) -> None:
        for session in list(self.sessions.values()):
            if session.connection is connection:
                session.connection = None
                if not connection.closing and code in (WSCloseCode.OK, WSCloseCode.GOING_AWAY):
                    del self.sessions[session.id]  # closing with 1000 or 1001 ends the session itself
        self.changed.fire()

    async def _receive(self, connection: Connection, payload: Json) -> None:
        op: int = payload["op"]
        data: Any = payload.get("d")
        if op == HEARTBEAT:
            for session in self.sessions.values():
                session.heartbeats += session.connection is connection
            connection.send({"op": ACK, "d": None, "s": None, "t": None})
        elif op == IDENTIFY:
            await self._identify(connection, data)
        elif op == RESUME:
            await self._resume(connection, data)
        elif op == MEMBERS:
            self._chunk(connection, data)
        elif op not in (PRESENCE, VOICE):
            await connection.close(4001)

    async def _identify(self, connection: Connection, data: Json) -> None:
        number, count = data.get("shard", (0, 1))
        intents = data.get("intents", 0)
        self.identifies.append({"shard": (number, count), "intents": intents, "at": self.world.clock.now()})
        if self._too_soon():
            connection.send({"op": INVALID, "d": False, "s": None, "t": None})
            return
        refusal = self._refusal(data, number, count, intents)
        if refusal is not None:
            self.closes.append(refusal)
            await connection.close(refusal)
            return
        session = Session(
            id=secrets.token_hex(16), intents=intents, shard=(number, count), connection=connection
        )
        self.sessions[session.id] = session
        self._greet(session)
        self.changed.fire()

    def _too_soon(self) -> bool:
        times = [item["at"] for item in self.identifies[-2:]]
        return len(times) == 2 and times[1] - times[0] < self.identify_interval

    def _refusal(self, data: Json, number: int, count: int, intents: int) -> int | None:
        if self.refuse_identify_with is not None:
            return self.refuse_identify_with
        if data.get("token") != self.world.token:
            return 4004
        if not 0 <= number < count:
            return 4010
        return 4014 if intents & PRIVILEGED & ~self.world.privileged_intents else None

    def _greet(self, session: Session) -> None:
        guilds = [guild for guild in self.world.guilds.values() if guild.has_bot and session.owns(guild)]
        session.dispatch(
            "READY",
            {
                "v": 10,
                "user": self.world.user_json(self.world.bot)
                | {"verified": True, "mfa_enabled": True, "email": None},
                "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
                "session_id": session.id,
                "session_type": "normal",
                "resume_gateway_url": self.url,
                "shard": list(session.shard),
                "application": {"id": str(self.world.application_id), "flags": 0},
                "private_channels": [],
                "presences": [],
                "relationships": [],
            },
        )
        if session.intents & GUILDS:
            for guild in guilds:
                session.dispatch("GUILD_CREATE", self.guild_create(guild, session.intents))

    def guild_create(self, guild: Guild, intents: int) -> Json:
        world = self.world
        everyone = bool(intents & GUILD_MEMBERS)
        members = [member for member in guild.members.values() if everyone or member.user is world.bot]
        channels = list(guild.channels.values())
        return world.guild_json(guild) | {
            "joined_at": "2024-01-01T00:00:00+00:00",
            "large": False,
            "unavailable": False,
            "member_count": len(guild.members),
            "members": [world.member_json(member) for member in members],
            "channels": [world.channel_json(channel) for channel in channels if not channel.is_thread],
            "threads": [
                world.channel_json(item) for item in channels if item.is_thread and not item.archived
            ],
            "voice_states": [],
            "presences": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
        }

    async def _resume(self, connection: Connection, data: Json) -> None:
        session = self.sessions.get(data["session_id"])
        if session is None:
            connection.send({"op": INVALID, "d": False, "s": None, "t": None})
            return
        session.connection = connection
        session.resumes += 1
        for seq, event, missed in session.events:
            if seq > (data["seq"] or 0):
                connection.send({"op": DISPATCH, "s": seq, "t": event, "d": missed})
        session.dispatch("RESUMED", {})
        self.changed.fire()

    def _chunk(self, connection: Connection, data: Json) -> None:
        guild = self.world.guilds[int(data["guild_id"])]
        asked = {int(item) for item in data.get("user_ids") or []}
        query = (data.get("query") or "").lower()
        members = [
            self.world.member_json(member)
            for member in guild.members.values()
            if (member.id in asked if asked else member.name.lower().startswith(query))
        ]
        chunk: Json = {"guild_id": str(guild.id), "members": members, "chunk_index": 0, "chunk_count": 1}
        session = next(item for item in self.sessions.values() if item.connection is connection)
        session.dispatch("GUILD_MEMBERS_CHUNK", chunk | ({"nonce": data["nonce"]} if "nonce" in data else {}))

    # what Discord says

    def dispatch(self, event: str, data: Json, guild: Guild | None, intents: int = 0) -> None:
        """To every session of the guild's shard that asked for one of `intents` (0: to all)."""
        for session in self.sessions.values():
            if session.owns(guild) and (not intents or session.intents & intents):
                session.dispatch(event, data)

    def dispatch_message(self, event: str, message: Message) -> None:
        intent = self._message_intent(message.channel)
        for session in self.sessions.values():
            if session.owns(message.channel.guild) and session.intents & intent:
                visible = self.world.content_visible(message, session.intents)
                data = self.world.message_json(message, content=visible)
                self.world.validation.sent("MessageResponse", data, event)
                session.dispatch(event, data | self._guild_fields(message))

    def dispatch_deletion(self, message: Message) -> None:
        data: Json = {"id": str(message.id), "channel_id": str(message.channel.id)} | self._guild_fields(
            message
        )
        data.pop("member", None)
        self.dispatch("MESSAGE_DELETE", data, message.channel.guild, self._message_intent(message.channel))

    @staticmethod
    def _message_intent(channel: Channel) -> int:
        return DIRECT_MESSAGES if channel.type == DM else GUILD_MESSAGES

    def _guild_fields(self, message: Message) -> Json:
        guild = message.channel.guild
        if guild is None:
            return {}
        out: Json = {"guild_id": str(guild.id)}
        member = guild.members.get(message.author.id)
        if member is not None and message.interaction is None:
            out["member"] = self.world.member_json(member, with_user=False)
        return out

    # trouble, made by tests

    def connected(self) -> list[Session]:
        return [session for session in self.sessions.values() if session.connection is not None]

    async def wait_connected(self, count: int = 1, timeout: float = 10) -> list[Session]:
        return await self.changed.wait_for(
            lambda: found if len(found := self.connected()) >= count else None,
            timeout,
            lambda: f"{count} gateway sessions, there are {len(self.connected())}",
        )

    async def wait_resumed(self, session: Session, times: int = 1, timeout: float = 10) -> None:
        await self.changed.wait_for(
            lambda: session.resumes >= times, timeout, lambda: f"{times} resumes of a session"
        )

    async def wait_identified(self, times: int, timeout: float = 10) -> None:
        """Wait for the `times`-th IDENTIFY since the start."""
        await self.changed.wait_for(
            lambda: len(self.identifies) >= times and self.connected(), timeout, lambda: f"{times} IDENTIFYs"
        )

    async def close(self, code: int, *sessions: Session) -> None:
        """Close with a code of Discord's: 4000 leaves the session to be resumed, 4014 is final."""
        for session in sessions or self.connected():
            if session.connection is not None:
                if code in (4007, 4009):
                    self.sessions.pop(session.id, None)
                await session.connection.close(code)

    def drop(self, *sessions: Session) -> None:
        """Cut connections; their sessions stay resumable and go on collecting events."""
        for session in sessions or self.connected():
            connection, session.connection = session.connection, None
            if connection is not None:
                connection.drop()

    def ask_to_reconnect(self, *sessions: Session) -> None:
        for session in sessions or self.connected():
            self._control(session, {"op": RECONNECT, "d": None})

    def invalidate(self, *sessions: Session, resumable: bool = False) -> None:
        for session in sessions or self.connected():
            if not resumable:
                self.sessions.pop(session.id, None)
            self._control(session, {"op": INVALID, "d": resumable})

    def _control(self, session: Session, payload: Json) -> None:
        if session.connection is not None:
            session.connection.send(payload | {"s": None, "t": None})

    async def stop(self) -> None:
        await asyncio.gather(
            *(session.connection.close(1001) for session in self.connected() if session.connection)
        )
