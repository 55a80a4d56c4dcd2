"""People ask in Slack: a real Bolt app on both transports, from the words to the picture in the thread."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.capability import Capability
from bot.core.request import EditOrder, State, UpscaleOrder, VideoOrder
from tests.fakes.slack_server.files import Upload
from tests.fakes.slack_world import TRANSPORTS, World, picture, slack_world

FAST = "--model seedream-4.5"


@pytest.fixture(params=TRANSPORTS)
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    async with slack_world(tmp_path, request.param) as world:
        yield world


@pytest.fixture
async def socket(tmp_path: Path) -> AsyncIterator[World]:
    async with slack_world(tmp_path) as world:
        yield world


async def test_a_mention_becomes_a_picture_in_its_thread(world: World) -> None:
    said = await world.slack.mention(world.ana, world.art, f"/generate a red fox {FAST}")
    shown = await world.result(world.art, "red fox")
    assert shown.thread_ts == said.ts
    assert shown.files[0].mimetype == "image/png"
    assert "seedream-4.5 · charged $0.04" in shown.rendered
    await world.stack.settled()
    [request] = await world.requests()
    assert request.charged == 40_000
    assert request.delivery["ts"] == shown.ts


async def test_the_promise_goes_when_the_result_stands(world: World) -> None:
    said = await world.slack.mention(world.ana, world.art, f"/generate a red fox {FAST}")
    await world.result(world.art)
    await world.stack.settled()
    assert [m for m in said.replies if not m.files] == []


async def test_a_command_posts_its_result_under_the_message_that_promised_it(world: World) -> None:
    sent = await world.slack.slash(world.ana, world.art, "/lumen", f"generate a red fox {FAST}")
    assert await sent.acked() is None
    shown = await world.result(world.art, "red fox")
    root = world.art.find(shown.thread_ts or "")
    assert root is not None
    await world.art.wait_for(lambda m: m is root and "is ready: see it" in m.rendered)


async def test_a_mention_in_a_thread_edits_the_picture_that_hangs_there(world: World) -> None:
    root = await world.slack.say(world.ana, world.art, "our new shop", files=[picture()])
    await world.slack.mention(world.ana, world.art, "/edit make it night", thread_ts=root)
    shown = await world.result(world.art, "make it night")
    assert shown.thread_ts == root.ts
    [request] = await world.requests()
    assert isinstance(request.order, EditOrder)
    assert request.order.prompt == "make it night"


async def test_files_that_slack_left_out_of_a_mention_are_looked_up(world: World) -> None:
    await world.slack.mention(
        world.ana, world.art, "/upscale --scale 2", files=[picture()], mention_files=False
    )
    await world.result(world.art)
    [request] = await world.requests()
    assert isinstance(request.order, UpscaleOrder)
    assert request.order.image.width == 96


async def test_a_picture_without_words_asks_with_three_buttons(world: World) -> None:
    said = await world.slack.mention(world.ana, world.art, "", files=[picture()])
    asked = await world.art.wait_for_text("What should I do with the picture")
    assert asked.thread_ts == said.ts
    for label in ("Edit it", "Enlarge it", "Ask about it"):
        assert label in asked.rendered
    await world.slack.click(world.ana, asked, "Edit it")
    form = await world.slack.wait_for_modal(world.ana, "What should change")
    await world.slack.submit_view(world.ana, form, {"prompt": "make it night"})
    await world.result(world.art, "make it night")


async def test_only_the_sender_of_a_picture_chooses_what_becomes_of_it(socket: World) -> None:
    await socket.slack.mention(socket.ana, socket.art, "", files=[picture()])
    asked = await socket.art.wait_for_text("What should I do with the picture")
    await socket.slack.click(socket.boss, asked, "Enlarge it")
    told = await socket.art.wait_for_text("Only the person who sent the picture")
    assert told.ephemeral_to is socket.boss
    assert await socket.requests() == []


async def test_a_direct_message_with_a_picture_and_no_words_asks_too(world: World) -> None:
    await world.slack.dm(world.ana, "", files=[picture()])
    direct = world.slack.direct(world.ana)
    asked = await direct.wait_for_text("What should I do with the picture")
    await world.slack.click(world.ana, asked, "Enlarge it")
    await world.result(direct)


async def test_plain_talk_is_a_chat_that_remembers_its_thread(world: World) -> None:
    said = await world.slack.mention(world.ana, world.art, "what is a fox? -- really")
    answer = await world.art.wait_for(lambda m: m.is_bot and "charged" in m.rendered)
    assert answer.thread_ts == said.ts
    assert not answer.streaming
    await world.slack.mention(world.ana, world.art, "help me say that in one line", thread_ts=said)
    await world.art.wait_for(lambda m: m.is_bot and m is not answer and "charged" in m.rendered)
    first = (await world.requests())[1]
    assert first.order.prompt == "what is a fox? -- really"
    await world.slack.mention(world.ana, world.art, "/forget", thread_ts=said)
    forgotten = await world.art.wait_for_text("Forgotten: 4 messages")
    assert forgotten.ephemeral_to is world.ana


async def test_an_answer_streams_and_ends_with_its_receipt_and_thumbs(world: World) -> None:
    world.stack.sandbox.set(chat_chunk_seconds=0.1)
    await world.slack.mention(world.ana, world.art, "tell me about foxes")
    answer = await world.art.wait_for(lambda m: m.is_bot and "charged" in m.rendered, 20)
    await world.stack.settled()
    started = [call for call in world.slack.calls_of("chat.startStream") if not call.error]
    assert [call.answer["ts"] for call in started] == [answer.ts]
    assert len(world.slack.calls_of("chat.stopStream")) == 1
    [request] = await world.requests()
    assert answer.text == request.text
    await (await world.slack.feedback(world.ana, answer, good=True)).acked()


async def test_a_video_is_made_from_a_picture_with_progress_and_a_cancel_button(socket: World) -> None:
    socket.stack.sandbox.set(video_seconds=1.0)
    await socket.slack.mention(
        socket.ana, socket.art, "/video the leaves fall --model kling-v3 --seconds 3", files=[picture()]
    )
    await socket.art.wait_for(lambda m: m.is_bot and "Filming your video" in m.rendered)
    shown = await socket.result(socket.art, "the leaves fall", timeout=40)
    assert shown.files[0].mimetype == "video/mp4"
    [request] = await socket.requests()
    assert isinstance(request.order, VideoOrder)
    assert len(request.order.references) == 1


@pytest.mark.parametrize(("words", "pictures"), [("video waves", 0), ("animate the leaves fall", 1)])
async def test_a_video_takes_the_threads_picture_only_when_it_is_meant(
    socket: World, words: str, pictures: int
) -> None:
    root = await socket.slack.say(socket.ana, socket.art, "our new shop", files=[picture()])
    await socket.slack.mention(
        socket.ana, socket.art, f"/{words} --model kling-v3 --seconds 3", thread_ts=root
    )
    await socket.art.wait_for_text("Filming your video")
    order = (await socket.requests())[0].order
    assert isinstance(order, VideoOrder)
    assert len(order.references) == pictures


async def test_a_running_video_is_cancelled_by_its_button(socket: World) -> None:
    socket.stack.sandbox.set(video_seconds=60.0)
    await socket.slack.mention(socket.ana, socket.art, "/video waves --model kling-v3 --seconds 3")
    promise = await socket.art.wait_for(lambda m: m.is_bot and "Filming your video" in m.rendered)
    await socket.slack.click(socket.ana, promise, "Cancel")
    await socket.art.wait_for(lambda m: m is promise and "cancelled" in m.rendered, 30)
    assert "Nothing was charged" in promise.rendered


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("estimate generate a red fox --model seedream-4.5", "$0.04"),
        ("compare a red fox --models seedream-4.5,flux.2-pro", "`seedream-4.5` – $0.04"),
        ("models upscale", "real-esrgan"),
        ("balance", "You have no budget limit here"),
        ("history", "Nothing yet"),
        ("cancel", "Nothing of yours is running"),
        ("help", "generate a red fox"),
    ],
)
async def test_every_question_is_answered_in_a_mention_and_in_a_command(
    socket: World, text: str, shown: str
) -> None:
    await socket.slack.mention(socket.ana, socket.art, f"/{text}")
    await socket.art.wait_for(lambda m: m.is_bot and shown in m.rendered)
    before = len(socket.art.messages)
    await socket.slack.slash(socket.ana, socket.art, "/lumen", text)
    answer = await socket.art.wait_for(
        lambda m: m.is_bot and shown in m.rendered and m in socket.art.messages[before:]
    )
    assert answer.ephemeral_to is socket.ana
    assert await socket.requests() == []


async def test_words_that_only_look_like_verbs_are_talk(socket: World) -> None:
    await socket.slack.mention(socket.ana, socket.art, "history of Rome, please")
    await socket.art.wait_for(lambda m: m.is_bot and "charged" in m.rendered)
    [request] = await socket.requests()
    assert request.capability is Capability.CHAT


async def test_a_bad_option_is_refused_for_the_askers_eyes_only(world: World) -> None:
    await world.slack.mention(world.ana, world.art, "/generate a fox --modle flux")
    refused = await world.art.wait_for_text("Did you mean --model?")
    assert refused.ephemeral_to is world.ana
    assert refused.thread_ts is None, "the person has no thread open, so it is said in the channel"
    assert await world.requests() == []


async def test_a_command_cannot_carry_a_picture_and_says_what_can(world: World) -> None:
    await world.slack.slash(world.ana, world.art, "/lumen", "edit make it night")
    refused = await world.art.wait_for_text("commands in Slack cannot include pictures")
    assert refused.ephemeral_to is world.ana


async def test_a_command_in_a_direct_message_works(world: World) -> None:
    direct = world.slack.direct(world.ana)
    await world.slack.slash(world.ana, direct, "/lumen", f"generate a red fox {FAST}")
    await world.result(direct, "red fox")


async def test_a_chat_by_command_gets_a_thread_of_its_own(world: World) -> None:
    await world.slack.slash(world.ana, world.art, "/lumen", "chat what is a fox?")
    root = await world.art.wait_for_text("asks:")
    answer = await world.art.wait_for(lambda m: m.is_bot and "charged" in m.rendered)
    assert answer.thread_ts == root.ts


async def test_a_failure_says_that_nothing_was_charged_and_can_be_tried_again(socket: World) -> None:
    socket.stack.sandbox.fail("content_policy")
    await socket.slack.mention(socket.ana, socket.art, f"/generate a fox {FAST}")
    failed = await socket.art.wait_for(lambda m: m.is_bot and "failed" in m.rendered, 20)
    assert "Nothing was charged" in failed.rendered
    await socket.stack.settled()
    [request] = await socket.requests()
    assert request.state is State.FAILED
    await socket.slack.click(socket.ana, failed, "Try again")
    await socket.result(socket.art)


async def test_nobody_is_told_that_a_price_was_free_when_its_question_may_have_run(socket: World) -> None:
    socket.stack.sandbox.fail("no_estimated", dry_run=True, times=None)
    await socket.slack.slash(socket.ana, socket.art, "/lumen", f"estimate generate a red fox {FAST}")
    told = await socket.art.wait_for_text("may have run")
    assert told.ephemeral_to is socket.ana
    assert "Nothing was charged" not in told.rendered


async def test_several_pictures_come_in_one_message_with_a_menu(socket: World) -> None:
    await socket.slack.mention(socket.ana, socket.art, f"/generate a red fox --n 2 {FAST}")
    shown = await socket.result(socket.art, "red fox")
    assert len(shown.files) == 2
    await socket.slack.select(socket.ana, shown, "pick", "Upscale picture 2")
    larger = await socket.art.wait_for(lambda m: m.is_bot and "*Upscale* p" in m.rendered and m.files)
    assert larger.thread_ts == shown.thread_ts


async def test_webp_results_are_converted_because_slack_cannot_show_them(socket: World) -> None:
    await socket.slack.mention(socket.ana, socket.art, f"/generate a red fox --format webp {FAST}")
    shown = await socket.result(socket.art, "red fox")
    assert shown.files[0].mimetype == "image/jpeg"
    assert shown.files[0].head.startswith(b"\xff\xd8")
    assert "Converted from webp" in shown.rendered


async def test_a_heic_photo_from_a_phone_is_understood(socket: World) -> None:
    heif = pytest.importorskip("pillow_heif", reason="HEIC needs the heic extra")
    heif.register_heif_opener()
    photo = picture("IMG_0001.HEIC", "HEIF")
    await socket.slack.mention(socket.ana, socket.art, "/edit make it night", files=[photo])
    await socket.result(socket.art, "make it night")


async def test_a_file_that_is_no_picture_is_refused_in_words(socket: World) -> None:
    broken = Upload(name="photo.png", content=b"this is not a picture at all")
    await socket.slack.mention(socket.ana, socket.art, "/edit make it night", files=[broken])
    refused = await socket.art.wait_for_text("not a picture that I can read")
    assert refused.ephemeral_to is socket.ana
