"""The bare gateway over a raw socket that breaks connections at a chosen byte.

async with running_cutting_gateway() as cutting:
    cutting.cut(Endpoint.GENERATE, response_after=0)      # the work is done, not a byte comes back
    ...
    assert len(cutting.gateway.ran) == 1
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus

from tests.fakes.bare_gateway.gateway import BareGateway
from tests.fakes.bare_gateway.wire import Call, Endpoint, Reply

LARGEST_HEAD = 64 * 1024
_END = b"\r\n\r\n"


@dataclass
class _Cut:
    """Where the next call to an endpoint breaks: after so many bytes of the request, or of the response."""

    endpoint: Endpoint | None
    dry: bool
    request_after: int | None
    response_after: int | None
    reset: bool

    def suits(self, call: Call) -> bool:
        known = call.endpoint is not None and call.dry is self.dry
        return known and self.endpoint in (None, call.endpoint)


@dataclass
class CuttingGateway:
    """A `BareGateway` behind a socket of our own. A call ran when its request had arrived whole."""

    gateway: BareGateway = field(default_factory=BareGateway)
    cut_short: list[Call] = field(default_factory=list)
    """Calls whose connection was cut, with as much of their body as had arrived."""
    _cuts: list[_Cut] = field(default_factory=list)

    def cut(
        self,
        endpoint: Endpoint | None = None,
        *,
        request_after: int | None = None,
        response_after: int | None = None,
        dry: bool = False,
        reset: bool = True,
    ) -> None:
        """Break the next call after this many bytes (head and body) received, or sent.

        A request cut after its last byte has arrived whole, and runs. With `reset` the peer sees a reset,
        without it an ordinary end. The first line says which call to cut, so a `request_after` within it cuts
        at its end. A chunked body counts without its framing.
        """
        if (request_after is None) == (response_after is None):
            raise ValueError("give request_after or response_after")
        self._cuts.append(_Cut(endpoint, dry, request_after, response_after, reset))

    def take(self, call: Call) -> _Cut | None:
        """The cut that is meant for this call, once."""
        found = next((cut for cut in self._cuts if cut.suits(call)), None)
        if found is not None:
            self._cuts.remove(found)
        return found


@asynccontextmanager
async def running_cutting_gateway(gateway: BareGateway | None = None) -> AsyncGenerator[CuttingGateway, None]:
    """Listening on a free port, closed at the end with every connection that is still open."""
    cutting = CuttingGateway(gateway or BareGateway())
    open_writers: set[asyncio.StreamWriter] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_writers.add(writer)
        try:
            await _Connection(cutting, reader, writer).serve()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client went away; nothing is owed to it
        finally:
            open_writers.discard(writer)
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0, limit=LARGEST_HEAD)
    host, port = server.sockets[0].getsockname()
    cutting.gateway.media.origin = cutting.gateway.media.other_origin = f"http://{host}:{port}"
    try:
        yield cutting
    finally:
        server.close()
        for writer in list(open_writers):
            writer.transport.abort()
        await server.wait_closed()


@dataclass
class _Connection:
    """One connection, kept open from request to request until one side ends it."""

    cutting: CuttingGateway
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def serve(self) -> None:
        while True:
            line = await self.reader.readuntil(b"\r\n")
            cut = self.cutting.take(_call(line))
            limit = cut.request_after if cut else None
            head = await self._read_head(line, limit)
            call = _call(head)
            if limit is not None:
                limit -= len(head)
            whole = head.endswith(_END) and await self._read_body(call, limit)
            if cut is None:
                await self._send(encoded(self.cutting.gateway.handle(call)))
                continue
            await self._break(call, cut, whole)
            return

    async def _read_head(self, line: bytes, limit: int | None) -> bytes:
        """The head whose first line has been read, or as much of it as `limit` allows."""
        if limit is None:
            return line + await self.reader.readuntil(_END)
        while not line.endswith(_END) and len(line) < limit:
            line += await self.reader.readexactly(1)
        return line

    async def _break(self, call: Call, cut: _Cut, whole: bool) -> None:
        self.cutting.cut_short.append(call)
        if whole:
            answer = encoded(self.cutting.gateway.handle(call))
            await self._send(answer[: cut.response_after or 0])
        if cut.reset:
            connection = self.writer.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.writer.transport.abort()

    async def _send(self, content: bytes) -> None:
        self.writer.write(content)
        await self.writer.drain()

    async def _read_body(self, call: Call, limit: int | None) -> bool:
        """Read the body into `call`, at most `limit` bytes of it. False when it was not read whole."""
        if "chunked" in call.headers.get("transfer-encoding", ""):
            return await self._read_chunks(call, limit)
        length = int(call.headers.get("content-length", "0"))
        wanted = length if limit is None else max(0, min(limit, length))
        if wanted:
            call.content = await self.reader.readexactly(wanted)
        return wanted == length

    async def _read_chunks(self, call: Call, limit: int | None) -> bool:
        while limit is None or len(call.content) < limit:
            size = int(await self.reader.readuntil(b"\r\n"), 16)
            chunk = await self.reader.readexactly(size + 2)
            call.content += chunk[:-2]
            if size == 0:
                return True
        call.content = call.content[: max(0, limit)]
        return False


def _call(head: bytes) -> Call:
    """What a head says, as far as its lines have arrived whole."""
    first, *lines = head.decode("latin-1").split("\r\n")[:-1]
    lines = [line for line in lines if line]
    method, target, _ = first.split(" ")
    return Call(method=method, target=target, headers=_headers(lines))


def _headers(lines: list[str]) -> Mapping[str, str]:
    pairs = [line.partition(":") for line in lines]
    return {name: value.strip() for name, _, value in pairs}


def encoded(reply: Reply) -> bytes:
    """A reply as the bytes of HTTP/1.1."""
    if reply.pieces is None:
        length, body = f"Content-Length: {len(reply.body)}", reply.body
    else:
        length = "Transfer-Encoding: chunked"
        body = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in reply.pieces) + b"0\r\n\r\n"
    lines = [
        f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}",
        f"Content-Type: {reply.content_type}",
        *(f"{name}: {value}" for name, value in reply.headers.items()),
        length,
    ]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


__all__ = ["CuttingGateway", "encoded", "running_cutting_gateway"]
