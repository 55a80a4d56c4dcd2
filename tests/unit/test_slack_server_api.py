"""The rules of our own Slack's Web API and file hosts: refusals, limits, lifetimes and planned trouble."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from tests.fakes.slack_fixtures import slack
from tests.fakes.slack_server.hooks import new_hook, new_trigger
from tests.fakes.slack_server.sample_bot import (
    MODAL,
    SKELETON,
    button,
    client_of,
    people,
    plain,
    refused,
)
from tests.fakes.slack_server.server import SlackServer

__all__ = ["slack"]


async def test_tokens_and_scopes(slack: SlackServer):
    team = slack.add_team("acme", scopes=frozenset({"chat:write"}))
    ana = slack.user(team, "ana")
    client = client_of(slack, team)
    answer = await client.auth_test()
    assert (answer["team_id"], answer["bot_id"]) == (team.id, team.bot.bot_id)
    assert answer.headers["x-oauth-scopes"] == "chat:write"
    missing = await refused(client.users_info(user=ana.id))
    assert (missing["error"], missing["needed"], missing["provided"]) == (
        "missing_scope",
        "users:read",
        "chat:write",
    )
    assert (await refused(client.conversations_open(users=ana.id)))["needed"] == "im:write"
    room = slack.channel(team, "secret", kind="group")
    assert (await refused(client.conversations_history(channel=room.id)))["needed"] == "groups:history"
    await slack.revoke_tokens(team)
    assert (await refused(client.auth_test()))["error"] == "token_revoked"
    slack.grant(team, {"chat:write"})
    await slack.uninstall(team)
    assert (await refused(client_of(slack, team).auth_test()))["error"] == "account_inactive"
    stranger = AsyncWebClient(base_url=slack.api_url, token="xoxb-unknown")
    assert (await refused(stranger.auth_test()))["error"] == "invalid_auth"


async def test_rooms_let_in_members_only(slack: SlackServer):
    team, ana, _ = people(slack)
    client = client_of(slack, team)
    open_room = slack.channel(team, "open", members=[ana], bot=False)
    closed = slack.channel(team, "closed", members=[ana], kind="group", bot=False)
    old = slack.channel(team, "old")
    old.is_archived = True
    for channel, error in (
        (open_room, "not_in_channel"),
        (closed, "channel_not_found"),
        (old, "is_archived"),
    ):
        assert (await refused(client.chat_postMessage(channel=channel.id, text="hi")))["error"] == error
    slack.grants[team.token].scopes |= {"chat:write.public", "channels:join"}
    await client.chat_postMessage(channel=open_room.id, text="hi")
    upload = client.files_upload_v2(channel=open_room.id, content=b"x", filename="x.txt")
    assert (await refused(upload))["error"] == "not_in_channel"
    await client.conversations_join(channel=open_room.id)
    bob = slack.user(team, "bob")
    ephemeral = client.chat_postEphemeral(channel=open_room.id, user=bob.id, text="psst")
    assert (await refused(ephemeral))["error"] == "user_not_in_channel"
    await client.chat_postMessage(channel=bob.id, text="a direct message")
    assert slack.direct(bob).bot_messages[0].text == "a direct message"


async def test_messages_change_keep_blocks_and_disappear(slack: SlackServer):
    team, ana, art = people(slack)
    client = client_of(slack, team)
    blocks = [{"type": "section", "text": plain("one")}]
    posted = await client.chat_postMessage(channel=art.id, text="one", blocks=blocks)
    ts = posted["ts"]
    await client.chat_update(channel=art.id, ts=ts, text="two")
    assert art.find(ts).rendered == "one"  # text alone leaves the blocks, which are what people see
    await client.chat_update(channel=art.id, ts=ts, text="two", blocks=[])
    assert art.find(ts).rendered == "two"
    assert art.find(ts).revisions == ["one", "one"]
    long = client.chat_update(channel=art.id, ts=ts, text="x" * 4001)
    assert (await refused(long))["error"] == "msg_too_long"
    said = await slack.say(ana, art, "mine")
    assert (await refused(client.chat_delete(channel=art.id, ts=said.ts)))["error"] == "cant_delete_message"
    await client.reactions_add(channel=art.id, timestamp=said.ts, name="eyes")
    again = client.reactions_add(channel=art.id, timestamp=said.ts, name="eyes")
    assert (await refused(again))["error"] == "already_reacted"
    await client.chat_delete(channel=art.id, ts=ts)
    assert (await refused(client.chat_update(channel=art.id, ts=ts, text="x")))[
        "error"
    ] == "message_not_found"
    silent = client.api_call("chat.postMessage", json={"channel": art.id})
    assert (await refused(silent))["error"] == "no_text"
    threaded = await client.chat_postMessage(channel=art.id, text="in thread", thread_ts=said.ts)
    replies = await client.conversations_replies(channel=art.id, ts=threaded["ts"])
    assert [m["text"] for m in replies["messages"]] == ["mine", "in thread"]
    history = await client.conversations_history(channel=art.id)
    assert [m["text"] for m in history["messages"]] == ["mine"]
    link = await client.chat_getPermalink(channel=art.id, message_ts=said.ts)
    assert link["permalink"].endswith(f"/archives/{art.id}/p{said.ts.replace('.', '')}")


async def test_what_breaks_block_kit_is_refused_and_recorded(slack: SlackServer):
    team, _, art = people(slack)
    client = client_of(slack, team)
    broken = {
        "3000": {"type": "section", "text": plain("x" * 3001)},
        "exactly one": {
            "type": "image",
            "alt_text": "a",
            "image_url": "http://x/y",
            "slack_file": {"id": "F1"},
        },
        "empty": {"type": "section", "text": {"type": "mrkdwn", "text": ""}},
        "appears 2 times": {"type": "actions", "elements": [button("A", "same"), button("B", "same")]},
        "25": {"type": "actions", "elements": [button("A", f"a{n}") for n in range(26)]},
        "unknown block type": {"type": "sektion"},
        "does not exist": {"type": "image", "alt_text": "a", "slack_file": {"id": "F404"}},
        "file_input": {"type": "actions", "elements": [{"type": "file_input", "action_id": "f"}]},
        "75": {"type": "actions", "elements": [button("x" * 76, "long")]},
        "Additional properties": {"type": "divider", "colour": "red"},
    }
    for complaint, block in broken.items():
        slack.violations.clear()
        answer = await refused(client.chat_postMessage(channel=art.id, text="t", blocks=[block]))
        assert answer["error"] == "invalid_blocks"
        assert any(complaint in v for v in slack.violations), (complaint, slack.violations)
    slack.violations.clear()
    many = [{"type": "divider"}] * 51
    assert (await refused(client.chat_postMessage(channel=art.id, text="t", blocks=many)))["error"]
    assert slack.violations == ["chat.postMessage: 51 blocks, 50 allowed in a message"]
    slack.violations.clear()
    heavy = [{"type": "markdown", "text": "x" * 6001}] * 2
    await refused(client.chat_postMessage(channel=art.id, text="t", blocks=heavy))
    assert "12000 allowed" in slack.violations[0]
    slack.violations.clear()
    await client.api_call("chat.postMessage", json={"channel": art.id, "text": "t", "colour": "red"})
    assert slack.violations == ["chat.postMessage: unknown argument 'colour'"]
    await refused(client.api_call("chat.shout", json={}))
    await client.chat_postMessage(channel=art.id, text="root")
    reply = await client.chat_postMessage(channel=art.id, text="r", thread_ts=art.messages[-1].ts)
    slack.violations.clear()
    await client.chat_postMessage(channel=art.id, text="r", thread_ts=reply["ts"])
    assert "not its parent's" in slack.violations[0]
    slack.violations.clear()


async def test_modals_open_on_a_fresh_trigger_once(slack: SlackServer):
    team, ana, _ = people(slack)
    client = client_of(slack, team)
    trigger = new_trigger(slack, ana)
    opened = await client.views_open(trigger_id=trigger, view=SKELETON)
    again = await refused(client.views_open(trigger_id=trigger, view=SKELETON))
    assert again["error"] == "exchanged_trigger_id"
    late = new_trigger(slack, ana)
    slack.clock.advance(3.1)
    assert (await refused(client.views_open(trigger_id=late, view=SKELETON)))["error"] == "expired_trigger_id"
    view = opened["view"]
    await client.views_update(view_id=view["id"], hash=view["hash"], view=MODAL)
    stale = client.views_update(view_id=view["id"], hash=view["hash"], view=MODAL)
    assert (await refused(stale))["error"] == "hash_conflict"
    for _ in range(2):
        await client.views_push(trigger_id=new_trigger(slack, ana), view=SKELETON)
    fourth = client.views_push(trigger_id=new_trigger(slack, ana), view=SKELETON)
    assert (await refused(fourth))["error"] == "push_limit_reached"
    huge = SKELETON | {"blocks": [{"type": "section", "text": plain("x" * 3000)} for _ in range(90)]}
    large = client.views_open(trigger_id=new_trigger(slack, ana), view=huge)
    assert (await refused(large))["error"] == "view_too_large"
    slack.violations.clear()
    await slack.close_view(ana, ana.modals[-1], clear=True)
    assert (await refused(client.views_update(view_id=view["id"], view=MODAL)))["error"] == "not_found"


async def test_streams_grow_stop_and_expire(slack: SlackServer):
    team, ana, art = people(slack)
    client = client_of(slack, team)
    said = await slack.mention(ana, art, "tell me")
    bare = client.chat_startStream(channel=art.id, thread_ts=said.ts)
    assert (await refused(bare))["error"] == "missing_recipient_team_id"
    stream = await client.chat_stream(
        channel=art.id, thread_ts=said.ts, recipient_team_id=team.id, recipient_user_id=ana.id, buffer_size=1
    )
    await stream.append(markdown_text="Once ")
    message = art.bot_messages[0]
    update = client.chat_update(channel=art.id, ts=message.ts, text="x")
    assert (await refused(update))["error"] == "streaming_state_conflict"
    await stream.append(chunks=[{"type": "task_update", "id": "1", "title": "Draw", "status": "in_progress"}])
    await stream.append(markdown_text="upon a time")
    await stream.stop(blocks=[{"type": "divider"}])
    assert message.rendered == "Once upon a time\n◐ Draw\n———"
    dead = client.chat_appendStream(channel=art.id, ts=message.ts, markdown_text="more")
    assert (await refused(dead))["error"] == "message_not_in_streaming_state"
    dm = await slack.dm(ana, "again")
    started = await client.chat_startStream(channel=dm.channel.id, thread_ts=dm.ts, markdown_text="a")
    slack.clock.advance(301)
    late = client.chat_appendStream(channel=dm.channel.id, ts=started["ts"], markdown_text="b")
    assert (await refused(late))["error"] == "message_not_in_streaming_state"
    stopped = await client.chat_startStream(channel=dm.channel.id, thread_ts=dm.ts, markdown_text="a")
    await slack.stop_stream(dm.channel.find(stopped["ts"]))
    pressed = client.chat_appendStream(channel=dm.channel.id, ts=stopped["ts"], markdown_text="b")
    assert (await refused(pressed))["error"] == "stopped_by_user"


async def test_agent_status_title_and_prompts(slack: SlackServer):
    team, ana, _ = people(slack)
    client = client_of(slack, team)
    said = await slack.dm(ana, "hello")
    where = {"channel_id": said.channel.id, "thread_ts": said.ts}
    await client.assistant_threads_setStatus(**where, status="is drawing…", loading_messages=["Mixing paint"])
    assert slack.status(said) == "is drawing…"
    slack.clock.advance(121)
    assert slack.status(said) is None
    await client.assistant_threads_setStatus(**where, status="is drawing…")
    await client.chat_postMessage(channel=said.channel.id, thread_ts=said.ts, text="done")
    assert slack.status(said) is None
    await client.assistant_threads_setTitle(**where, title="Foxes")
    prompts = [{"title": "Draw", "message": "generate a fox"}]
    await client.assistant_threads_setSuggestedPrompts(**where, prompts=prompts)
    assert said.channel.prompts[said.ts] == prompts
    five = client.assistant_threads_setSuggestedPrompts(**where, prompts=prompts * 5)
    assert (await refused(five))["error"] == "invalid_arguments"
    slack.violations.clear()


async def test_limits_are_enforced_on_request(slack: SlackServer):
    team, _, art = people(slack)
    client = client_of(slack, team)
    slack.fail("chat.postMessage", "ratelimited", retry_after=0)
    assert (await refused(client.chat_postMessage(channel=art.id, text="x")))["error"] == "ratelimited"
    slack.fail("chat.postMessage", "ratelimited", retry_after=1)
    client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=1))
    await client.chat_postMessage(channel=art.id, text="after the wait")
    assert [call.status for call in slack.calls_of("chat.postMessage")] == [429, 429, 200]
    client.retry_handlers.clear()
    slack.limits.enforced = True
    for number in range(5):
        await client.chat_postMessage(channel=art.id, text=f"{number}")
    assert (await refused(client.chat_postMessage(channel=art.id, text="6")))["error"] == "ratelimited"
    slack.clock.advance(5)
    await client.chat_postMessage(channel=art.id, text="6")
    slack.app.distributed = True
    await client.conversations_history(channel=art.id)
    assert (await refused(client.conversations_history(channel=art.id)))["error"] == "ratelimited"


async def test_trouble_comes_when_planned(slack: SlackServer):
    team, ana, art = people(slack)
    client = client_of(slack, team)
    slack.fail("chat.postMessage", status=503)
    with pytest.raises(SlackApiError):
        await client.chat_postMessage(channel=art.id, text="lost")
    assert art.messages == []
    slack.fail("chat.postMessage", reset=True, after=True, when=lambda call: call.text("text") == "kept")
    await client.chat_postMessage(channel=art.id, text="plain")
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel=art.id, text="kept")
    assert [m.text for m in art.messages] == ["plain", "kept"]
    hang = slack.fail("chat.update", hang=True)
    client.timeout = 0.1
    with pytest.raises(asyncio.TimeoutError):
        await client.chat_update(channel=art.id, ts=art.messages[0].ts, text="x")
    hang.release.set()
    slack.fail("upload", status=500)
    with pytest.raises(Exception, match="Failed to upload"):
        await client.files_upload_v2(channel=art.id, content=b"x", filename="x.txt")
    slack.fail("response_url", status=500)
    assert (await AsyncWebhookClient(new_hook(slack, ana, art)).send(text="x")).status_code == 500


async def test_people_and_groups_are_listed(slack: SlackServer):
    team = slack.add_team("acme")
    boss, guest = slack.user(team, "boss", is_admin=True), slack.user(team, "guest", external=True)
    group = slack.usergroup(team, "artists", [boss])
    hall = slack.channel(team, "hall", members=[boss, guest], shared=True)
    client = client_of(slack, team)
    assert (await client.users_info(user=boss.id))["user"]["is_admin"] is True
    shown = (await client.users_info(user=guest.id))["user"]
    assert (shown["is_stranger"], shown["team_id"] != team.id) == (True, True)
    groups = (await client.usergroups_list(include_users=True))["usergroups"]
    assert groups[0]["users"] == [boss.id]
    assert (await client.usergroups_users_list(usergroup=group.id))["users"] == [boss.id]
    found = await client.users_conversations(types="public_channel,im")
    assert [c["id"] for c in found["channels"]] == [hall.id]
    assert (await client.conversations_info(channel=hall.id))["channel"]["is_ext_shared"] is True
    said = await slack.mention(guest, hall, "hi")
    body = said.deliveries[0].payload
    assert (body["is_ext_shared_channel"], body["event"]["user_team"]) == (True, guest.home_team_id)
