"""A small bot that does a little of everything, to try our own Slack with."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack_server.server import SlackServer
from tests.fakes.slack_server.state import Channel, Team, User


def png(size: tuple[int, int] = (8, 8)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, "PNG")
    return out.getvalue()


def plain(text: str) -> dict:
    return {"type": "plain_text", "text": text}


def button(label: str, action_id: str, value: str = "1") -> dict:
    return {"type": "button", "text": plain(label), "action_id": action_id, "value": value}


SKELETON = {
    "type": "modal",
    "title": plain("Create"),
    "blocks": [{"type": "section", "text": plain("Loading…")}],
}
MODAL = {
    "type": "modal",
    "callback_id": "create",
    "title": plain("Create"),
    "submit": plain("Go"),
    "close": plain("Never mind"),
    "notify_on_close": True,
    "private_metadata": "C1",
    "blocks": [
        {
            "type": "input",
            "block_id": "prompt",
            "label": plain("Prompt"),
            "element": {"type": "plain_text_input", "action_id": "prompt", "multiline": True},
        },
        {
            "type": "input",
            "block_id": "model",
            "label": plain("Model"),
            "dispatch_action": True,
            "element": {"type": "external_select", "action_id": "model", "min_query_length": 0},
        },
        {
            "type": "input",
            "block_id": "picture",
            "optional": True,
            "label": plain("Picture"),
            "element": {"type": "file_input", "action_id": "picture", "max_files": 2, "filetypes": ["png"]},
        },
    ],
}


def bolt_app(server: SlackServer, team: Team) -> AsyncApp:
    """A small bot that does a little of everything and remembers what it got in `app.seen`."""
    client = AsyncWebClient(base_url=server.api_url, token=team.token)
    app = AsyncApp(client=client, signing_secret=server.app.signing_secret)
    seen: list[dict] = []
    app.seen = seen  # type: ignore[attr-defined]
    _talking(app, seen)
    _pressing(app, seen)
    return app


def _talking(app: AsyncApp, seen: list[dict]) -> None:
    @app.event("app_mention")
    async def mentioned(event, body, say):
        seen.append(body)
        blocks = [
            {"type": "section", "text": {"type": "mrkdwn", "text": f"heard: {event['text']}"}},
            {"type": "actions", "elements": [button("Upscale", "upscale"), button("Delete", "delete")]},
        ]
        await say(text="heard", blocks=blocks, thread_ts=event.get("thread_ts") or event["ts"])

    @app.event("message")
    async def written(event, body):
        seen.append(body)

    @app.event("app_home_opened")
    async def home(event, client, body):
        seen.append(body)
        if event["tab"] == "home":
            blocks = [
                {"type": "header", "text": plain("Balance")},
                {"type": "actions", "elements": [button("Top", "top")]},
            ]
            await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})

    for name in (
        "app_uninstalled",
        "tokens_revoked",
        "assistant_thread_started",
        "assistant_thread_context_changed",
        "app_context_changed",
    ):

        @app.event(name)
        async def noted(body):
            seen.append(body)


def _pressing(app: AsyncApp, seen: list[dict]) -> None:
    @app.command("/lumen")
    async def lumen(ack, body, client, respond):
        if body["text"] == "help":
            await ack(text="I make *pictures*")
            return
        await ack()
        if body["text"]:
            await respond(text=f"working on {body['text']}")
            return
        opened = await client.views_open(trigger_id=body["trigger_id"], view=SKELETON)
        await client.views_update(view_id=opened["view"]["id"], hash=opened["view"]["hash"], view=MODAL)

    @app.options("model")
    async def models(ack, payload):
        names = [n for n in ("flux", "imagen", "sora") if payload["value"] in n]
        await ack(options=[{"text": plain(f"{n} $0.04"), "value": n} for n in names])

    @app.action("model")
    async def model_chosen(ack, body):
        await ack()
        seen.append(body)

    _submitting(app, seen)
    _clicking(app, seen)


def _submitting(app: AsyncApp, seen: list[dict]) -> None:
    @app.view("create")
    async def created(ack, body, view, client):
        values = view["state"]["values"]
        prompt = values["prompt"]["prompt"]["value"]
        if prompt == "bad":
            await ack(response_action="errors", errors={"prompt": "Not that."})
            return
        await ack()
        seen.append(body)
        files = values["picture"]["picture"]["files"]
        model = values["model"]["model"]["selected_option"]["value"]
        await client.chat_postMessage(
            channel=body["user"]["id"], text=f"{model}: {prompt} ({len(files)} files)"
        )

    @app.view_closed("create")
    async def closed(ack, body):
        await ack()
        seen.append(body)


def _clicking(app: AsyncApp, seen: list[dict]) -> None:
    @app.action("upscale")
    async def upscale(ack, body, respond):
        await ack()
        seen.append(body)
        await respond(text="only you know", response_type="ephemeral", replace_original=False)

    @app.action("delete")
    async def delete(ack, body, respond):
        await ack()
        await respond(delete_original=True)

    @app.shortcut("edit_image")
    async def edit(ack, body):
        await ack()
        seen.append(body)

    @app.shortcut("create")
    async def create(ack, body, client):
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=MODAL)

    @app.action("top")
    async def top(ack, body):
        await ack()
        seen.append(body)


def people(server: SlackServer) -> tuple[Team, User, Channel]:
    team = server.add_team("acme")
    ana = server.user(team, "ana")
    return team, ana, server.channel(team, "art", members=[ana])


def client_of(server: SlackServer, team: Team) -> AsyncWebClient:
    """A plain client with the team's bot token, without retries."""
    return AsyncWebClient(base_url=server.api_url, token=team.token, retry_handlers=[])


async def refused(call) -> dict:
    """The answer of a call that Slack refuses."""
    with pytest.raises(SlackApiError) as error:
        await call
    return error.value.response.data
