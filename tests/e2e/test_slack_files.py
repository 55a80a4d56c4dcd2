"""Pictures people attach, in all the ways Slack has of not handing them over."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image

from bot.core.request import EditOrder
from tests.fakes.odd_pictures import odd_pictures, serve_instead
from tests.fakes.slack_server.files import SlackFile, Upload
from tests.fakes.slack_server.server import SlackServer
from tests.fakes.slack_world import World, adapter_running, picture, slack_world

NIGHT = "/edit make it night --model seedream-4.5"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with slack_world(tmp_path) as world:
        yield world


def kept(world: World) -> SlackFile:
    return world.slack.keep_file(world.ana, picture())


async def test_slacks_sign_in_page_is_not_a_picture(tmp_path: Path) -> None:
    async with await SlackServer.start() as slack:
        team = slack.add_team("acme", scopes=slack.app.scopes - {"files:read"})
        ana = slack.user(team, "ana")
        art = slack.channel(team, "art", members=[ana])
        async with adapter_running(slack, tmp_path, "socket", team=team) as (stack, _, _):
            await slack.mention(ana, art, NIGHT, files=[picture()])
            told = await art.wait_for_text("sign-in page")
            assert "`files:read`" in told.rendered
            assert told.ephemeral_to is ana
            assert await stack.core.store.history(f"slack:{team.id}") == []


async def test_a_file_shared_from_another_organisation_is_looked_up_first(world: World) -> None:
    file = kept(world)
    file.file_access = "check_file_info"
    await world.slack.mention(world.ana, world.art, NIGHT, files=[file])
    await world.result(world.art, "make it night")
    assert len(world.slack.calls_of("files.info")) >= 1


async def test_a_file_hidden_by_the_plan_says_so(world: World) -> None:
    file = kept(world)
    file.mode = "hidden_by_limit"
    await world.slack.mention(world.ana, world.art, NIGHT, files=[file])
    await world.art.wait_for_text("hidden by the workspace's plan")


async def test_a_deleted_file_says_so(world: World) -> None:
    file = kept(world)
    file.deleted = True
    await world.slack.mention(world.ana, world.art, NIGHT, files=[file])
    await world.art.wait_for_text("has been deleted")


async def test_the_token_is_shown_to_nobody_but_slack(world: World) -> None:
    said = world.slack.post(world.art, world.ana, text=f"{world.team.bot.mention} {NIGHT}")
    file = {"id": "F9", "mode": "hosted", "mimetype": "image/png", "name": "x.png", "size": 10}
    file |= {"url_private": f"{world.slack.outside}/x.png"}
    event = {"type": "app_mention", "user": world.ana.id, "text": said.text, "ts": said.ts, "files": [file]}
    event |= {"channel": world.art.id, "event_ts": said.ts}
    await world.slack.event(world.team, event, world.art)
    await world.art.wait_for_text("is not stored in Slack")
    assert world.slack.outside_headers == []
    world.slack.violations.clear()  # the event is a forgery, and our Slack says so


async def test_a_picture_above_the_limit_is_refused_before_it_is_fetched(tmp_path: Path) -> None:
    async with slack_world(tmp_path, max_image_bytes=100) as world:
        await world.slack.mention(world.ana, world.art, NIGHT, files=[picture()])
        await world.art.wait_for_text("the most I can take")
        assert world.slack.downloads == []


@pytest.mark.parametrize("fault", [{"status": 500}, {"reset": True, "times": 5}])
async def test_a_download_that_breaks_off_is_said_in_words(world: World, fault: dict[str, object]) -> None:
    world.slack.fail("download", **fault)  # type: ignore[arg-type]
    await world.slack.mention(world.ana, world.art, NIGHT, files=[picture()])
    told = await world.art.wait_for_text("could not load that picture")
    assert told.ephemeral_to is world.ana
    assert await world.requests() == []


@pytest.mark.parametrize("fault", [{"status": 503}, {"reset": True}])
async def test_an_upload_that_breaks_off_is_tried_again(world: World, fault: dict[str, object]) -> None:
    world.slack.fail("upload", **fault)  # type: ignore[arg-type]
    await world.slack.mention(world.ana, world.art, "/generate a fox --model seedream-4.5")
    await world.result(world.art, "fox", timeout=30)
    await world.stack.settled()
    assert len([m for m in world.art.messages if m.files]) == 1


@pytest.mark.parametrize("error", ["file_upload_size_restricted", "file_type_not_allowed"])
async def test_a_file_that_slack_refuses_comes_smaller_and_with_a_link(world: World, error: str) -> None:
    serve_instead(world.stack.sandbox, *odd_pictures()["deep"])
    fault = world.slack.fail("files.getUploadURLExternal", error)
    await world.slack.mention(world.ana, world.art, "/generate a fox --model seedream-4.5")
    shown = await world.result(world.art, "as it was made is here", timeout=30)
    assert fault.hits == 1
    assert shown.files[0].mimetype in ("image/jpeg", "image/png")
    await world.stack.settled()
    [request] = await world.requests()
    assert shown.files[0].size <= request.assets[0].size // 3


async def test_files_that_slack_never_takes_end_in_a_link(world: World) -> None:
    world.slack.fail("files.getUploadURLExternal", "file_type_not_allowed", times=9)
    await world.slack.mention(world.ana, world.art, "/generate a fox --model seedream-4.5 --n 2")
    shown = await world.art.wait_for(lambda m: m.is_bot and "picture 2 (http" in m.rendered, 30)
    assert not shown.files


async def test_a_mask_beside_a_picture_is_a_mask(world: World) -> None:
    out = io.BytesIO()
    Image.new("RGBA", (96, 96), (0, 0, 0, 0)).save(out, "PNG")
    mask = Upload(name="mask.png", content=out.getvalue())
    await world.slack.mention(world.ana, world.art, NIGHT, files=[picture(), mask])
    await world.result(world.art)
    order = (await world.requests())[0].order
    assert isinstance(order, EditOrder)
    assert len(order.images) == 1
    assert order.mask is not None
    assert order.mask.has_alpha
