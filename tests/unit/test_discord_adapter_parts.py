"""The Discord adapter's smaller parts: downloads, errors, forms, addresses of messages."""

from __future__ import annotations

import asyncio

import aiohttp
import discord
import pytest
from aiohttp import web

from adapters.discord.addressing import DEFAULT_FILE_LIMIT, Reply
from adapters.discord.delivery.routes import PATIENT_TRIES, DeliveryRoutes, Destination
from adapters.discord.delivery.transport import Attachment, Message
from adapters.discord.errors import DeliveryTrouble, line_cut, trouble_of
from adapters.discord.forms.modals import filled
from adapters.discord.handlers.autocomplete import offered
from adapters.discord.identity import snowflake
from adapters.discord.intake.attachments import Pictures, Source, check_sources
from adapters.discord.recent_activity import RecentRequests
from bot.core.clock import SystemClock
from bot.core.errors import BadImage, NotFound
from bot.core.errors.outside import DeliveryPassing
from bot.core.request import Actor


class Files:
    """A little file server that can be ill."""

    def __init__(self) -> None:
        self.cuts = 0
        self.hits = 0
        self.size = 1000

    async def serve(self, request: web.Request) -> web.StreamResponse:
        self.hits += 1
        name = request.match_info["name"]
        if name == "away":
            raise web.HTTPFound("http://127.0.0.1:1/secret")
        if name == "gone":
            raise web.HTTPNotFound
        if self.hits <= self.cuts and request.transport is not None:
            request.transport.abort()
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(self.size // 1000):
            await response.write(b"x" * 1000)
        return response


@pytest.fixture
async def files():
    found = Files()
    app = web.Application()
    app.router.add_get("/{name}", found.serve)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield found
    await runner.cleanup()


@pytest.fixture
async def pictures(files):
    found = Pictures(None, 5000, files.url)
    yield found
    await found.close()


async def test_a_picture_is_fetched_through_a_cap(files, pictures):
    assert len(await pictures.fetch(files.url + "/a.png")) == 1000
    files.size = 50_000
    with pytest.raises(BadImage, match="the most I can"):
        await pictures.fetch(files.url + "/b.png")


async def test_a_broken_line_is_tried_again(files, pictures):
    files.cuts = 2
    assert len(await pictures.fetch(files.url + "/a.png")) == 1000
    assert files.hits == 3
    files.cuts = 100
    with pytest.raises(NotFound, match="Nothing was charged"):
        await pictures.fetch(files.url + "/a.png")


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/x", "https://evil.example/x", "file:///etc/passwd", "/x", ""]
)
async def test_only_discords_own_addresses_are_fetched(pictures, url):
    with pytest.raises(BadImage, match="attached on Discord"):
        await pictures.fetch(url)


async def test_a_redirect_or_a_missing_file_is_no_picture(files, pictures):
    for name in ("away", "gone"):
        with pytest.raises(NotFound, match="no longer exists"):
            await pictures.fetch(f"{files.url}/{name}")


def test_what_discord_knows_to_be_no_picture_is_refused_early():
    check_sources([Source(url="u", content_type="image/png", size=10), Source(url="u")], 100)
    check_sources([Source(url="u", content_type="application/octet-stream", size=10)], 100)
    with pytest.raises(BadImage, match="not a picture"):
        check_sources([Source(url="u", content_type="video/mp4")], 100)
    with pytest.raises(BadImage) as caught:
        check_sources([Source(url="u", content_type="image/png", size=101, mask=True)], 100)
    assert caught.value.field == "mask"


class Answer:
    reason = "r"

    def __init__(self, status: int) -> None:
        self.status = status


@pytest.mark.parametrize(
    ("status", "code", "trouble"),
    [
        (401, 50027, DeliveryTrouble.EXPIRED),
        (404, 10015, DeliveryTrouble.EXPIRED),
        (400, 40094, DeliveryTrouble.EXPIRED),
        (404, 10008, DeliveryTrouble.GONE),
        (403, 50001, DeliveryTrouble.GONE),
        (403, 50013, DeliveryTrouble.GONE),
        (400, 50083, DeliveryTrouble.GONE),
        (403, 50007, DeliveryTrouble.GONE),
        (413, 40005, DeliveryTrouble.LARGE),
        (400, 40005, DeliveryTrouble.LARGE),
        (413, 0, DeliveryTrouble.LARGE),
        (429, 30046, DeliveryTrouble.OLD),
        (429, 0, DeliveryTrouble.LATER),
        (500, 0, DeliveryTrouble.LATER),
        (503, 0, DeliveryTrouble.LATER),
        (400, 50035, DeliveryTrouble.WRONG),
    ],
)
def test_discords_codes_mean_one_thing_each(status, code, trouble):
    error = discord.HTTPException(Answer(status), {"code": code, "message": "m"})
    assert trouble_of(error) is trouble


def test_a_broken_line_is_worth_another_try():
    for error in (aiohttp.ServerDisconnectedError(), aiohttp.ClientOSError(104, "reset"), TimeoutError()):
        assert line_cut(error)
        assert trouble_of(error) is DeliveryTrouble.LATER
    assert not line_cut(ValueError())
    assert trouble_of(ValueError()) is DeliveryTrouble.WRONG


class Submission:
    def __init__(self, data) -> None:
        self.data = data


def test_a_form_is_read_from_its_submission():
    found = filled(
        Submission(
            {
                "custom_id": "form:edit_at:1.2",
                "components": [
                    {"type": 18, "component": {"type": 4, "custom_id": "prompt", "value": " night "}},
                    {"type": 18, "component": {"type": 3, "custom_id": "picture", "values": ["2"]}},
                    {"type": 1, "components": [{"type": 4, "custom_id": "old", "value": "x"}]},
                    {"type": 10, "id": 3},
                ],
                "resolved": {"attachments": {"9": {"url": "u", "size": 3, "content_type": "image/png"}}},
            }
        )
    )
    assert found is not None
    assert (found.verb, found.subject) == ("edit_at", "1.2")
    assert found.text("prompt") == "night"
    assert found.text("old") == "x"
    assert found.choice("picture") == "2"
    assert found.choice("nothing") == ""
    assert found.files == [Source(url="u", size=3, content_type="image/png")]
    assert filled(Submission({"custom_id": "somebody-elses"})) is None


def test_a_reply_is_written_and_read_and_knows_its_limits():
    reply = Reply(channel_id=1, message_id=2, guild_id=3, token="t", token_until=10**12, file_limit=10**9)
    assert Reply.from_json({**reply.to_json(), "of_a_later_version": 1}) == reply
    assert reply.token_alive(10**12 - 31_000_000)
    assert not reply.token_alive(10**12 - 29_000_000)
    assert reply.limit_at(0) == 10**9
    assert reply.limit_at(10**12) == DEFAULT_FILE_LIMIT
    assert reply.link == "https://discord.com/channels/3/1/2"
    assert snowflake("discord:12") == 12
    assert snowflake("*") == 0


async def test_suggestions_survive_a_slow_database():
    calls = 0

    async def load(_actor):
        nonlocal calls
        calls += 1
        if calls > 1:
            await asyncio.sleep(60)
        return ["one"]

    class Ticks(SystemClock):
        ahead = 0

        def now(self) -> int:
            return super().now() + self.ahead

    clock = Ticks()
    recents = RecentRequests(load, clock)
    actor = Actor(tenant="t", person="p")
    assert await recents.of(actor) == ["one"]
    assert await recents.of(actor) == ["one"]
    assert calls == 1
    clock.ahead = 10_000_000
    async with asyncio.timeout(5):
        assert await recents.of(actor) == ["one"]
    assert calls == 2


async def test_suggestions_that_take_too_long_or_fail_are_left_out():
    @offered
    async def slow(_interaction, _typed):
        await asyncio.sleep(60)

    @offered
    async def broken(_interaction, _typed):
        raise ValueError

    async with asyncio.timeout(5):
        assert await slow(None, "") == []
        assert await broken(None, "") == []


def refusal(status: int, code: int = 0) -> discord.HTTPException:
    return discord.HTTPException(Answer(status), {"code": code, "message": "m"})


async def with_files_refused(error: Exception, *, tries: int = 0) -> list[int]:
    """How many files each message had that was sent, when only one without any is taken."""
    sent: list[int] = []

    async def send(message: Message) -> Reply:
        sent.append(len(message.files))
        if message.files:
            raise error
        return Reply(channel_id=1)

    async def build(limit: int, _remark: str) -> Message:
        file = Attachment(name="fox.png", source=b"x" * min(limit, 400_000))
        return Message(view=discord.ui.LayoutView(), files=[file] if limit else [])

    routes = DeliveryRoutes(None, SystemClock())  # type: ignore[arg-type]
    way = Destination(name="edit", send=send, limit=10_000_000)
    await routes.deliver([way], build, files=1, tries=tries)
    return sent


async def test_a_file_that_discord_never_takes_ends_in_words_with_a_link():
    assert await with_files_refused(refusal(400, 50035)) == [1, 0]
    assert await with_files_refused(ValueError("what a codec says")) == [1, 0]
    assert await with_files_refused(refusal(413)) == [1, 1, 0], "smaller first"


async def test_an_ill_discord_is_waited_for_and_in_the_end_given_the_link():
    with pytest.raises(DeliveryPassing):
        await with_files_refused(refusal(500))
    assert await with_files_refused(refusal(500), tries=PATIENT_TRIES) == [1, 0]
