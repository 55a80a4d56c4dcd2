"""Stands between a client and PostgreSQL: breaks the line at a commit, and counts what passes."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Literal
from urllib.parse import parse_qs, urlsplit

import pytest

Break = Literal["before", "after", "late"]
"""Whether the server gets the commit whose line is cut: never, at once, or when `deliver` is called."""


class Proxy:
    """Forwards everything; `breaks` says where the next commit's line is cut.

    `answers` counts, by their letter in the protocol, what the server's messages were: each Z (ready for the
    next) ends a round trip, each 1 says that a statement was parsed.
    """

    def __init__(self, target: str) -> None:
        self._socket = parse_qs(urlsplit(target).query)["host"][0] + "/.s.PGSQL.5432"
        self.breaks: list[Break] = []
        self.broken: list[Break] = []
        self.answers: Counter[str] = Counter()
        self._late: list[tuple[bytes, asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._ends: set[asyncio.StreamWriter] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client."""
        up_reader, up_writer = await asyncio.open_unix_connection(self._socket)
        self._ends |= {writer, up_writer}
        back = asyncio.create_task(self._pump(up_reader, writer))
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                if self.breaks and b"COMMIT;" in data:
                    await self._break(data, up_reader, up_writer, back)
                    break
                up_writer.write(data)
        back.cancel()
        writer.close()
        if not self._late:
            up_writer.close()

    async def _break(
        self,
        data: bytes,
        up_reader: asyncio.StreamReader,
        up_writer: asyncio.StreamWriter,
        back: asyncio.Task[None],
    ) -> None:
        where = self.breaks.pop()
        self.broken.append(where)
        back.cancel()
        if where == "after":
            up_writer.write(data)
            await up_writer.drain()
        if where == "late":
            self._late.append((data, up_reader, up_writer))

    async def deliver(self) -> bytes:
        """Let the server have what came late; what it answers."""
        data, up_reader, up_writer = self._late.pop()
        up_writer.write(data)
        answer = await up_reader.read(65536)
        up_writer.close()
        return answer

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        rest = bytearray()
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                rest += data
                self._count(rest)
                writer.write(data)
        writer.close()

    def _count(self, rest: bytearray) -> None:
        """Count the whole messages at the beginning and take them away."""
        while len(rest) > 4 and len(rest) > (size := int.from_bytes(rest[1:5])):
            self.answers[chr(rest[0])] += 1
            del rest[: size + 1]

    def close(self) -> None:
        for end in self._ends:
            end.close()


@asynccontextmanager
async def proxy(target: str) -> AsyncIterator[tuple[Proxy, str]]:
    """The proxy and the address to use instead of `target`."""
    if "host=" not in target:
        pytest.skip("the proxy speaks to a socket file")
    between = Proxy(target)
    server = await asyncio.start_server(between.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    schema = parse_qs(urlsplit(target).query)["search_path"][0]
    yield between, f"postgresql://postgres@127.0.0.1:{port}/postgres?search_path={schema}&sslmode=disable"
    between.close()
    server.close()
    await server.wait_closed()
