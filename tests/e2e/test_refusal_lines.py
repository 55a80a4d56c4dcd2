"""One log line for every order that is refused before it is accepted, whoever refuses it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from adapters.cli.asking.agreement import Agreement
from adapters.cli.asking.screen import Screen
from adapters.cli.asking.session import Session, Where
from adapters.cli.asking.terminal import Terminal
from bot.core.identity import person_hash
from tests.e2e.test_web_api import form
from tests.fakes.discord_server.server import Upload
from tests.fakes.discord_stage import CHEAP, staged, upload
from tests.fakes.playground import running_playground
from tests.fakes.slack_server.files import Upload as SlackUpload
from tests.fakes.slack_world import slack_world
from tests.fakes.stack import MIA, Stack, running_stack

PROMPT = "a secret birthday surprise"
BROKEN = b"\x89PNG\r\n\x1a\nnothing that can be drawn"


def the_line(logs: list[Any], stack: Stack, person: str) -> Mapping[str, Any]:
    """The only line of a refused order; it says who it was, hashed, and nothing of what they wrote."""
    (line,) = [entry for entry in logs if entry["event"] == "order_refused"]
    assert line["person"] == person_hash(stack.core.service.identity_key, person)
    assert "birthday" not in repr(logs)
    return line


# Discord


async def test_discords_first_look_at_an_attachment_leaves_a_line(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.server.world.app_knows_file_types = False
        note = Upload(filename="note.txt", data=b"words")
        with capture_logs() as logs:
            asked = await stage.slash("edit", prompt=PROMPT, image=note)
            assert await asked.acknowledged() == 4
        line = the_line(logs, stage.stack, f"discord:{stage.mira.user.id}")
    assert (line["code"], line["platform"], line["capability"]) == ("bad_image", "discord", "edit")
    assert line["place"] == f"discord:{stage.guild.id}"


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [({"model": CHEAP, "size": "huge"}, "invalid_order", "size"), ({"model": "none"}, "not_allowed", "")],
    ids=["option", "policy"],
)
async def test_what_discord_refuses_before_its_promise_leaves_one_line(
    tmp_path: Path, options: dict[str, Any], code: str, words: str
) -> None:
    async with staged(tmp_path) as stage:
        await stage.change(denied_models=("none",))
        with capture_logs() as logs:
            asked = await stage.slash("generate", prompt=PROMPT, **options)
            await asked.message(words)
        line = the_line(logs, stage.stack, f"discord:{stage.mira.user.id}")
    assert (line["code"], line["capability"]) == (code, "generate")


async def test_a_picture_on_discord_that_cannot_be_read_leaves_one_line(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        with capture_logs() as logs:
            broken = Upload(filename="photo.png", data=BROKEN)
            asked = await stage.slash("edit", prompt=PROMPT, image=broken, model=CHEAP)
            await asked.followup("Not this time")
            await stage.stack.settled()
        assert the_line(logs, stage.stack, f"discord:{stage.mira.user.id}")["code"] == "bad_image"


async def test_a_mention_whose_picture_is_none_leaves_one_line(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        with capture_logs() as logs:
            broken = Upload(filename="photo.png", data=BROKEN)
            await stage.server.mention(stage.mira, stage.art, f"make it {PROMPT}", [broken])
            await stage.server.wait_for(lambda: any(one["event"] == "order_refused" for one in logs))
            await stage.stack.settled()
        assert the_line(logs, stage.stack, f"discord:{stage.mira.user.id}")["code"] == "bad_image"


async def test_a_price_that_is_asked_for_on_discord_is_no_order(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        with capture_logs() as logs:
            asked = await stage.slash("estimate", capability="edit", prompt=PROMPT, image=upload(), model="x")
            await asked.message("")
    assert [entry for entry in logs if entry["event"] == "order_refused"] == []


# Slack


@pytest.mark.parametrize(
    ("text", "field"), [(f"generate {PROMPT} --n many", "n"), (f"/edit {PROMPT}", "image")]
)
async def test_a_line_on_slack_that_cannot_be_read_leaves_one_line(
    tmp_path: Path, text: str, field: str
) -> None:
    async with slack_world(tmp_path) as world:
        with capture_logs() as logs:
            sent = await world.slack.slash(world.ana, world.art, "/lumen", text)
            await sent.acked()
            await world.slack.wait_for(lambda: any(one["event"] == "order_refused" for one in logs))
            await world.stack.settled()
        line = the_line(logs, world.stack, f"slack:{world.ana.id}")
    assert (line["code"], line["field"], line["platform"]) == ("invalid_order", field, "slack")
    assert line["place"] == f"slack:{world.team.id}"


async def test_a_picture_on_slack_that_cannot_be_read_leaves_one_line(tmp_path: Path) -> None:
    async with slack_world(tmp_path) as world:
        with capture_logs() as logs:
            broken = SlackUpload(name="photo.png", content=BROKEN)
            await world.slack.mention(world.ana, world.art, f"/edit {PROMPT}", files=[broken])
            await world.slack.wait_for(lambda: any(one["event"] == "order_refused" for one in logs))
            await world.stack.settled()
        line = the_line(logs, world.stack, f"slack:{world.ana.id}")
    assert (line["code"], line["capability"]) == ("bad_image", "edit")


async def test_what_keeps_a_form_on_slack_open_leaves_one_line(tmp_path: Path) -> None:
    async with slack_world(tmp_path) as world:
        await world.slack.slash(world.ana, world.art, "/lumen", "")
        view = await world.slack.wait_for_modal(world.ana, "What you would like to see")
        given = {"prompt": PROMPT, "More options": "--seed soon"}
        with capture_logs() as logs:
            answer = await world.slack.submit_view(world.ana, view, given)
        assert "seed" in str(answer)
        assert the_line(logs, world.stack, f"slack:{world.ana.id}")["field"] == "more"


# the web, and the command line


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"json": {"text": f"/generate {PROMPT} --n many"}}, "invalid_order"),
        ({"json": {"capability": "sing", "prompt": PROMPT}}, "invalid_order"),
        ({"json": {"text": f"/generate {PROMPT} --size huge"}}, "invalid_order"),
        ({"data": None}, "bad_image"),
    ],
    ids=["line", "capability", "option", "picture"],
)
async def test_an_order_on_the_page_that_cannot_be_read_leaves_one_line(
    tmp_path: Path, body: dict[str, Any], code: str
) -> None:
    if "data" in body:
        body = {"data": form({"text": f"/edit {PROMPT}"}, image=BROKEN)}
    async with running_playground(tmp_path) as site:
        with capture_logs() as logs:
            status, answer = await site.call("POST", "/api/orders", **body)
        assert (status, answer["error"]["code"]) == (400, code)
        (line,) = [entry for entry in logs if entry["event"] == "order_refused"]
    assert (line["code"], line["platform"]) == (code, "web")
    assert "birthday" not in repr(logs)


@pytest.mark.parametrize(
    ("line", "field"), [(f"/generate {PROMPT} --n many", "n"), (f"/edit {PROMPT}", "image")]
)
async def test_an_order_on_the_command_line_that_cannot_be_read_leaves_one_line(
    tmp_path: Path, line: str, field: str
) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(BROKEN)
    async with running_stack(tmp_path) as stack:
        files = [broken] if field == "image" else []
        with capture_logs() as logs:
            session = Session(
                stack.core,
                Terminal(),
                Where(actor=MIA, conversation="", out=tmp_path),
                agreed=Agreement(yes=True),
                screen=Screen(as_json=False),
                keyboard=None,
            )
            done = await session.line(line, files, None)
        (entry,) = [one for one in logs if one["event"] == "order_refused"]
    assert not done
    assert (entry["field"], entry["platform"]) == (field, "cli")
    assert "birthday" not in repr(logs)
