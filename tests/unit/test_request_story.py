"""`lumenfall-bot requests`: the list and the whole life of one, without what nobody should read."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from adapters.cli.main import app
from bot.core.ledger import Scope
from bot.core.money import Micros
from bot.core.request import Request
from bot.core.windows import Window
from tests.fakes.bare_gateway.gateway import KEY as BARE_KEY
from tests.fakes.bare_gateway.server import running_bare_gateway
from tests.fakes.environment import bare
from tests.fakes.stack import ADA, MIA, Stack, generate, running_stack

PROMPT = "a secret birthday surprise"
TOKEN = "aW50ZXJhY3Rpb246MTIzNDU2Nzg5abcdefgh"


async def run(stack: Stack, *args: str, **environment: str) -> Result:
    """The command on the stack's database, as from a terminal."""
    settings = stack.core.settings
    key = settings.lumenfall_api_key
    assert key is not None
    names = {
        **bare(),
        "COLUMNS": "300",
        "DATA_DIR": str(settings.data_dir),
        "LUMENFALL_API_KEY": key.get_secret_value(),
        "LUMENFALL_BASE_URL": settings.lumenfall_base_url,
        **environment,
    }
    return await asyncio.to_thread(CliRunner().invoke, app, ["requests", *args], env=names)


async def delivered(stack: Stack) -> Request:
    final = await stack.run(generate(PROMPT), reply_to={"channel_id": 7, "token": TOKEN})
    await stack.settled()
    return await stack.row(final.request.id)


async def told(stack: Stack, *args: str, **environment: str) -> Any:
    result = await run(stack, *args, "--json", **environment)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


async def test_the_whole_life_of_a_request(tmp_path):
    async with running_stack(tmp_path) as stack:
        row = await delivered(stack)
        story = await told(stack, row.id)
        states = [change["state"] for change in story["states"]]
        assert states == ["received", "priced", "reserved", "submitted", "settled", "delivered"]
        assert [change["after_ms"] for change in story["states"]] == sorted(
            change["after_ms"] for change in story["states"]
        )
        assert {entry["kind"] for entry in story["ledger"]} == {"reserve", "settle"}
        assert story["event"] == row.dedupe_key
        assert story["reply_to"] == {"channel_id": 7, "token": "[secret]"}
        assert story["charged_micros"] == row.charged
        assert story["gateway_log"]["id"] == row.gateway_id
        assert story["gateway_log"]["cost"] == row.charged
        assert story["results"][0]["content_type"] == "image/png"


async def test_words_are_shown_only_when_asked_for(tmp_path):
    async with running_stack(tmp_path) as stack:
        row = await delivered(stack)
        for args in ([row.id], [row.id, "--json"], [], ["--json"]):
            plain = await run(stack, *args)
            assert plain.exit_code == 0, plain.output
            assert row.id in plain.stdout
            assert "birthday" not in plain.output
            assert TOKEN not in plain.output
        assert (await told(stack, row.id, "--words"))["prompt"] == PROMPT
        assert PROMPT in (await run(stack, row.id, "--words")).stdout


async def test_the_text_has_a_line_for_each_fact(tmp_path):
    async with running_stack(tmp_path) as stack:
        row = await delivered(stack)
        lines = (await run(stack, row.id)).stdout.splitlines()
        assert f"request_id: {row.id}" in lines
        assert f"trace_id: {row.trace_id}" in lines
        assert any(line.startswith("  state=delivered") for line in lines)


async def test_a_list_is_filtered(tmp_path):
    async with running_stack(tmp_path) as stack:
        await stack.core.admin.set_budget(ADA, Scope.PERSON, ADA.person, Window.DAY, Micros(1))
        mine = await delivered(stack)
        await stack.run(generate(), actor=ADA)
        await stack.settled()

        async def ids(*args: str) -> list[str]:
            result = await run(stack, *args, "--json")
            return [json.loads(line)["request_id"] for line in result.stdout.splitlines()]

        assert len(await ids()) == 2
        assert await ids("--state", "delivered") == [mine.id]
        assert await ids("--person", MIA.person) == [mine.id]
        assert await ids("--tenant", "test:nowhere") == []
        assert await ids("--since", "2999-01-01") == []
        assert len(await ids("--limit", "1")) == 1
        assert "budget_exceeded" in (await run(stack, "--state", "refused")).stdout
        nowhere = await run(stack, "--tenant", "test:nowhere")
        assert (nowhere.exit_code, "Nothing is known" in nowhere.output) == (2, True)
        assert (await run(stack, "--since", "2999-01-01")).stdout == "No such requests.\n"


async def test_what_cannot_be_asked_for_is_said(tmp_path):
    async with running_stack(tmp_path) as stack:
        assert (await run(stack, "req_none")).exit_code == 1
        assert (await run(stack, "--since", "yesterday")).exit_code == 2
        row = await delivered(stack)
        told_without = await told(stack, row.id, LUMENFALL_API_KEY="")
        assert told_without["gateway_log"] == "LUMENFALL_API_KEY is not set"


@pytest.mark.parametrize("status", [404, 403])
async def test_a_gateway_without_a_log_is_no_failure(tmp_path, status):
    async with running_stack(tmp_path) as stack, running_bare_gateway() as gateway:
        gateway.without_log(status)
        row = await delivered(stack)
        environment = {"LUMENFALL_BASE_URL": gateway.base_url, "LUMENFALL_API_KEY": BARE_KEY}
        story = await told(stack, row.id, **environment)
        assert story["gateway_log"].startswith("not available here")


@pytest.mark.parametrize("option", ["--person", "--tenant"])
@pytest.mark.parametrize("value", ["nonsense", "discord:", ":1", "discord:1 2", "x" * 5000])
def test_an_id_of_nothing_is_refused(option: str, value: str) -> None:
    done = CliRunner().invoke(app, ["requests", option, value], env={"COLUMNS": "200"})
    assert done.exit_code == 2
    assert "is not an id such as discord:123" in " ".join(done.output.replace("│", " ").split())
