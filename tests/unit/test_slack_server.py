"""Our own Slack, held against a real Bolt app on both transports: everything people do, once."""

from __future__ import annotations

import aiohttp
import pytest

from tests.fakes.slack_fixtures import TRANSPORTS, bolt_running, slack
from tests.fakes.slack_server.files import Upload
from tests.fakes.slack_server.sample_bot import bolt_app, people, png
from tests.fakes.slack_server.server import SlackServer
from tests.fakes.slack_server.story import Story
from tests.fakes.slack_server.validation import Judge

__all__ = ["slack"]

both = pytest.mark.parametrize("transport", TRANSPORTS)


@both
async def test_a_mention_is_answered_in_its_thread(slack: SlackServer, transport: str):
    team, ana, art = people(slack)
    async with bolt_running(slack, bolt_app(slack, team), transport):
        said = await slack.mention(ana, art, "a < b", files=[Upload(name="x.png", content=png())])
        reply = await art.wait_for_text("heard:")
        await said.deliveries[0].acked()
    assert reply.thread_ts == said.ts
    assert said.deliveries[0].ack_seconds < 3
    event = said.deliveries[0].payload["event"]
    assert event["text"] == f"<@{team.bot.id}> a &lt; b"
    assert event["files"][0]["original_w"] == 8
    assert slack.transcript(art) == (
        "== #art ==\n"
        "ana:\n"
        "  @Lumenfall a < b\n"
        f"  📎 x.png (image/png, 8×8, {len(png())} B)\n"
        "  Lumenfall (app):\n"
        "    heard: @Lumenfall a < b\n"
        "    [Upscale] [Delete]\n"
    )


@both
async def test_a_command_opens_a_modal_that_is_filled_in_and_submitted(slack: SlackServer, transport: str):
    team, ana, art = people(slack)
    app = bolt_app(slack, team)
    async with bolt_running(slack, app, transport):
        command = await slack.slash(ana, art, "/lumen")
        assert await command.acked() is None
        modal = await slack.wait_for_modal(ana, "Prompt")
        assert modal.updates == 2
        offered = await slack.options(ana, modal, "Model", "a")
        assert [option["value"] for option in offered] == ["imagen", "sora"]
        chosen = await slack.select(ana, modal, "Model", "flux")
        assert chosen is not None
        await chosen.acked()
        with pytest.raises(AssertionError, match="required: Prompt"):
            await slack.submit_view(ana, modal)
        answer = await slack.submit_view(ana, modal, {"Prompt": "bad"})
        assert answer == {"response_action": "errors", "errors": {"prompt": "Not that."}}
        assert ana.modal is modal
        assert "⚠ Not that." in modal.rendered
        upload = Upload(name="in.png", content=png())
        assert await slack.submit_view(ana, modal, {"Prompt": "a fox", "Picture": [upload]}) == {}
        assert ana.modal is None
        await slack.direct(ana).wait_for_text("flux: a fox (1 files)")
        again = await (await slack.global_shortcut(ana, "create")).acked()
        assert again is None
        await slack.close_view(ana, await slack.wait_for_modal(ana, "Prompt"))
        await slack.wait_for(lambda: app.seen[-1]["type"] == "view_closed")


@both
async def test_a_command_acknowledged_with_text_shows_it_to_one_person(slack: SlackServer, transport: str):
    team, ana, art = people(slack)
    bob = slack.user(team, "bob")
    async with bolt_running(slack, bolt_app(slack, team), transport):
        await (await slack.slash(ana, art, "/lumen", "help")).acked()
        await (await slack.slash(ana, art, "/lumen", "a & b")).acked()
        shown = await art.wait_for_text("working on a & b")
    assert shown.ephemeral_to is ana
    assert "pictures" in slack.transcript(art, as_seen_by=ana)
    assert "pictures" not in slack.transcript(art, as_seen_by=bob)


@both
async def test_buttons_answer_through_their_response_url(slack: SlackServer, transport: str):
    team, ana, art = people(slack)
    app = bolt_app(slack, team)
    async with bolt_running(slack, app, transport):
        await slack.mention(ana, art, "hello")
        reply = await art.wait_for_text("heard")
        await (await slack.click(ana, reply, "Upscale")).acked()
        private = await art.wait_for_text("only you know")
        assert private.ephemeral_to is ana
        assert app.seen[-1]["message"]["ts"] == reply.ts
        with pytest.raises(AssertionError, match=r"only: upscale \(Upscale\), delete \(Delete\)"):
            await slack.click(ana, reply, "Animate")
        await slack.click(ana, reply, "Delete")
        await slack.wait_for(lambda: reply.deleted)


@both
async def test_message_shortcuts_home_and_agent_reach_the_app(slack: SlackServer, transport: str):
    team, ana, art = people(slack)
    app = bolt_app(slack, team)
    async with bolt_running(slack, app, transport):
        said = await slack.say(ana, art, "look", files=[Upload(name="x.png", content=png())])
        assert said.deliveries == []
        await (await slack.shortcut(ana, said, "edit_image")).acked()
        assert app.seen[-1]["message"]["files"][0]["mimetype"] == "image/png"
        await slack.open_home(ana)
        home = await slack.wait_for_home(ana, "Balance")
        assert home.rendered == "[Home]\n# Balance\n[Top]"
        await (await slack.click(ana, home, "Top")).acked()
        opened = await slack.open_agent(ana, looking_at=art)
        assert opened is not None
        await opened.acked()
        root = await slack.start_assistant_thread(ana, art)
        await root.deliveries[0].acked()
        for moved in (await slack.look_at(ana, art), await slack.look_at(ana, art, root)):
            assert moved is not None
            await moved.acked()
        written = await slack.dm(ana, "", files=[Upload(name="y.heic", content=b"heic")], thread_ts=root)
        await written.deliveries[0].acked()
    last = app.seen[-1]["event"]
    assert (last["subtype"], last["files"][0]["mimetype"], last["thread_ts"]) == (
        "file_share",
        "image/heic",
        root.ts,
    )


@both
async def test_uploads_by_the_sdk_appear_and_can_be_read_with_a_token_only(
    slack: SlackServer, transport: str
):
    team, _, art = people(slack)
    app = bolt_app(slack, team)
    async with bolt_running(slack, app, transport):
        uploaded = await app.client.files_upload_v2(
            channel=art.id, content=png(), filename="fox.png", title="A fox", initial_comment="Here"
        )
        shown = await art.wait_for(lambda m: bool(m.files))
        assert shown.rendered == f"Here\n📎 fox.png “A fox” (image/png, 8×8, {len(png())} B)"
        info = await app.client.files_info(file=uploaded["file"]["id"])
        assert info["file"]["shares"]["public"][art.id][0]["ts"] == shown.ts
        url = info["file"]["url_private_download"]
        async with aiohttp.ClientSession() as session:
            async with session.get(url, headers={"Authorization": f"Bearer {team.token}"}) as good:
                assert (good.content_type, await good.read()) == ("image/png", png())
            async with session.get(url) as sign_in:
                assert (sign_in.status, sign_in.content_type) == (200, "text/html")


@both
async def test_what_people_write_change_and_delete_reaches_an_app_that_reads_along(
    slack: SlackServer, transport: str
):
    slack.app.subscriptions |= {"message.channels"}
    team, ana, art = people(slack)
    other = slack.user(team, "otherbot", other_bot=True)
    app = bolt_app(slack, team)
    async with bolt_running(slack, app, transport):
        said = await slack.mention(ana, art, "one")
        assert [d.payload["event"]["type"] for d in said.deliveries] == ["app_mention", "message"]
        assert len({d.payload["event"]["ts"] for d in said.deliveries}) == 1
        assert len({d.event_id for d in said.deliveries}) == 2
        await art.wait_for_text("heard")
        edited = await slack.edit_message(said, "two")
        assert [d.payload["event"]["subtype"] for d in edited] == ["message_changed"]
        spoken = await slack.bot_message(other, art, "beep")
        assert spoken.deliveries[0].payload["event"]["bot_id"] == other.bot_id
        deleted = await slack.delete_message(said)
        assert deleted is not None
        await deleted.acked()
        await slack.all_acked()
    kinds = [body["event"].get("subtype") or body["event"]["type"] for body in app.seen]
    # Bolt drops what the app itself wrote; all else arrives.
    assert sorted(kinds) == ["app_mention", "message", "message", "message_changed", "message_deleted"]


async def test_a_story_tells_what_a_person_did_and_saw(slack: SlackServer):
    team, ana, art = people(slack)
    bob = slack.user(team, "bob")
    story = Story("A first look", replace={r"\$0\.0\d": "$0.0X"})
    async with bolt_running(slack, bolt_app(slack, team), "socket"):
        story.does(ana, "types /lumen")
        await slack.slash(ana, art, "/lumen")
        modal = await slack.wait_for_modal(ana, "Prompt")
        await slack.fill(ana, modal, {"prompt": "a fox", "model": "flux"})
        story.sees(ana, modal)
        await slack.submit_view(ana, modal)
        said = await slack.say(ana, slack.direct(ana), "hm", files=[Upload(name="x.png", content=png())])
        shown = await slack.direct(ana).wait_for_text("flux")
        story.sees(ana, said, shown)
        await (await slack.slash(ana, art, "/lumen", "help")).acked()
        secret = await art.wait_for_text("pictures")
        with pytest.raises(AssertionError, match="bob cannot see"):
            story.sees(bob, secret)
    assert story.text == (
        "# A first look\n\nana types /lumen\n"
        "  | [Modal: Create]\n"
        "  | Prompt *: [a fox]\n"
        "  | Model *: [flux $0.0X ▾]\n"
        "  | Picture: [ 📎]\n"
        "  | [Never mind] [Go]\n"
        "  Ana, in a direct message:\n"
        "  | hm\n"
        "  | 📎 x.png (image/png, 8×8)\n"
        "  Lumenfall, in a direct message:\n"
        "  | flux: a fox (0 files)\n"
    )


def test_the_server_judges_its_own_payloads():
    judge = Judge()
    good = {"type": "file_shared", "file_id": "F1", "user_id": "U1", "file": {"id": "F1"}}
    good |= {"channel_id": "C1", "event_ts": "1.0"}
    assert judge.typed("Ev_file_shared", good) == []
    assert "required property" in judge.typed("Ev_file_shared", {k: good[k] for k in good if k != "file"})[0]
    assert "'secret'" in judge.typed("Ev_file_shared", good | {"secret": 1})[0]
    assert "is not of type" in judge.typed("Ev_file_shared", good | {"file_id": 1})[0]
