"""Uploads, private files and response_url of our own Slack: limits, lifetimes and what strangers get."""

from __future__ import annotations

import hashlib
import tracemalloc

import aiohttp
from slack_sdk.webhook.async_client import AsyncWebhookClient

from tests.fakes.slack_fixtures import slack, slack_with
from tests.fakes.slack_server.files import Upload
from tests.fakes.slack_server.hooks import new_hook
from tests.fakes.slack_server.sample_bot import client_of, people, png, refused
from tests.fakes.slack_server.server import SlackServer
from tests.fakes.slack_server.state import Timings

__all__ = ["slack"]


async def test_response_urls_last_five_posts_or_thirty_minutes(slack: SlackServer):
    _, ana, art = people(slack)
    hook = AsyncWebhookClient(new_hook(slack, ana, art))
    assert [(await hook.send(text=f"{n}")).status_code for n in range(6)] == [200] * 5 + [404]
    late = AsyncWebhookClient(new_hook(slack, ana, art))
    slack.clock.advance(1801)
    assert (await late.send(text="too late")).status_code == 404
    assert all(m.ephemeral_to is ana for m in art.bot_messages)
    public = AsyncWebhookClient(new_hook(slack, ana, art))
    await public.send(text="for all", response_type="in_channel")
    shown = art.bot_messages[-1]
    edit = AsyncWebhookClient(new_hook(slack, ana, art, shown))
    await edit.send(text="changed", replace_original=True)
    assert (shown.text, shown.ephemeral_to) == ("changed", None)
    await edit.send(delete_original=True)
    assert shown.deleted


async def test_sharing_takes_its_time(slack: SlackServer):
    team, _, art = people(slack)
    client = client_of(slack, team)
    slack.hold_shares = True
    done = await client.files_upload_v2(channel=art.id, content=png(), filename="fox.png")
    file_id = done["file"]["id"]
    info = (await client.files_info(file=file_id))["file"]
    assert (info["mimetype"], info["shares"], art.messages) == ("", {}, [])
    slack.release_shares()
    info = (await client.files_info(file=file_id))["file"]
    assert info["mimetype"] == "image/png"
    assert info["channels"] == [art.id]
    async with slack_with(timings=Timings(share_delay=0.05)) as slow:
        team, _, art = people(slow)
        await client_of(slow, team).files_upload_v2(channel=art.id, content=png(), filename="fox.png")
        assert art.messages == []
        await art.wait_for(lambda m: bool(m.files))


async def test_uploads_are_refused_for_documented_reasons(slack: SlackServer):
    team, _, art = people(slack)
    client = client_of(slack, team)
    team.max_upload = 10
    big = client.files_getUploadURLExternal(filename="v.mp4", length=11)
    assert (await refused(big))["error"] == "file_upload_size_restricted"
    for error in ("file_uploads_disabled", "storage_limit_reached", "file_uploads_except_images_disabled"):
        team.upload_error = error
        assert (await refused(client.files_getUploadURLExternal(filename="v", length=1)))["error"] == error
    team.upload_error = None
    empty = client.files_getUploadURLExternal(filename="v", length=0)
    assert (await refused(empty))["error"] == "invalid_arguments"
    assert "length must be at least 1" in slack.violations[0]
    unknown = client.files_completeUploadExternal(files=[{"id": "F404", "title": "x"}], channel_id=art.id)
    assert (await refused(unknown))["error"] == "file_not_found"
    ticket = await client.files_getUploadURLExternal(filename="x.txt", length=3)
    early = client.files_completeUploadExternal(files=[{"id": ticket["file_id"], "title": "x"}])
    assert (await refused(early))["error"] == "file_update_failed"
    async with aiohttp.ClientSession() as session, session.post(ticket["upload_url"], data=b"four") as short:
        assert short.status == 400
    slack.violations.clear()
    done = await client.files_upload_v2(content=b"abc", filename="x.txt")
    await client.files_delete(file=done["file"]["id"])
    assert (await refused(client.files_info(file=done["file"]["id"])))["error"] == "file_deleted"


async def test_a_large_upload_is_counted_and_not_kept(slack: SlackServer):
    team, _, art = people(slack)
    client = client_of(slack, team)
    chunk, count = b"0123456789abcdef" * 65536, 200

    async def stream():
        for _ in range(count):
            yield chunk

    ticket = await client.files_getUploadURLExternal(filename="film.mp4", length=len(chunk) * count)
    tracemalloc.start()
    async with aiohttp.ClientSession() as session, session.post(ticket["upload_url"], data=stream()) as done:
        assert done.status == 200
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 40 * 2**20
    files = [{"id": ticket["file_id"], "title": "Film"}]
    await client.files_completeUploadExternal(files=files, channel_id=art.id)
    file = art.bot_messages[0].files[0]
    digest = hashlib.sha256()
    for _ in range(count):
        digest.update(chunk)
    assert (file.size, file.sha256, len(file.head)) == (len(chunk) * count, digest.hexdigest(), 65536)
    assert file.content is None
    assert art.bot_messages[0].rendered == "📎 film.mp4 “Film” (video/mp4, 210 MB)"


async def test_private_files_are_for_tokens_with_the_scope(slack: SlackServer):
    team, ana, art = people(slack)
    said = await slack.say(ana, art, "look", files=[Upload(name="x.png", content=png())])
    client = client_of(slack, team)
    message = (await client.conversations_history(channel=art.id))["messages"][0]
    url = message["files"][0]["url_private"]

    async def kind(token: str) -> str:
        headers = {"Authorization": f"Bearer {token}"}
        async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as response:
            assert response.status == 200
            return response.content_type

    assert await kind(team.token) == "image/png"
    assert await kind("xoxb-wrong") == "text/html"
    assert await kind(slack.add_team("other").token) == "text/html"
    slack.grants[team.token].scopes.discard("files:read")
    assert await kind(team.token) == "text/html"
    slack.grants[team.token].scopes.add("files:read")
    connect = slack.keep_file(ana, Upload(name="y.png", content=png()))
    connect.file_access = "check_file_info"
    stub = (await slack.say(ana, art, "", files=[connect])).files[0]
    listed = (await client.conversations_history(channel=art.id))["messages"][0]["files"][0]
    assert (listed["mode"], "url_private" in listed) == ("file_access", False)
    assert (await client.files_info(file=stub.id))["file"]["url_private"].startswith(slack.base)
    said.files[0].deleted = True
    gone = (await client.conversations_history(channel=art.id))["messages"][1]["files"][0]
    assert gone["mode"] == "tombstone"


async def test_a_stranger_sees_which_headers_it_is_sent(slack: SlackServer):
    async with aiohttp.ClientSession() as session:
        await (await session.get(f"{slack.outside}/a.png", headers={"Authorization": "Bearer x"})).read()
    assert slack.outside_headers[0]["authorization"] == "Bearer x"
