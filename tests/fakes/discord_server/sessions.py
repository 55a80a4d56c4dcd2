"""One gateway connection and the session that outlives it."""

from __future__ import annotations

import asyncio
import json
import zlib
from dataclasses import dataclass, field

from aiohttp import web

from tests.fakes.discord_server.base import Json
from tests.fakes.discord_server.entities import Guild

DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, VOICE, RESUME = 0, 1, 2, 3, 4, 6
RECONNECT, MEMBERS, INVALID, HELLO, ACK = 7, 8, 9, 10, 11
GUILDS, GUILD_MEMBERS, PRESENCES = 1 << 0, 1 << 1, 1 << 8
GUILD_MESSAGES, DIRECT_MESSAGES, MESSAGE_CONTENT = 1 << 9, 1 << 12, 1 << 15
PRIVILEGED = GUILD_MEMBERS | PRESENCES | MESSAGE_CONTENT


class Connection:
    """One websocket; a writer task keeps the order of frames whoever sends them."""

    def __init__(self, socket: web.WebSocketResponse, *, compress: bool) -> None:
        self.socket = socket
        self._deflate = zlib.compressobj() if compress else None
        self.closing = False  # by this server, which leaves the session alone
        self._outgoing: asyncio.Queue[Json | None] = asyncio.Queue()
        self.writer = asyncio.create_task(self._write())

    def send(self, payload: Json) -> None:
        self._outgoing.put_nowait(payload)

    async def _write(self) -> None:
        while (payload := await self._outgoing.get()) is not None:
            text = json.dumps(payload)
            try:
                if self._deflate is None:
                    await self.socket.send_str(text)
                else:
                    data = self._deflate.compress(text.encode()) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
                    await self.socket.send_bytes(data)
            except (ConnectionError, RuntimeError):
                return  # the client went away; RESUME brings what it missed

    async def close(self, code: int) -> None:
        self.closing = True
        self._outgoing.put_nowait(None)
        await self.writer
        await self.socket.close(code=code)

    def drop(self) -> None:
        """Cut the TCP connection without a close frame."""
        transport = self.socket._req.transport if self.socket._req else None
        if transport is not None:
            transport.abort()


@dataclass(eq=False, kw_only=True)
class Session:
    id: str
    intents: int
    shard: tuple[int, int]
    connection: Connection | None
    seq: int = 0
    events: list[tuple[int, str, Json]] = field(default_factory=list)
    resumes: int = 0
    heartbeats: int = 0

    def dispatch(self, event: str, data: Json) -> None:
        self.seq += 1
        self.events.append((self.seq, event, data))
        if self.connection is not None:
            self.connection.send({"op": DISPATCH, "s": self.seq, "t": event, "d": data})

    def owns(self, guild: Guild | None) -> bool:
        number, count = self.shard
        return number == ((guild.id >> 22) % count if guild else 0)
