"""Twenty incidents of other Slack bots, and that ours does not have them.

Each test fails when the counter-measure named in its docstring is taken away.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from adapters.composition import Core
from adapters.slack.app import SlackApp
from adapters.slack.delivery import attachments
from bot.core.money import Micros
from bot.core.request import ChatOrder, State
from tests.fakes.sandbox import running_sandbox
from tests.fakes.slack_server.server import SlackServer
from tests.fakes.slack_server.state import SUBSCRIPTIONS, App, Timings
from tests.fakes.slack_world import World, adapter_running, credentials, slack_world
from tests.fakes.stack import running_stack

FOX = "/generate a red fox --model seedream-4.5"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with slack_world(tmp_path) as world:
        yield world


# 1 · redelivery


async def test_01_a_redelivery_is_the_same_request_even_after_a_restart(tmp_path: Path) -> None:
    """Keys in the database, kept after the act is done; the retry header is not asked."""
    async with running_sandbox() as sandbox, await SlackServer.start() as slack:
        team = slack.add_team("acme")
        ana = slack.user(team, "ana")
        art = slack.channel(team, "art", members=[ana])
        async with adapter_running(slack, tmp_path, "socket", team=team, sandbox=sandbox) as (stack, _, _):
            said = await slack.mention(ana, art, FOX)
            sent = await slack.slash(ana, art, "/lumen", FOX)
            await slack.wait_for(lambda: len([m for m in art.messages if m.files]) == 2, 20)
            slack.redeliver(said.deliveries[0])
            slack.redeliver(sent)
            await said.deliveries[0].all_acked(2)
            await stack.settled()
        opened = slack.sockets.opened
        async with adapter_running(slack, tmp_path, "socket", team=team, sandbox=sandbox) as (stack, _, _):
            await slack.wait_for(lambda: slack.sockets.opened > opened)
            shown = next(m for m in art.messages if m.files)
            slack.redeliver(said.deliveries[0], number=2)
            slack.redeliver(sent)
            await said.deliveries[0].all_acked(3)
            pressed = await slack.select(ana, shown, "pick_more", "Again")
            assert pressed
            await slack.wait_for(lambda: len([m for m in art.messages if m.files]) == 3, 20)
            slack.redeliver(pressed)
            await pressed.all_acked(2)
            await stack.settled()
            assert len(await stack.core.store.history(f"slack:{team.id}", limit=50)) == 3
        assert len([m for m in art.messages if m.files]) == 3


async def test_01_a_redelivered_question_is_answered_once(world: World) -> None:
    """The inbox: what costs nothing and has no row of its own is not done twice either."""
    said = await world.slack.mention(world.ana, world.art, "help")
    await world.art.wait_for_text("generate a red fox")
    world.slack.redeliver(said.deliveries[0])
    world.slack.deliver(said.deliveries[0], copies=3)
    await said.deliveries[0].all_acked(2)
    await world.slack.all_acked()
    await world.slack.mention(world.ana, world.art, "/balance")
    await world.art.wait_for_text("You have no budget limit here")
    assert len([m for m in world.art.bot_messages if "generate a red fox" in m.rendered]) == 1


class _FullDisk:
    """An inbox whose disk is full the first times; then the real one."""

    def __init__(self, real: Any, failures: int) -> None:
        self.real, self.failures = real, failures

    async def inbox_put(self, source: str, key: str, payload: Mapping[str, Any]) -> bool:
        if self.failures:
            self.failures -= 1
            raise OSError("no space left on device")
        return await self.real.inbox_put(source, key, payload)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


async def test_01_what_could_not_be_kept_is_not_acknowledged_and_comes_again(tmp_path: Path) -> None:
    """Persisting before the acknowledgement: without it the event would be gone."""
    timings = Timings(ack_timeout=0.5, retry_delays=(0.0, 0.1, 0.1))
    async with await SlackServer.start(timings=timings) as slack:
        team = slack.add_team("acme")
        ana = slack.user(team, "ana")
        art = slack.channel(team, "art", members=[ana])

        def build(core: Core) -> SlackApp:
            core.service.inbox = _FullDisk(core.service.inbox, failures=2)
            return SlackApp(
                service=core.service,
                talk=core.talk,
                admin=core.admin,
                settings=core.settings,
                clock=core.clock,
                sockets=1,
            )

        async with running_stack(tmp_path, adapters=[build], **credentials(slack, team, "socket")):
            said = await slack.mention(ana, art, FOX)
            await art.wait_for(lambda m: m.files, 20)
            assert [attempt.ok for attempt in said.deliveries[0].attempts] == [False, False, True]
        assert slack.violations == []


# 2 · the same words as two events


async def test_02_a_mention_that_also_comes_as_a_message_runs_once(tmp_path: Path) -> None:
    """One key per (channel, ts); messages of channels are left to the mention."""
    listening = App(subscriptions=SUBSCRIPTIONS | {"message.channels"})
    async with await SlackServer.start(app=listening) as slack:
        team = slack.add_team("acme")
        ana = slack.user(team, "ana")
        art = slack.channel(team, "art", members=[ana])
        async with adapter_running(slack, tmp_path, "socket", team=team) as (stack, _, _):
            said = await slack.mention(ana, art, FOX)
            assert len(said.deliveries) == 2
            direct = await slack.dm(ana, f"{team.bot.mention} {FOX}")
            event = {"type": "app_mention", "user": ana.id, "text": direct.text, "ts": direct.ts}
            event |= {"channel": direct.channel.id, "event_ts": direct.ts}
            await slack.event(team, event, direct.channel)
            await art.wait_for(lambda m: m.files, 20)
            await direct.channel.wait_for(lambda m: m.files, 20)
            await slack.all_acked()
            await stack.settled()
            assert len(await stack.core.store.history(f"slack:{team.id}", limit=50)) == 2


# 3 · loops


async def test_03_bots_and_edits_start_nothing(tmp_path: Path) -> None:
    """Self filter, bot_id, hidden, message_changed, USLACKBOT: none of them spends."""
    listening = App(subscriptions=SUBSCRIPTIONS | {"message.channels"})
    async with await SlackServer.start(app=listening) as slack:
        team = slack.add_team("acme")
        ana, other = slack.user(team, "ana"), slack.user(team, "parrot", other_bot=True)
        art = slack.channel(team, "art", members=[ana, other])
        async with adapter_running(slack, tmp_path, "socket", team=team) as (stack, _, _):
            await slack.bot_message(other, art, f"{team.bot.mention} {FOX}")
            said = await slack.say(ana, art, "hello")
            await slack.edit_message(said, f"{team.bot.mention} {FOX}")
            direct = await slack.dm(ana, "/balance")
            await direct.channel.wait_for_text("no budget limit")
            await slack.edit_message(direct, FOX)
            await slack.delete_message(direct)
            notice = {"type": "message", "user": "USLACKBOT", "text": FOX, "ts": "3.3", "event_ts": "3.3"}
            notice |= {"channel": direct.channel.id, "channel_type": "im"}
            await slack.event(team, notice, direct.channel)
            await slack.all_acked()
            await asyncio.sleep(0.2)
            assert await stack.core.store.history(f"slack:{team.id}", limit=50) == []


# 4 · pictures without words: test_slack_asking


# 5 · permissions


async def test_05_a_missing_permission_is_named_and_the_result_comes_by_link(tmp_path: Path) -> None:
    """`needed` of missing_scope, and a link instead of a lost result."""
    async with await SlackServer.start() as slack:
        team = slack.add_team("acme", scopes=slack.app.scopes - {"files:write"})
        ana = slack.user(team, "ana")
        art = slack.channel(team, "art", members=[ana])
        async with adapter_running(slack, tmp_path, "socket", team=team) as (stack, _, _):
            await slack.mention(ana, art, FOX)
            shown = await art.wait_for_text("lacks a permission", 20)
            assert "reinstalling" in shown.rendered
            assert "/media/" in shown.rendered or "http" in shown.rendered
            await stack.settled()
            [request] = await stack.core.store.history(f"slack:{team.id}")
            assert request.state is State.DELIVERED
        assert slack.violations == []


# 6 · not in the channel


async def test_06_a_result_for_a_closed_channel_comes_directly_and_says_invite(world: World) -> None:
    """response_url for the words, a direct message for the file."""
    cipher = world.slack.channel(world.team, "cipher", members=[world.ana], kind="group", bot=False)
    await world.slack.slash(world.ana, cipher, "/lumen", FOX)
    told = await cipher.wait_for_text("/invite")
    assert told.ephemeral_to is world.ana
    shown = await world.result(world.slack.direct(world.ana), "red fox")
    await world.stack.settled()
    assert [m.ephemeral_to for m in cipher.messages] == [world.ana] * len(cipher.messages)
    assert (await world.requests())[0].delivery["ts"] == shown.ts


async def test_06_a_bot_that_was_thrown_out_meanwhile_delivers_directly(world: World) -> None:
    """The fallback at the share, not only at the promise."""
    world.slack.hold_shares = False
    said = await world.slack.mention(world.ana, world.art, "/video waves --model kling-v3 --seconds 3")
    world.stack.sandbox.set(video_seconds=0.5)
    await world.art.wait_for_text("Filming your video")
    world.art.members.remove(world.team.bot)
    film = await world.result(world.slack.direct(world.ana), timeout=60)
    assert film.files[0].mimetype == "video/mp4"
    assert "/invite" in film.rendered
    assert said.ts


# 7 · uploaded is not shared


async def test_07_delivered_means_seen(world: World) -> None:
    """Waiting for the share, with its timestamp."""
    world.slack.hold_shares = True
    await world.slack.mention(world.ana, world.art, FOX)
    await world.slack.wait_for(lambda: world.slack.calls_of("files.info"), 20)
    assert (await world.requests())[0].state is State.SETTLED
    world.slack.release_shares()
    shown = await world.result(world.art)
    await world.stack.settled()
    assert (await world.requests())[0].delivery["ts"] == shown.ts


async def test_07_what_slack_never_shows_comes_by_link(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The deadline, and a link that keeps the charge honest."""
    monkeypatch.setattr(attachments, "IMAGE_WAIT_S", 0.5)
    world.slack.hold_shares = True
    await world.slack.mention(world.ana, world.art, FOX)
    shown = await world.art.wait_for_text("has not shown the file yet", 20)
    assert "charged $0.04" in shown.rendered
    assert "http" in shown.rendered


async def test_07_a_stop_does_not_wait_for_a_share_and_the_next_start_does(tmp_path: Path) -> None:
    """Nothing is under way that cannot be taken up again, so the stop is short; shared once all the same."""
    async with await SlackServer.start() as slack, running_sandbox() as sandbox:
        team = slack.add_team("acme")
        ana = slack.user(team, "ana")
        art = slack.channel(team, "art", members=[ana])
        slack.hold_shares = True
        asked: dict[str, Any] = {"team": team, "sandbox": sandbox, "drain_s": 120}
        async with asyncio.timeout(60):
            async with adapter_running(slack, tmp_path, "socket", **asked):
                await slack.mention(ana, art, FOX)
                await slack.wait_for(lambda: len(slack.calls_of("files.info")) > 2, 20)
                stopping = asyncio.get_running_loop().time()
        assert asyncio.get_running_loop().time() - stopping < 15
        opened = slack.sockets.opened
        async with adapter_running(slack, tmp_path, "socket", **asked) as (stack, _, _):
            await slack.wait_for(lambda: slack.sockets.opened > opened)
            slack.release_shares()
            shown = await art.wait_for(lambda m: m.is_bot and bool(m.files), 30)
            await stack.settled()
            row = (await stack.core.store.history(f"slack:{team.id}", limit=5))[0]
        assert (row.state, row.delivery["ts"]) == (State.DELIVERED, shown.ts)
        assert len(slack.calls_of("files.completeUploadExternal")) == 1


# 8 · expired triggers


async def test_08_a_dead_trigger_offers_the_form_again(world: World) -> None:
    """`expired_trigger_id` ends in a button, not in silence."""
    world.slack.fail("views.open", "expired_trigger_id")
    await world.slack.slash(world.ana, world.art, "/lumen", "a red fox in the snow")
    offer = await world.art.wait_for_text("Open form")
    assert offer.ephemeral_to is world.ana
    await world.slack.click(world.ana, offer, "Open form")
    form = await world.slack.wait_for_modal(world.ana, "What you would like to see")
    assert form.state["prompt"]["prompt"]["value"] == "a red fox in the snow"


# 9 · threads


async def test_09_a_reply_is_answered_under_its_parent(world: World) -> None:
    """`thread_ts or ts`, and ephemerals in the thread only where it is open."""
    root = await world.slack.say(world.boss, world.art, "ideas?")
    reply = await world.slack.mention(world.ana, world.art, FOX, thread_ts=root)
    shown = await world.result(world.art)
    assert shown.thread_ts == root.ts != reply.ts
    await world.slack.mention(world.ana, world.art, "/generate x --modle y", thread_ts=root)
    told = await world.art.wait_for_text("Did you mean")
    assert told.thread_ts == root.ts


# 10 · response_url


async def test_10_a_dead_response_url_falls_back_to_an_ephemeral(world: World) -> None:
    """The status of response_url is looked at; it never raises."""
    world.slack.fail("response_url", status=404)
    await world.slack.slash(world.ana, world.art, "/lumen", "balance")
    told = await world.art.wait_for_text("You have no budget limit here")
    assert told.ephemeral_to is world.ana
    assert len(world.slack.calls_of("chat.postEphemeral")) == 1


async def test_10_and_then_to_a_direct_message(world: World) -> None:
    """The end of the chain."""
    world.slack.fail("response_url", status=404)
    cipher = world.slack.channel(world.team, "cipher", members=[world.ana], kind="group", bot=False)
    await world.slack.slash(world.ana, cipher, "/lumen", "balance")
    await world.slack.direct(world.ana).wait_for_text("You have no budget limit here")


async def test_10_a_result_after_thirty_minutes_still_arrives(world: World) -> None:
    """Results never depend on a response_url."""
    world.stack.sandbox.set(video_seconds=1.0)
    await world.slack.slash(world.ana, world.art, "/lumen", "video waves --model kling-v3 --seconds 3")
    await world.art.wait_for_text("Filming your video")
    world.slack.clock.advance(1801)
    await world.result(world.art, timeout=40)


# 11 · streams that die


async def test_11_an_answer_longer_than_its_stream_is_finished_by_editing(world: World) -> None:
    """A dead stream's message is an ordinary one."""
    world.stack.sandbox.set(chat_chunk_seconds=0.15)
    await world.slack.mention(world.ana, world.art, "tell me about foxes")
    answer = await world.art.wait_for(lambda m: m.streaming, 10)
    world.slack.clock.advance(301)
    await world.art.wait_for(lambda m: m is answer and "charged" in m.rendered, 30)
    await world.stack.settled()
    [request] = await world.requests()
    assert request.text.split()[-1].strip("*()") in answer.rendered
    assert len([m for m in world.art.bot_messages if "charged" in m.rendered]) == 1


async def test_11_stopping_the_stream_stops_the_request(world: World) -> None:
    """stopped_by_user is a wish."""
    world.stack.sandbox.set(chat_chunk_seconds=0.3)
    await world.slack.mention(world.ana, world.art, "tell me about foxes")
    answer = await world.art.wait_for(lambda m: m.streaming, 10)
    await world.slack.stop_stream(answer)
    await world.art.wait_for(lambda m: m is answer and "charged" in m.rendered.lower(), 30)
    await world.stack.settled()
    [request] = await world.requests()
    assert request.cancel_requested


async def test_11_an_answer_that_breaks_off_ends_its_stream_and_says_so(world: World) -> None:
    """A stream is stopped before its message is edited."""
    world.stack.sandbox.set(chat_chunk_seconds=0.3)
    world.stack.sandbox.fail("sse_error", chunks=6)
    await world.slack.mention(world.ana, world.art, "tell me about foxes")
    answer = await world.art.wait_for(lambda m: m.streaming, 10)
    await world.art.wait_for(lambda m: m is answer and "The answer broke off" in m.rendered, 30)
    assert not answer.streaming
    await world.stack.settled()
    assert len([m for m in world.art.bot_messages if "The answer broke off" in m.rendered]) == 1


async def test_11_progress_is_paced(world: World) -> None:
    """At most one edit every three seconds, however often the worker reports."""
    world.stack.sandbox.set(video_seconds=7.0)
    await world.slack.mention(world.ana, world.art, "/video waves --model kling-v3 --seconds 3")
    await world.result(world.art, timeout=60)
    at = [call.at for call in world.slack.calls_of("chat.update")]
    assert at, "there was progress"
    assert all(later - earlier >= 2.9 for earlier, later in itertools.pairwise(at))


# 12 · large files: also test_slack_large


async def test_12_a_file_the_workspace_does_not_take_comes_by_link(world: World) -> None:
    """The admin's limit is named, the result is not lost."""
    world.team.max_upload = 100
    await world.slack.mention(world.ana, world.art, FOX)
    shown = await world.art.wait_for_text("limits the size of files", 20)
    assert "http" in shown.rendered
    await world.stack.settled()
    assert (await world.requests())[0].state is State.DELIVERED


# 13 · rate limits


async def test_13_a_storm_in_one_channel_passes_at_slacks_pace(world: World) -> None:
    """One lane per channel, 429 obeyed: everything arrives, once."""
    world.slack.limits.enforced = True
    world.slack.limits.tiers["chat.delete"] = 8
    for number in range(10):
        await world.slack.mention(world.ana, world.art, f"/generate fox {number} --model seedream-4.5")
    await world.slack.wait_for(lambda: len([m for m in world.art.messages if m.files]) == 10, 60)
    prompts = {request.order.prompt for request in await world.requests()}
    assert prompts == {f"fox {number}" for number in range(10)}
    posts = [call for call in world.slack.calls_of("chat.postMessage") if call.error == "ratelimited"]
    assert len(posts) <= 2, "the lane keeps us within the limit, Slack's 429 is the exception"


async def test_13_a_429_is_waited_for(world: World) -> None:
    """Retry-After."""
    world.slack.fail("chat.postMessage", "ratelimited", retry_after=1, times=2)
    await world.slack.mention(world.ana, world.art, "help")
    await world.art.wait_for_text("generate a red fox", 10)
    calls = world.slack.calls_of("chat.postMessage")
    assert [call.error for call in calls] == ["ratelimited", "ratelimited", None]
    assert calls[2].at - calls[0].at >= 1.9


async def test_13_a_share_whose_answer_was_lost_is_not_shared_twice(world: World) -> None:
    """Look before posting: Slack did it and then failed to say so."""
    world.slack.fail("files.completeUploadExternal", reset=True, after=True)
    await world.slack.mention(world.ana, world.art, FOX)
    await world.result(world.art)
    await world.stack.settled()
    assert len([m for m in world.art.messages if m.files]) == 1
    assert len(world.slack.calls_of("files.completeUploadExternal")) == 1
    assert (await world.requests())[0].state is State.DELIVERED


@pytest.mark.parametrize("method", ["chat.postMessage", "chat.startStream"])
async def test_13_an_answer_of_which_slack_did_not_tell_is_not_posted_twice(
    world: World, method: str
) -> None:
    """It is named in its metadata; a stream is known by its text."""
    world.stack.sandbox.set(chat_chunk_seconds=0.1 if method == "chat.startStream" else 0.0)
    lost = world.slack.fail(method, reset=True, after=True)
    await world.slack.mention(world.ana, world.art, "tell me about foxes")
    await world.art.wait_for(lambda m: m.is_bot and "charged" in m.rendered, 20)
    await world.stack.settled()
    assert lost.hits == 1
    assert len(world.art.bot_messages) == 1
    assert len(await world.requests()) == 1


# 14 · two presses: also test_slack_money (two admins)


async def test_14_two_presses_on_a_price_run_it_once(world: World) -> None:
    """The state in the row decides."""
    await world.policy(threshold=Micros(10_000))
    await world.slack.mention(world.ana, world.art, FOX)
    asked = await world.art.wait_for_text("would cost $0.04")
    await asyncio.gather(*(world.slack.click(world.ana, asked, "Run it for $0.04") for _ in range(3)))
    await world.result(world.art)
    await world.stack.settled()
    assert len([m for m in world.art.messages if m.files]) == 1
    assert (await world.requests())[0].charged == 40_000


# 15 · someone else's button: test_slack_money, test_slack_buttons


# 16 · other organisations


async def test_16_people_of_other_organisations_are_refused(world: World) -> None:
    """Home team and is_stranger, whatever the way in."""
    shared = world.slack.channel(world.team, "shared", members=[world.ana], shared=True)
    guest = world.slack.user(world.team, "gus", external=True)
    shared.members.append(guest)
    await world.slack.mention(guest, shared, FOX)
    told = await shared.wait_for_text("another organisation")
    assert told.ephemeral_to is guest
    await world.slack.mention(world.ana, shared, FOX)
    shown = await world.result(shared)
    await world.press(guest, shown, "Again")
    await shared.wait_for(lambda m: m is not told and "another organisation" in m.rendered)
    await world.stack.settled()
    assert len(await world.requests()) == 1


async def test_16_unless_the_operator_serves_them(tmp_path: Path) -> None:
    """SLACK_ALLOW_EXTERNAL."""
    async with slack_world(tmp_path, slack_allow_external=True) as world:
        guest = world.slack.user(world.team, "gus", external=True)
        world.art.members.append(guest)
        await world.slack.mention(guest, world.art, FOX)
        await world.result(world.art)


async def test_16_an_organisations_budgets_are_the_organisations(tmp_path: Path) -> None:
    """The enterprise id is the tenant, not the workspace's."""
    async with await SlackServer.start() as slack:
        team = slack.add_team("acme", enterprise_id="E000000001")
        ana = slack.user(team, "ana")
        art = slack.channel(team, "art", members=[ana])
        async with adapter_running(slack, tmp_path, "socket", team=team) as (stack, _, _):
            await slack.mention(ana, art, FOX)
            await art.wait_for(lambda m: m.files, 20)
            [request] = await stack.core.store.history("slack:E000000001")
            assert request.actor.person == f"slack:{ana.id}"


# 17 · uninstalled


async def test_17_an_uninstalled_app_stops_its_work_and_stops_knocking(world: World) -> None:
    """Tokens forgotten, requests cancelled, no loop of dead calls."""
    world.stack.sandbox.set(video_seconds=30.0)
    await world.slack.mention(world.ana, world.art, "/video waves --model kling-v3 --seconds 3")
    await world.art.wait_for_text("Filming your video")
    await world.slack.uninstall(world.team)
    await world.stack.settled()
    [request] = await world.requests()
    assert request.state is State.CANCELLED
    assert not await world.app.ready()
    calls = len(world.slack.calls)
    await asyncio.sleep(0.5)
    assert len(world.slack.calls) == calls


async def test_17_a_token_found_dead_is_not_tried_again(world: World) -> None:
    """account_inactive marks the installation; what was paid for already is charged, and said to be lost."""
    world.slack.hold_shares = True
    await world.slack.mention(world.ana, world.art, FOX)
    await world.slack.wait_for(lambda: world.slack.calls_of("files.info"), 20)
    world.slack.grants[world.team.token].dead = "account_inactive"
    await world.stack.settled(20)
    assert len([call for call in world.slack.calls if call.error == "account_inactive"]) == 1
    [request] = await world.requests()
    assert request.failure is not None
    assert request.failure.code == "undeliverable"
    assert request.charged


# 18 · echoes


async def test_18_nobody_makes_the_bot_shout(world: World) -> None:
    """Words of people and of models are escaped and cut."""
    shout = "<!channel> <!here> <@U000000001> & <https://evil.example|click> *bold* " + "very long " * 300
    await world.slack.mention(world.ana, world.art, f"/generate {shout} --model seedream-4.5")
    shown = await world.result(world.art)
    said = str(shown.blocks)
    assert "@channel @here" in said
    assert "<!channel>" not in said
    assert "<@U000000001>" not in said
    assert len(shown.blocks[0]["text"]["text"]) <= 3000
    assert len(shown.files[0].alt_txt or "") <= 1000


async def test_18_a_models_answer_does_not_shout_either(world: World) -> None:
    """Markdown of a model, streamed or whole."""
    world.stack.sandbox.set(chat_chunk_seconds=0.1)
    await world.slack.mention(world.ana, world.art, "repeat <!channel> and <@U000000001> please")
    answer = await world.art.wait_for(lambda m: m.is_bot and "charged" in m.rendered, 30)
    assert isinstance((await world.requests())[0].order, ChatOrder)
    for text in (answer.text, str(answer.blocks), *answer.revisions):
        assert "<!channel>" not in text
        assert "<@U000000001>" not in text


# 19 · formats Slack cannot show: test_slack_asking (WebP, HEIC)


# 20 · health and deployments


async def test_20_ready_is_the_truth_about_the_socket(world: World) -> None:
    """is_connected is awaited."""
    assert await world.app.ready()
    world.slack.sockets.disabled = True
    await world.slack.sockets.drop()
    async with asyncio.timeout(10):
        while await world.app.ready():
            await asyncio.sleep(0.05)
    world.slack.violations.clear()


async def test_20_two_sockets_leave_no_gap_when_slack_refreshes_one(tmp_path: Path) -> None:
    """One stays while the other is renewed."""
    async with slack_world(tmp_path, sockets=2) as world:
        first = world.slack.sockets.open[0]
        await world.slack.sockets.disconnect("refresh_requested", first)
        said = await world.slack.mention(world.ana, world.art, "help")
        await world.art.wait_for_text("generate a red fox")
        assert len(said.deliveries[0].attempts) == 1
        await world.slack.wait_for(lambda: len(world.slack.sockets.usable) == 2, 20)


async def test_20_what_was_begun_is_finished_before_the_process_leaves(tmp_path: Path) -> None:
    """Own tasks, drained: answers that wait for their turn in a busy channel are still given."""
    async with await SlackServer.start() as slack:
        team = slack.add_team("acme")
        ana = slack.user(team, "ana")
        art = slack.channel(team, "art", members=[ana])
        async with adapter_running(slack, tmp_path, "socket", team=team, drain_s=20):
            for _ in range(8):
                await slack.mention(ana, art, "help")
            await slack.all_acked()
            await art.wait_for_text("generate a red fox")
        assert len([m for m in art.bot_messages if "generate a red fox" in m.rendered]) == 8
        assert slack.violations == []
