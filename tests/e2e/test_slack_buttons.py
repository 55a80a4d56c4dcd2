"""Buttons under results: each works, for whom it should, and after a restart too."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.request import EditOrder, GenerateOrder, UpscaleOrder, VideoOrder
from tests.fakes.sandbox import running_sandbox
from tests.fakes.slack_server.server import SlackServer
from tests.fakes.slack_server.state import Message
from tests.fakes.slack_world import World, adapter_running, slack_world

FOX = "/generate a red fox --model seedream-4.5"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with slack_world(tmp_path) as world:
        yield world


async def fox(world: World) -> Message:
    await world.slack.mention(world.ana, world.art, FOX)
    shown = await world.result(world.art, "red fox")
    await world.stack.settled()
    return shown


async def next_result(world: World, before: Message, text: str) -> Message:
    return await world.art.wait_for(
        lambda m: m.is_bot and m.files and m is not before and text in m.rendered, 20
    )


async def test_upscale_makes_that_picture_larger_in_the_same_thread(world: World) -> None:
    shown = await fox(world)
    await world.press(world.ana, shown, "Upscale")
    larger = await next_result(world, shown, "*Upscale* p")
    assert larger.thread_ts == shown.thread_ts
    newest = (await world.requests())[0]
    assert isinstance(newest.order, UpscaleOrder)
    assert newest.parent_id == (await world.requests())[1].id


async def test_slacks_copy_serves_where_ours_is_gone(world: World) -> None:
    shown = await fox(world)
    [request] = await world.requests()
    path = await world.core.service.result_file(request, 0)
    assert path is not None
    path.unlink()
    await world.press(world.ana, shown, "Upscale")
    await next_result(world, shown, "*Upscale* p")
    await world.press(world.ana, shown, "Edit")
    form = await world.slack.wait_for_modal(world.ana, "What should change")
    await world.slack.submit_view(world.ana, form, {"prompt": "make it night"})
    await next_result(world, shown, "make it night")


async def test_a_picture_that_is_gone_everywhere_says_so(world: World) -> None:
    shown = await fox(world)
    [request] = await world.requests()
    path = await world.core.service.result_file(request, 0)
    assert path is not None
    path.unlink()
    shown.files[0].deleted = True
    await world.press(world.ana, shown, "Upscale")
    told = await world.art.wait_for_text("no longer kept here")
    assert told.ephemeral_to is world.ana


async def test_vary_draws_it_with_another_seed(world: World) -> None:
    shown = await fox(world)
    await world.press(world.ana, shown, "Vary")
    await next_result(world, shown, "red fox")
    varied = (await world.requests())[0].order
    assert isinstance(varied, GenerateOrder)
    assert varied.seed is not None


async def test_anyone_repeats_at_their_own_expense(world: World) -> None:
    shown = await fox(world)
    await world.press(world.boss, shown, "Again")
    await next_result(world, shown, "@boss")
    assert (await world.requests())[0].actor.person == f"slack:{world.boss.id}"


async def test_edit_opens_a_form_on_that_picture(world: World) -> None:
    shown = await fox(world)
    await world.press(world.ana, shown, "Edit")
    form = await world.slack.wait_for_modal(world.ana, "What should change")
    assert "On the picture you chose" in form.rendered
    await world.slack.submit_view(world.ana, form, {"prompt": "make it night"})
    edited = await next_result(world, shown, "make it night")
    assert edited.thread_ts == shown.thread_ts
    assert isinstance((await world.requests())[0].order, EditOrder)


async def test_animate_opens_a_form_whose_words_are_optional(world: World) -> None:
    world.stack.sandbox.set(video_seconds=0.5)
    shown = await fox(world)
    await world.press(world.ana, shown, "Animate")
    form = await world.slack.wait_for_modal(world.ana, "What should happen")
    await world.slack.submit_view(world.ana, form, {"seconds": "4"})
    film = await world.art.wait_for(lambda m: m.files and m.files[0].mimetype == "video/mp4", 40)
    assert film.thread_ts == shown.thread_ts
    order = (await world.requests())[0].order
    assert isinstance(order, VideoOrder)
    assert order.seconds == 4


async def test_details_are_for_the_one_who_asks(world: World) -> None:
    shown = await fox(world)
    await world.press(world.boss, shown, "Details")
    told = await world.art.wait_for_text("Asked by")
    assert told.ephemeral_to is world.boss
    assert "seedream-4.5" in told.rendered


async def test_the_asker_deletes_files_and_message(world: World) -> None:
    shown = await fox(world)
    await world.press(world.ana, shown, "Delete")
    await world.slack.wait_for(lambda: shown.deleted and shown.files[0].deleted)


async def test_others_do_not_delete_but_admins_do(world: World) -> None:
    other = world.slack.user(world.team, "eve")
    world.art.members.append(other)
    shown = await fox(world)
    await world.press(other, shown, "Delete")
    told = await world.art.wait_for_text("or an admin, can delete")
    assert told.ephemeral_to is other
    assert not shown.deleted
    await world.press(world.boss, shown, "Delete")
    await world.slack.wait_for(lambda: shown.deleted)


async def test_buttons_work_after_a_restart_of_everything(tmp_path: Path) -> None:
    async with running_sandbox() as sandbox, await SlackServer.start() as slack:
        team = slack.add_team("acme")
        ana = slack.user(team, "ana")
        art = slack.channel(team, "art", members=[ana])
        async with adapter_running(slack, tmp_path, "socket", team=team, sandbox=sandbox) as (stack, _, _):
            await slack.mention(ana, art, FOX)
            shown = await art.wait_for(lambda m: m.files, 20)
            await stack.settled()
        opened = slack.sockets.opened
        async with adapter_running(slack, tmp_path, "socket", team=team, sandbox=sandbox):
            await slack.wait_for(lambda: slack.sockets.opened > opened)
            await slack.click(ana, shown, "Upscale")
            await art.wait_for(lambda m: m.files and "*Upscale* p" in m.rendered, 20)
        assert slack.violations == []


@pytest.mark.parametrize("button", ["Again", "Vary", "Upscale"])
async def test_a_button_pressed_twice_is_one_order_and_the_second_press_is_told(
    world: World, button: str
) -> None:
    shown = await fox(world)
    for _ in range(2):
        await world.press(world.ana, shown, button)
    told = await world.art.wait_for_text("Already on it.")
    assert told.ephemeral_to is world.ana
    await world.stack.settled()
    assert len(await world.requests()) == 2
