"""Socket Mode: single-use addresses, hello, envelopes and acknowledgements, and ways to hang up."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

from tests.fakes.clocks import own_time, within
from tests.fakes.slack_server.webapi import Call, SlackError, method

if TYPE_CHECKING:
    from tests.fakes.slack_server.core import Core
    from tests.fakes.slack_server.delivery import Attempt, Delivery

MAX_SOCKETS = 10


@dataclass(eq=False, kw_only=True)
class Socket:
    """One open connection. `sent` counts the payloads it was given."""

    number: int
    ws: web.WebSocketResponse
    waiting: dict[str, asyncio.Future[dict[str, Any]]] = field(default_factory=dict)
    sent: int = 0
    leaving: bool = False


class Sockets:
    """All connections of the app; each payload goes to one of them, in turn."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self.open: list[Socket] = []
        self.tickets: set[str] = set()
        self.opened = 0
        self.stray_acks: list[str] = []
        self.disabled = False
        self._turn = 0

    @property
    def usable(self) -> list[Socket]:
        return [s for s in self.open if not s.leaving and not s.ws.closed]

    def ticket(self) -> str:
        ticket = self._core.ids.next("ticket")
        self.tickets.add(ticket)
        return f"{self._core.base.replace('http', 'ws', 1)}/link/?ticket={ticket}&app_id={self._core.app.id}"

    async def serve(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self.tickets:
            return web.Response(status=404, text="ticket is unknown or used")
        self.tickets.discard(ticket)
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        if len(self.usable) >= MAX_SOCKETS:
            await ws.send_json({"type": "disconnect", "reason": "too_many_websockets", "debug_info": {}})
            await ws.close()
            return ws
        self.opened += 1
        socket = Socket(number=self.opened, ws=ws)
        await ws.send_json(self._hello())
        self.open.append(socket)
        self._core.touch()
        try:
            await self._listen(socket)
        finally:
            self.open.remove(socket)
            for future in socket.waiting.values():
                if not future.done():
                    future.set_exception(ConnectionResetError("the socket closed before the acknowledgement"))
            self._core.touch()
        return ws

    def _hello(self) -> dict[str, Any]:
        return {
            "type": "hello",
            "num_connections": len(self.usable) + 1,
            "connection_info": {"app_id": self._core.app.id},
            "debug_info": {"host": "fake", "build_number": 1, "approximate_connection_time": 18060},
        }

    async def _listen(self, socket: Socket) -> None:
        async for received in socket.ws:
            if received.type is not WSMsgType.TEXT:
                continue
            try:
                ack = json.loads(received.data)
            except ValueError:
                self._core.violate(f"socket: no JSON: {received.data[:80]!r}")
                continue
            ack = self._core.reader(ack) if self._core.reader else ack
            envelope_id = str(ack.get("envelope_id", ""))
            future = socket.waiting.pop(envelope_id, None)
            if future is None:
                self.stray_acks.append(envelope_id)
            elif not future.done():
                future.set_result(ack)

    def next_socket(self) -> Socket | None:
        usable = self.usable
        if not usable:
            return None
        self._turn += 1
        return usable[self._turn % len(usable)]

    async def transmit(self, delivery: Delivery, attempt: Attempt) -> None:
        """Send over one socket and wait for the ack; without any socket, wait for one to open."""
        core = self._core
        try:
            socket = await core.wait_for(self.next_socket, core.timings.ack_timeout)
        except AssertionError:
            attempt.error = "connection_failed"
            return
        assert socket is not None
        envelope_id = f"{core.ids.next('envelope-')}"
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        socket.waiting[envelope_id] = future
        socket.sent += 1
        attempt.via, attempt.sent_at = f"socket {socket.number}", own_time()
        try:
            await socket.ws.send_str(json.dumps(_envelope(envelope_id, delivery, attempt)))
            ack = await within(core.timings.ack_timeout, future)
        except TimeoutError:
            attempt.error = "timeout"
            return
        except ConnectionError:
            attempt.error = "connection_failed"
            return
        finally:
            socket.waiting.pop(envelope_id, None)
        attempt.acked_at, attempt.answer = own_time(), ack.get("payload") or None

    async def disconnect(self, reason: str = "refresh_requested", socket: Socket | None = None) -> None:
        """Ask one socket (or all) to leave: refresh_requested, warning, link_disabled, too_many_websockets.

        The old connection stays open until the client closes it, and gets nothing new unless it is a warning.
        """
        for chosen in [socket] if socket else list(self.open):
            chosen.leaving = reason != "warning"
            await chosen.ws.send_json(
                {"type": "disconnect", "reason": reason, "debug_info": {"host": "fake"}}
            )

    async def drop(self, socket: Socket | None = None) -> None:
        """Cut one connection (or all) without a word."""
        for chosen in [socket] if socket else list(self.open):
            transport = chosen.ws._req.transport if chosen.ws._req else None
            if transport is not None:
                transport.abort()

    async def close(self) -> None:
        for socket in list(self.open):
            await socket.ws.close()


def _envelope(envelope_id: str, delivery: Delivery, attempt: Attempt) -> dict[str, Any]:
    payload_wanted = delivery.kind != "events_api"
    envelope: dict[str, Any] = {
        "envelope_id": envelope_id,
        "payload": delivery.payload,
        "type": delivery.kind,
        "accepts_response_payload": payload_wanted,
    }
    if delivery.kind == "events_api":
        envelope |= {"retry_attempt": attempt.number, "retry_reason": attempt.reason or ""}
    return envelope


@method("apps.connections.open")
async def connections_open(core: Core, call: Call) -> dict[str, Any]:
    if core.sockets.disabled:
        raise SlackError("forbidden_team")
    return {"url": core.sockets.ticket()}
