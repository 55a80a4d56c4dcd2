"""Every element a person can act on, and every answer to a submission, with a real Bolt app."""

from __future__ import annotations

import re

import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack_fixtures import bolt_running, slack
from tests.fakes.slack_server.hooks import new_trigger
from tests.fakes.slack_server.sample_bot import button, people, plain
from tests.fakes.slack_server.server import SlackServer
from tests.fakes.slack_server.state import Team

__all__ = ["slack"]


def option(name: str) -> dict:
    return {"text": plain(name.capitalize()), "value": name}


ELEMENTS = [
    {"type": "static_select", "action_id": "size", "options": [option("small"), option("large")]},
    {"type": "overflow", "action_id": "more", "options": [option("details"), option("again")]},
    {"type": "radio_buttons", "action_id": "kind", "options": [option("image"), option("video")]},
    {"type": "checkboxes", "action_id": "extras", "options": [option("hd"), option("fast")]},
    {"type": "users_select", "action_id": "who"},
    {"type": "conversations_select", "action_id": "where"},
    {"type": "datepicker", "action_id": "day"},
]
FEEDBACK = {
    "type": "feedback_buttons",
    "action_id": "rate",
    "positive_button": {"text": plain("Good"), "value": "up"},
    "negative_button": {"text": plain("Bad"), "value": "down"},
}


def catch_all(server: SlackServer, team: Team) -> tuple[AsyncApp, list[dict]]:
    """An app that acknowledges every action and remembers it."""
    client = AsyncWebClient(base_url=server.api_url, token=team.token)
    app = AsyncApp(client=client, signing_secret=server.app.signing_secret)
    acted: list[dict] = []

    @app.action(re.compile(".*"))
    async def act(ack, body, action):
        await ack()
        acted.append(action | {"in": body["container"]["type"], "hidden": "message" not in body})

    return app, acted


async def test_every_element_of_a_message_tells_what_was_chosen(slack: SlackServer):
    team, ana, art = people(slack)
    app, acted = catch_all(slack, team)
    blocks = [
        {"type": "actions", "elements": ELEMENTS},
        {"type": "context_actions", "elements": [FEEDBACK]},
        {"type": "actions", "elements": [button("Pay $1", "pay") | {"confirm": CONFIRM, "style": "danger"}]},
    ]
    async with bolt_running(slack, app, "socket"):
        await app.client.chat_postMessage(channel=art.id, text="choose", blocks=blocks)
        message = art.bot_messages[0]
        for what, value in CHOICES.items():
            chosen = {"who": ana, "where": art}.get(what, value)
            delivery = await slack.select(ana, message, what, chosen)
            assert delivery is not None
            await delivery.acked()
        await (await slack.feedback(ana, message, good=False)).acked()
        await (await slack.click(ana, message, "Pay $1")).acked()
    told = {a["action_id"]: a for a in acted}
    assert told["size"]["selected_option"]["value"] == "large"
    assert told["more"]["selected_option"]["value"] == "again"
    assert told["kind"]["selected_option"]["text"]["text"] == "Video"
    assert [o["value"] for o in told["extras"]["selected_options"]] == ["hd"]
    assert told["who"]["selected_user"] == ana.id
    assert told["where"]["selected_conversation"] == art.id
    assert told["day"]["selected_date"] == "2026-01-02"
    assert told["rate"]["value"] == "down"
    assert told["pay"]["value"] == "1"
    assert message.rendered == (
        "[ ▾] [⋯ Details / Again] ○ Image ○ Video ☐ Hd ☐ Fast [ ▾] [ ▾] []\n[👍 Good] [👎 Bad]\n[!Pay $1]"
    )


CONFIRM = {
    "title": plain("Sure?"),
    "text": plain("It costs $1"),
    "confirm": plain("Yes"),
    "deny": plain("No"),
}
CHOICES = {
    "size": "Large",
    "more": "again",
    "kind": "video",
    "extras": ["Hd"],
    "who": None,
    "where": None,
    "day": "2026-01-02",
}


async def test_buttons_only_one_person_sees_come_without_their_message(slack: SlackServer):
    team, ana, art = people(slack)
    bob = slack.user(team, "bob")
    art.members.append(bob)
    app, acted = catch_all(slack, team)
    blocks = [{"type": "actions", "elements": [button("Again", "again")]}]
    async with bolt_running(slack, app, "socket"):
        await app.client.chat_postEphemeral(channel=art.id, user=ana.id, text="psst", blocks=blocks)
        hidden = art.bot_messages[0]
        with pytest.raises(AssertionError, match="only somebody else sees it"):
            await slack.click(bob, hidden, "Again")
        await (await slack.click(ana, hidden, "Again")).acked()
    assert acted[0]["hidden"] is True


def form(title: str, callback_id: str = "form", **fields) -> dict:
    text = {"type": "plain_text_input", "action_id": "text", "max_length": 5}
    block = {"type": "input", "block_id": "text", "label": plain("Text"), "element": text}
    return {
        "type": "modal",
        "title": plain(title),
        "callback_id": callback_id,
        "submit": plain("Go"),
        "blocks": [block],
    } | fields


@pytest.mark.parametrize(
    ("answer", "titles"),
    [
        ({"response_action": "update", "view": form("Second")}, ["Second"]),
        ({"response_action": "push", "view": form("Second")}, ["First", "Second"]),
        ({"response_action": "clear"}, []),
        ({}, []),
    ],
)
async def test_a_submission_is_answered_in_every_way(slack: SlackServer, answer: dict, titles: list[str]):
    team, ana, _ = people(slack)
    app, _ = catch_all(slack, team)

    @app.view("form")
    async def submitted(ack):
        await ack(**answer)

    async with bolt_running(slack, app, "http"):
        await app.client.views_open(trigger_id=new_trigger(slack, ana), view=form("First"))
        with pytest.raises(AssertionError, match="longer than 5"):
            await slack.submit_view(ana, ana.modal, {"Text": "too long"})
        assert await slack.submit_view(ana, ana.modal, {"Text": "short"}) == answer
    assert [view.payload["title"]["text"] for view in ana.modals] == titles
    if titles == ["First", "Second"]:
        assert ana.modals[1].previous_id == ana.modals[0].id
        assert await slack.close_view(ana, ana.modals[1]) is None
        assert ana.modal.payload["title"]["text"] == "First"


async def test_wrong_answers_to_a_submission_are_recorded(slack: SlackServer):
    team, ana, _ = people(slack)
    app, _ = catch_all(slack, team)
    answers = [
        {"response_action": "errors", "errors": {"nowhere": "No."}},
        {"response_action": "update", "view": form("A title that is longer than 24")},
    ]

    @app.view("form")
    async def submitted(ack):
        await ack(**answers.pop(0))

    async with bolt_running(slack, app, "socket"):
        await app.client.views_open(trigger_id=new_trigger(slack, ana), view=form("First"))
        for complaint in ("no input block of the view", "24 characters"):
            slack.violations.clear()
            await slack.submit_view(ana, ana.modal, {"Text": "x"})
            assert any(complaint in violation for violation in slack.violations), slack.violations
    slack.violations.clear()


async def test_the_home_tab_is_shown_again_with_its_hash(slack: SlackServer):
    team, ana, _ = people(slack)
    app, acted = catch_all(slack, team)
    views: list[dict | None] = []

    @app.event("app_home_opened")
    async def opened(event, client):
        views.append(event.get("view"))
        blocks = [{"type": "actions", "elements": [button(f"Seen {len(views)}", "seen")]}]
        old = event.get("view") or {}
        await client.views_publish(
            user_id=event["user"], hash=old.get("hash"), view={"type": "home", "blocks": blocks}
        )

    async with bolt_running(slack, app, "socket"):
        await slack.open_home(ana)
        await slack.wait_for_home(ana, "Seen 1")
        await slack.open_home(ana)
        home = await slack.wait_for_home(ana, "Seen 2")
        await (await slack.click(ana, home, "Seen")).acked()
    assert views[0] is None
    assert views[1] is not None
    assert acted[0]["in"] == "view"
