"""Forms: the command alone, shortcuts, what follows what, and what is said before they close."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.request import ChatOrder, EditOrder, GenerateOrder, UpscaleOrder
from tests.fakes.slack_world import TRANSPORTS, World, picture, slack_world


@pytest.fixture(params=TRANSPORTS)
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    async with slack_world(tmp_path, request.param) as world:
        yield world


@pytest.fixture
async def socket(tmp_path: Path) -> AsyncIterator[World]:
    async with slack_world(tmp_path) as world:
        yield world


async def test_the_command_alone_opens_a_form_whose_result_comes_to_the_channel(world: World) -> None:
    await world.slack.slash(world.ana, world.art, "/lumen")
    form = await world.slack.wait_for_modal(world.ana, "What you would like to see")
    answer = await world.slack.submit_view(
        world.ana, form, {"form_model": "seedream-4.5", "prompt": "a red fox", "n": "2"}
    )
    assert answer == {}
    shown = await world.result(world.art, "red fox")
    assert len(shown.files) == 2
    order = (await world.requests())[0].order
    assert isinstance(order, GenerateOrder)
    assert (order.model, order.n) == ("seedream-4.5", 2)


async def test_a_skeleton_stands_before_anything_is_looked_up(socket: World) -> None:
    await socket.slack.slash(socket.ana, socket.art, "/lumen")
    await socket.slack.wait_for_modal(socket.ana, "What you would like to see")
    calls = [call.method for call in socket.slack.calls]
    assert calls.index("views.open") < calls.index("users.info") < calls.index("views.update")


async def test_fields_follow_the_capability(world: World) -> None:
    await world.slack.slash(world.ana, world.art, "/lumen")
    form = await world.slack.wait_for_modal(world.ana, "What you would like to see")
    await world.slack.fill(world.ana, form, {"prompt": "waves at dawn"})
    await world.slack.select(world.ana, form, "form_capability", "Make a video")
    await world.slack.wait_for_modal(world.ana, "Seconds")
    assert form.state["prompt"]["prompt"]["value"] == "waves at dawn", "what was typed stays"
    await world.slack.select(world.ana, form, "form_capability", "Enlarge a picture")
    await world.slack.wait_for_modal(world.ana, "How many times larger")
    assert "prompt" not in form.state


async def test_models_are_suggested_with_price_hints(world: World) -> None:
    await world.slack.slash(world.ana, world.art, "/lumen")
    form = await world.slack.wait_for_modal(world.ana, "What you would like to see")
    options = await world.slack.options(world.ana, form, "form_model", "seedream")
    labels = [option["text"]["text"] for option in options]
    assert "seedream-4.5 – from $0.04" in labels
    assert all("seedream" in label for label in labels)


async def test_sizes_follow_the_model(socket: World) -> None:
    await socket.slack.slash(socket.ana, socket.art, "/lumen")
    form = await socket.slack.wait_for_modal(socket.ana, "What you would like to see")
    await socket.slack.select(socket.ana, form, "form_capability", "Enlarge a picture")
    await socket.slack.wait_for_modal(socket.ana, "Pictures")
    await socket.slack.select(socket.ana, form, "form_model", "google-upscaler")
    await socket.slack.wait_for(
        lambda: any(
            [o["value"] for o in block["element"]["options"]] == ["2", "4"]
            for block in form.blocks
            if block["type"] == "input" and block["element"]["action_id"] == "scale"
        )
    )


async def test_a_picture_comes_through_the_form(socket: World) -> None:
    await socket.slack.slash(socket.ana, socket.art, "/lumen")
    form = await socket.slack.wait_for_modal(socket.ana, "What you would like to see")
    await socket.slack.select(socket.ana, form, "form_capability", "Edit a picture")
    await socket.slack.wait_for_modal(socket.ana, "What should change")
    await socket.slack.submit_view(socket.ana, form, {"prompt": "make it night", "files": [picture()]})
    await socket.result(socket.art, "make it night")
    assert isinstance((await socket.requests())[0].order, EditOrder)


async def test_a_bad_option_is_said_at_its_field_and_the_form_stays(world: World) -> None:
    await world.slack.slash(world.ana, world.art, "/lumen")
    form = await world.slack.wait_for_modal(world.ana, "What you would like to see")
    answer = await world.slack.submit_view(world.ana, form, {"prompt": "a fox", "more": "--modle flux"})
    assert answer["response_action"] == "errors"
    assert "Did you mean --model?" in answer["errors"]["more-generate"]
    assert world.ana.modal is form
    await world.slack.submit_view(world.ana, form, {"more": "--seed 7"})
    await world.result(world.art)
    [request] = await world.requests()
    assert getattr(request.order, "seed", None) == 7


async def test_words_after_the_command_are_in_the_form_already(world: World) -> None:
    await world.slack.slash(world.ana, world.art, "/lumen", "a red fox in the snow")
    form = await world.slack.wait_for_modal(world.ana, "What you would like to see")
    assert form.state["prompt"]["prompt"]["value"] == "a red fox in the snow"


@pytest.mark.parametrize(
    ("callback_id", "label", "order"),
    [("edit_image", "What should change", EditOrder), ("upscale_image", "On the picture", UpscaleOrder)],
)
async def test_a_message_shortcut_works_on_that_messages_picture(
    world: World, callback_id: str, label: str, order: type
) -> None:
    said = await world.slack.say(world.boss, world.art, "our new shop", files=[picture()])
    await world.slack.shortcut(world.ana, said, callback_id)
    form = await world.slack.wait_for_modal(world.ana, label)
    await world.slack.submit_view(world.ana, form, {"prompt": "night"} if order is EditOrder else {})
    shown = await world.result(world.art)
    assert shown.thread_ts == said.ts
    assert isinstance((await world.requests())[0].order, order)


async def test_animate_image_opens_the_video_form(socket: World) -> None:
    said = await socket.slack.say(socket.boss, socket.art, "our new shop", files=[picture()])
    await socket.slack.shortcut(socket.ana, said, "animate_image")
    await socket.slack.wait_for_modal(socket.ana, "What should happen")


async def test_ask_about_this_takes_the_message_along(world: World) -> None:
    said = await world.slack.say(world.boss, world.art, "Rome was not built in a day")
    await world.slack.shortcut(world.ana, said, "ask_about")
    form = await world.slack.wait_for_modal(world.ana, "Your question")
    await world.slack.submit_view(world.ana, form, {"prompt": "who said that?"})
    answer = await world.art.wait_for(lambda m: m.is_bot and "charged" in m.rendered)
    assert answer.thread_ts == said.ts
    order = (await world.requests())[0].order
    assert isinstance(order, ChatOrder)
    assert "Rome was not built in a day" in order.prompt


async def test_a_shortcut_on_a_message_without_a_picture_says_so(world: World) -> None:
    said = await world.slack.say(world.boss, world.art, "no picture here")
    await world.slack.shortcut(world.ana, said, "edit_image")
    told = await world.art.wait_for_text("That message has no picture")
    assert told.ephemeral_to is world.ana


async def test_the_global_shortcut_posts_where_the_person_chooses(world: World) -> None:
    await world.slack.global_shortcut(world.ana, "create")
    form = await world.slack.wait_for_modal(world.ana, "Where to post it")
    await world.slack.submit_view(world.ana, form, {"prompt": "a red fox", "place": world.art})
    await world.result(world.art, "red fox")


async def test_without_a_place_the_result_comes_directly(socket: World) -> None:
    await socket.slack.global_shortcut(socket.ana, "create")
    form = await socket.slack.wait_for_modal(socket.ana, "Where to post it")
    await socket.slack.submit_view(socket.ana, form, {"prompt": "a red fox"})
    await socket.result(socket.slack.direct(socket.ana), "red fox")
