"""Results are fetched from where they belong, whole, of a known kind, and from nowhere else."""

from __future__ import annotations

import asyncio
import gzip
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest
from aiohttp import web

from bot.core.errors.outside import GatewayFinal, GatewayPassing
from bot.core.request import Asset
from bot.gateway.media import Media, MediaHosts, is_public
from tests.fakes.gateway import TEAL

PNG = TEAL[1]
MP4 = b"\0\0\0\x20ftypisom" + b"\0" * 600


class Host:
    """A media host that answers as it is told and remembers what it was asked."""

    def __init__(self) -> None:
        self.answer: Callable[[web.Request], web.StreamResponse] = lambda _: web.Response(body=PNG)
        self.seen: list[web.Request] = []
        self.url = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.seen.append(request)
        return self.answer(request)


@pytest.fixture(name="host")
async def host_fixture() -> AsyncIterator[Host]:
    host = Host()
    app = web.Application()
    app.router.add_get("/{name:.*}", host.handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield host
    await runner.cleanup()


@pytest.fixture(name="media")
async def media_fixture(host: Host) -> AsyncIterator[Media]:
    media = Media([host.url, "media.lumenfall.ai"], max_bytes=100_000, timeout_s=5)
    yield media
    await media.aclose()


@pytest.fixture(name="direct", autouse=True)
def direct_fixture(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy of the machine's environment."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


async def test_a_result_is_described_by_its_content_and_the_key_stays_home(
    host: Host, media: Media, tmp_path: Path
) -> None:
    host.answer = lambda _: web.Response(body=PNG, content_type="video/mp4")
    told = Asset(url=f"{host.url}/a.mp4", content_type="video/mp4", revised_prompt="kept")
    copy = await media.fetch(told, tmp_path / "req" / "0")
    assert (copy.path, copy.content_type, copy.width, copy.height) == ("0.png", "image/png", 64, 48)
    assert (copy.size, copy.revised_prompt, copy.url) == (len(PNG), "kept", told.url)
    assert (tmp_path / "req" / "0.png").read_bytes() == PNG
    assert "Authorization" not in host.seen[0].headers
    assert "lumenfall-bot" in host.seen[0].headers["User-Agent"]


@pytest.mark.parametrize(
    ("data", "suffix", "content_type"),
    [
        (MP4, ".mp4", "video/mp4"),
        (b"\0\0\0\x14ftypqt  " + b"\0" * 99, ".mov", "video/quicktime"),
        (b"\x1a\x45\xdf\xa3" + b"\0" * 99, ".webm", "video/webm"),
    ],
)
async def test_films_are_known_by_their_first_bytes(
    host: Host, media: Media, tmp_path: Path, data: bytes, suffix: str, content_type: str
) -> None:
    host.answer = lambda _: web.Response(body=data)
    copy = await media.fetch(Asset(url=f"{host.url}/v", width=1280, height=720), tmp_path / "3")
    assert (copy.path, copy.content_type) == (f"3{suffix}", content_type)
    assert (copy.width, copy.height) == (1280, 720)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (lambda _: web.Response(text="<html>Please sign in</html>", content_type="image/png"), "not_media"),
        (lambda _: web.Response(body=b""), "not_media"),
        (lambda _: web.Response(body=PNG[:20]), "not_media"),
        (lambda _: web.Response(text="<svg onload='x()'/>"), "not_media"),
        (lambda _: web.Response(status=404), "media_expired"),
        (lambda _: web.Response(status=410), "media_expired"),
        (lambda _: web.Response(body=b"x" * 100_001), "media_too_large"),
    ],
    ids=["sign-in page", "empty", "cut", "svg", "404", "410", "too large"],
)
async def test_what_is_gone_or_no_media_is_final(
    host: Host, media: Media, tmp_path: Path, answer: Callable[[web.Request], web.Response], code: str
) -> None:
    host.answer = answer
    with pytest.raises(GatewayFinal) as caught:
        await media.fetch(Asset(url=f"{host.url}/a"), tmp_path / "0")
    assert caught.value.code == code
    assert os.listdir(tmp_path) == []  # noqa: PTH208


@pytest.mark.parametrize("status", [403, 429, 500, 503])
async def test_other_answers_pass(host: Host, media: Media, tmp_path: Path, status: int) -> None:
    host.answer = lambda _: web.Response(status=status, headers={"Retry-After": "9"})
    with pytest.raises(GatewayPassing) as caught:
        await media.fetch(Asset(url=f"{host.url}/a"), tmp_path / "0")
    assert caught.value.retry_after == 9


async def test_a_length_that_is_not_told_is_counted(host: Host, tmp_path: Path) -> None:
    def endless(request: web.Request) -> web.StreamResponse:
        return web.Response(body=gzip.compress(b"\0" * 5_000_000), headers={"Content-Encoding": "gzip"})

    host.answer = endless
    media = Media([host.url], max_bytes=100_000)
    with pytest.raises(GatewayFinal) as caught:
        await media.fetch(Asset(url=f"{host.url}/a"), tmp_path / "0")
    assert caught.value.code == "media_too_large"
    assert os.listdir(tmp_path) == []  # noqa: PTH208
    await media.aclose()


async def test_a_download_that_breaks_off_leaves_nothing_and_passes(
    host: Host, media: Media, tmp_path: Path
) -> None:
    def broken(request: web.Request) -> web.StreamResponse:
        response = web.Response(body=PNG)
        response.headers["Content-Length"] = str(len(PNG) + 500)
        response.force_close()
        return response

    host.answer = broken
    with pytest.raises(GatewayPassing):
        await media.fetch(Asset(url=f"{host.url}/a"), tmp_path / "0")
    assert os.listdir(tmp_path) == []  # noqa: PTH208


@pytest.mark.parametrize("hops", [1, 3])
async def test_redirects_within_the_host_are_followed(
    host: Host, media: Media, tmp_path: Path, hops: int
) -> None:
    def onwards(request: web.Request) -> web.StreamResponse:
        left = int(request.path.strip("/"))
        if not left:
            return web.Response(body=PNG)
        return web.Response(status=302, headers={"Location": f"/{left - 1}"})

    host.answer = onwards
    assert (await media.fetch(Asset(url=f"{host.url}/{hops}"), tmp_path / "0")).size == len(PNG)
    with pytest.raises(GatewayFinal) as caught:
        await media.fetch(Asset(url=f"{host.url}/4"), tmp_path / "1")
    assert caught.value.code == "media_host"


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1:1/",
        "https://example.org:8443/cat.png",
        "https://user@example.org/cat.png",
        "http://media.lumenfall.ai/cat.png",
        "https://localhost/cat.png",
        "file:///etc/passwd",
        "ftp://media.lumenfall.ai/cat.png",
    ],
)
async def test_a_redirect_to_elsewhere_is_not_followed(
    host: Host, media: Media, tmp_path: Path, target: str
) -> None:
    host.answer = lambda _: web.Response(status=302, headers={"Location": target})
    with pytest.raises(GatewayFinal) as caught:
        await media.fetch(Asset(url=f"{host.url}/a"), tmp_path / "0")
    assert caught.value.code == "media_host"
    assert len(host.seen) == 1


@pytest.mark.parametrize(
    "url",
    [
        "",
        "cat.png",
        "/etc/passwd",
        "http://localhost/cat.png",
        "https://localhost@evil.example/cat.png",
        "https://localhost:8443/cat.png",
        "https://user:word@localhost/cat.png",
        "http://[::1]/",
        "http://\x00/",
    ],
)
async def test_only_public_hosts_over_https(tmp_path: Path, url: str) -> None:
    media = Media(["localhost"], max_bytes=1000)
    with pytest.raises(GatewayFinal):
        await media.fetch(Asset(url=url), tmp_path / "0")
    await media.aclose()


@pytest.mark.parametrize("name", ["localhost", "169.254.169.254", "10.0.0.1", "[::1]"])
async def test_a_host_on_a_private_network_is_refused_named_or_not(name: str) -> None:
    for hosts in ([name], []):
        with pytest.raises(GatewayFinal, match="private"):
            await MediaHosts(hosts).check(httpx.URL(f"https://{name}/cat.png"))


async def test_the_address_that_was_checked_is_the_one_that_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that resolves to something else a moment later leads nowhere else."""

    async def found(*_: object, **__: object) -> list[tuple[object, ...]]:
        return [(0, 0, 0, "", ("1.1.1.1", 443))]

    def answer(request: httpx.Request) -> httpx.Response:
        assert (request.url, request.headers["Host"]) == ("https://1.1.1.1/cat.png", "elsewhere.example")
        assert request.extensions["sni_hostname"] == "elsewhere.example"
        return httpx.Response(200, content=PNG)

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", found)
    media = Media([], max_bytes=10_000, transport=httpx.MockTransport(answer))
    assert (await media.fetch(Asset(url="https://elsewhere.example/cat.png"), tmp_path / "0")).path == "0.png"
    await media.aclose()


async def test_a_public_host_is_fetched_over_https(tmp_path: Path) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url == "https://1.1.1.1/cat.png"
        return httpx.Response(200, content=PNG)

    media = Media([], max_bytes=10_000, transport=httpx.MockTransport(answer))
    assert (await media.fetch(Asset(url="https://1.1.1.1/cat.png"), tmp_path / "0")).path == "0.png"
    await media.aclose()


async def test_a_host_given_in_full_means_that_scheme_and_port() -> None:
    hosts = MediaHosts(["http://127.0.0.1:8080/", "https://intern.example"])
    await hosts.check(httpx.URL("http://127.0.0.1:8080/a"))
    await hosts.check(httpx.URL("https://intern.example:443/a"))
    for url in ("http://127.0.0.1:8081/a", "https://127.0.0.1:8080/a", "http://intern.example/a"):
        with pytest.raises(GatewayFinal):
            await hosts.check(httpx.URL(url))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.1.1",
        "172.16.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fc00::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "ff02::1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::a00:1",
        "2002:7f00:1::1",
        "2002:a01:203::1",
        "::127.0.0.1",
        "fec0::1",
    ],
)
def test_special_addresses_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_public_addresses_are(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url", ["data:image/png;base64,!!!", "data:image/png,plain", "data:;base64," + "A" * 200_000]
)
async def test_inline_results_that_cannot_be_used_are_final(media: Media, tmp_path: Path, url: str) -> None:
    with pytest.raises(GatewayFinal) as caught:
        await media.fetch(Asset(url=url), tmp_path / "0")
    assert caught.value.code == "not_media"


async def test_a_disk_that_refuses_passes(host: Host, media: Media, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"in the way")
    with pytest.raises(GatewayPassing, match="stored"):
        await media.fetch(Asset(url=f"{host.url}/a"), tmp_path / "file" / "0")
