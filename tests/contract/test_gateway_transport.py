"""What was or may have been sent is never taken for a call that was not: on httpx's transport and on ours."""

from __future__ import annotations

import asyncio
import gzip
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from bot.core.errors.outside import GatewayAmbiguous, GatewayPassing
from bot.gateway.failures import mapped
from bot.gateway.transport import AiohttpTransport, transport_to

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
MAKERS: dict[str, Callable[[], httpx.AsyncBaseTransport]] = {
    "aiohttp": lambda: AiohttpTransport(4),
    "httpx": lambda: httpx.AsyncHTTPTransport(limits=httpx.Limits(max_connections=4)),
}
BODY = b'{"prompt": "a fox"}'
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


@pytest.fixture(params=list(MAKERS))
async def client(request: pytest.FixtureRequest) -> AsyncGenerator[httpx.AsyncClient]:
    timeout = httpx.Timeout(0.5, connect=0.5, pool=0.5)
    async with httpx.AsyncClient(transport=MAKERS[request.param](), timeout=timeout) as made:
        yield made


@asynccontextmanager
async def served(handler: Handler) -> AsyncGenerator[str]:
    """A server that does with each connection what it is told; its address."""
    open_now: set[asyncio.StreamWriter] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_now.add(writer)
        try:
            await handler(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1/images"
    finally:
        server.close()
        for writer in open_now:
            writer.close()


async def one_request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    lengths = [line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    return head + await reader.readexactly(int(lengths[0].split(b":")[1]) if lengths else 0)


def answering(*pieces: bytes, linger: float = 0.0) -> Handler:
    """Read one request, write these pieces, stay silent for a while, and close."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await one_request(reader)
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        await asyncio.sleep(linger)

    return handle


async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await one_request(reader)
    writer.transport.abort()


async def garbage_first(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"no answer at all\r\n\r\n")
    await one_request(reader)


AFTER_SENDING: dict[str, Handler] = {
    "closed without an answer": answering(),
    "reset without an answer": reset,
    "cut in the status line": answering(OK[:7]),
    "cut in the headers": answering(OK[:30]),
    "cut in the body": answering(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{}"),
    "cut in a chunk": answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n{}"),
    "silent": answering(linger=5),
    "silent in the body": answering(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{}", linger=5),
    "not http": garbage_first,
    "not http after the headers": answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxx\r\n{}"),
}


async def paid(client: httpx.AsyncClient, url: str) -> httpx.Response:
    """A paid call, as the gateway's client makes it."""
    async with mapped(paid=True) as arrived, client.stream("POST", url, content=BODY) as response:
        arrived.response = response
        await response.aread()
    return response


@pytest.mark.parametrize("what", list(AFTER_SENDING))
async def test_what_may_have_been_sent_is_unknown(client: httpx.AsyncClient, what: str) -> None:
    async with served(AFTER_SENDING[what]) as url:
        with pytest.raises(GatewayAmbiguous):
            await paid(client, url)


async def test_what_could_not_connect_was_not_sent(client: httpx.AsyncClient) -> None:
    async with served(answering(OK)) as url:
        pass
    with pytest.raises(GatewayPassing) as refused:
        await paid(client, url)
    assert refused.value.code == "connect_error"


async def test_a_failed_handshake_was_not_sent(client: httpx.AsyncClient) -> None:
    async def no_tls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with served(no_tls) as url:
        with pytest.raises(GatewayPassing) as refused:
            await paid(client, url.replace("http:", "https:"))
    assert refused.value.code == "connect_error"


async def test_a_handshake_that_never_ends_was_not_sent(client: httpx.AsyncClient) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with served(silent) as url:
        with pytest.raises(GatewayPassing) as refused:
            await paid(client, url.replace("http:", "https:"))
    assert refused.value.code == "connect_timeout"


async def test_a_name_that_does_not_exist_was_not_sent(client: httpx.AsyncClient) -> None:
    with pytest.raises(GatewayPassing) as refused:
        await paid(client, "http://gateway.invalid/v1")
    assert refused.value.code in {"connect_error", "connect_timeout"}


async def test_who_waits_too_long_for_a_connection_has_sent_nothing(client: httpx.AsyncClient) -> None:
    received: list[bytes] = []

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.append(await one_request(reader))
        await asyncio.sleep(0.8)
        writer.write(OK)

    async with served(slow) as url:
        client.timeout = httpx.Timeout(5, pool=0.2)
        calls = [asyncio.create_task(paid(client, url)) for _ in range(5)]
        results = await asyncio.gather(*calls, return_exceptions=True)
    (late,) = [result for result in results if isinstance(result, Exception)]
    assert isinstance(late, GatewayPassing)
    assert late.code == "pool_timeout"
    assert len(received) == 4


async def test_a_broken_connection_is_given_back_and_the_pool_stays_usable(client: httpx.AsyncClient) -> None:
    """Twenty broken calls and twenty cancelled ones do not use up four connections."""
    async with served(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{}")) as cut:
        for _ in range(20):
            with pytest.raises(GatewayAmbiguous):
                await paid(client, cut)
    async with served(answering(linger=5)) as silent:
        for _ in range(20):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.01):
                    await client.post(silent, content=BODY)
    async with served(answering(OK)) as url:
        assert (await paid(client, url)).status_code == 200


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_nothing_is_sent_twice(client: httpx.AsyncClient, method: str) -> None:
    """A kept connection that ends while the second request is on its way: it is not repeated on another."""
    received: list[bytes] = []

    async def second_time_gone(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.append(await one_request(reader))
        writer.write(OK)
        received.append(await one_request(reader))

    async with served(second_time_gone) as url:
        assert (await client.request(method, url, content=BODY)).status_code == 200
        with pytest.raises(httpx.RemoteProtocolError):
            await client.request(method, url, content=BODY)
    assert len(received) == 2


async def test_a_kept_connection_that_has_ended_is_not_used_again(client: httpx.AsyncClient) -> None:
    received: list[bytes] = []

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.append(await one_request(reader))
        writer.write(OK)
        await writer.drain()

    async with served(once) as url:
        for _ in range(10):
            assert (await paid(client, url)).status_code == 200
            await asyncio.sleep(0.01)
    assert len(received) == 10


async def test_a_kept_connection_is_used_again(client: httpx.AsyncClient) -> None:
    connections = 0

    async def many(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while True:
            await one_request(reader)
            writer.write(OK)

    async with served(many) as url:
        for _ in range(10):
            await paid(client, url)
    assert connections == 1


@pytest.mark.parametrize("size", [0, 1, 100_000, 5_000_000])
async def test_bodies_arrive_whole(client: httpx.AsyncClient, size: int) -> None:
    received: list[bytes] = []

    async def keep(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.append(await one_request(reader))
        writer.write(OK)

    async with served(keep) as url:
        files = {"image": ("a.png", b"\x89" * size, "image/png")}
        assert (await client.post(url, data={"prompt": "größer"}, files=files)).json() == {}
    (got,) = received
    assert got.count(b"\x89") == size
    assert "größer".encode() in got


async def test_a_compressed_answer_is_read_and_a_redirect_is_not_followed(client: httpx.AsyncClient) -> None:
    packed = gzip.compress(b'{"a": 1}')
    head = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\n"
    head += f"Content-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n"
    async with served(answering(head.encode() + packed)) as url:
        answer = await client.post(url, content=BODY)
    assert answer.status_code == 302
    assert answer.json() == {"a": 1}
    assert answer.headers.get_list("set-cookie") == ["a=b", "c=d"]


async def test_long_header_lines_are_read(client: httpx.AsyncClient) -> None:
    head = f"HTTP/1.1 200 OK\r\nX-Long: {'x' * 20_000}\r\nContent-Length: 2\r\n\r\n{{}}"
    async with served(answering(head.encode())) as url:
        assert len((await client.post(url, content=BODY)).headers["X-Long"]) == 20_000


@pytest.mark.parametrize(
    ("environment", "ours"),
    [
        ({}, True),
        ({"HTTPS_PROXY": "http://127.0.0.1:3128"}, False),
        ({"ALL_PROXY": "http://127.0.0.1:3128"}, False),
        ({"HTTPS_PROXY": "http://127.0.0.1:3128", "NO_PROXY": "lumenfall.ai"}, True),
        ({"HTTP_PROXY": "http://127.0.0.1:3128"}, True),
    ],
)
def test_a_proxy_is_left_to_httpx(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], ours: bool
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    made = transport_to("https://api.lumenfall.ai/openai/v1", 4)
    assert isinstance(made, AiohttpTransport) == ours


async def test_the_authority_of_the_environment_is_trusted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    empty = tmp_path / "none.pem"
    empty.write_text("")
    monkeypatch.setenv("SSL_CERT_FILE", str(empty))
    with pytest.raises(ssl.SSLError):
        AiohttpTransport(1)
