"""A bot as its operator runs it: a process of its own on servers of ours, watched, stopped, backed up."""

from __future__ import annotations

import asyncio
import json

import pytest
from prometheus_client.parser import text_string_to_metric_families

from adapters.cli.backup import check
from tests.fakes.program import COMMAND, free_port, outside, started

ENDED = {"discord": 1.0, "slack": 1.0, "web": 0.0, "cli": 0.0}


async def test_one_process_serves_both_platforms_is_watched_and_stops_in_order(tmp_path):
    port = free_port()
    async with outside() as world:
        settings = world.environment(port, str(tmp_path))
        async with started([*COMMAND, "run", "--json"], settings, port) as bot:
            await bot.ready()
            ready = (await bot.get("/readyz")).json()["checks"]
            assert {name for name, part in ready.items() if part["ok"]} >= {"discord", "slack", "gateway"}
            asked = await world.discord.slash(world.mira, world.art, "generate", prompt="a fox")
            await world.slack.mention(world.ana, world.office, "/generate a red fox")
            await asked.message("charged **", timeout=30)
            await world.office.wait_for(lambda message: message.is_bot and message.files)

            copy = tmp_path / "copy.db"
            async with started([*COMMAND, "backup", str(copy)], settings, port) as backup:
                assert await backup.process.wait() == 0
            assert check(copy) > 0

            async with asyncio.timeout(10):
                while await counted(bot, "lumenfall_requests_ended_total", state="delivered") != ENDED:
                    await asyncio.sleep(0.05)
            assert await bot.stop() == 0
        assert not any("Traceback" in line for line in bot.said), "".join(bot.said)
        assert {"starting", "ready"} <= {json.loads(line)["event"] for line in bot.said}
        secrets = [world.discord.token, settings["SLACK_BOT_TOKEN"], settings["LUMENFALL_API_KEY"]]
        assert not any(secret in "".join(bot.said) for secret in secrets)
        assert "red fox" not in "".join(bot.said)
        async with started([*COMMAND, "ledger", "verify"], settings, port) as verify:
            assert await verify.process.wait() == 0


async def counted(bot, name: str, **wanted: str) -> dict[str, float]:
    """A counter by platform, over its other labels."""
    found: dict[str, float] = {}
    for family in text_string_to_metric_families((await bot.get("/metrics")).text):
        for sample in family.samples:
            if sample.name == name and wanted.items() <= sample.labels.items():
                platform = sample.labels["platform"]
                found[platform] = found.get(platform, 0.0) + sample.value
    return found


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"PORT": "many"}, "PORT"),
        ({"LUMENFALL_API_KEY": ""}, "LUMENFALL_API_KEY is not set"),
        ({"DISCORD_TOKEN": "", "SLACK_BOT_TOKEN": ""}, "nothing to run"),
        ({"DISCORD_TOKEN_FILE": "/nowhere/token"}, "DISCORD_TOKEN_FILE cannot be read"),
        ({"DATABASE_URL": "mysql://x"}, "DATABASE_URL must begin with postgresql://"),
        ({"SLACK_APP_TOKEN": ""}, "SLACK_APP_TOKEN for Socket Mode"),
        ({"TOKEN_KEYS": "nonsense"}, "TOKEN_KEYS"),
    ],
)
async def test_a_broken_configuration_ends_at_once_with_one_readable_line(tmp_path, broken, said):
    port = free_port()
    async with outside() as world:
        settings = {**world.environment(port, str(tmp_path)), **broken}
        async with started([*COMMAND, "run"], settings, port) as bot:
            async with asyncio.timeout(30):
                assert await bot.process.wait() == 2
        lines = [line for line in bot.said if not line.startswith("{")]
        assert len(lines) == 1, bot.said
        assert lines[0].startswith("configuration: ")
        assert said in lines[0]


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"DISCORD_TOKEN": "MTIz.wrong.token"}, "DISCORD_TOKEN"),
        ({"SLACK_BOT_TOKEN": "xoxb-wrong"}, "SLACK_BOT_TOKEN"),
        ({"DATABASE_URL": "postgresql://bot:hunter2@127.0.0.1:9/x"}, "database"),
    ],
)
async def test_what_a_server_elsewhere_refuses_ends_it_with_one_line(tmp_path, broken, said):
    port = free_port()
    async with outside() as world:
        settings = {**world.environment(port, str(tmp_path)), **broken}
        async with started([*COMMAND, "run"], settings, port) as bot:
            async with asyncio.timeout(60):
                assert await bot.process.wait() == 2
        lines = [line for line in bot.said if not line.startswith("{")]
        assert len(lines) == 1, bot.said
        assert said in lines[0]
        assert "hunter2" not in "".join(bot.said)


async def test_a_start_says_what_runs_and_a_bad_key_is_one_sentence_for_everybody(tmp_path):
    port = free_port()
    async with outside() as world:
        world.sandbox.fail("401", endpoint="generate", dry_run=True, times=None)
        settings = world.environment(port, str(tmp_path))
        async with started([*COMMAND, "run"], settings, port) as bot:
            async with asyncio.timeout(60):
                while not any(line.startswith("The gateway refuses LUMENFALL_API_KEY") for line in bot.said):
                    await asyncio.sleep(0.1)
                while (gateway := (await bot.get("/readyz")).json()["checks"]["gateway"])["ok"]:
                    await asyncio.sleep(0.1)
            assert gateway == {"ok": False, "note": "key_refused"}
            asked = await world.discord.slash(world.mira, world.art, "generate", prompt="a fox")
            await asked.followup("does not accept this bot's key", timeout=30)
            assert await bot.stop() == 0
        logged = [json.loads(line) for line in bot.said if line.startswith("{")]
        first = next(line for line in logged if line["logger"].startswith("adapters"))
        assert first["event"] == "starting"
        assert (first["database"], first["platforms"]) == ("sqlite", ["discord", "slack"])
        assert first["limits"]["per_person"] > 0
        assert [line["event"] for line in logged].count("gateway_not_usable") == 1
        (ended,) = [line for line in logged if line["event"] == "request_ended"]
        assert (ended["state"], ended["code"]) == ("refused", "AUTHENTICATION_FAILED")
        assert world.sandbox.charged_micros == 0


async def test_a_stop_while_it_starts_is_heeded(tmp_path):
    port = free_port()
    async with outside() as world:
        world.discord.faults.add("GET /users/@me", hold=True, times=1000)
        settings = world.environment(port, str(tmp_path))
        async with started([*COMMAND, "run"], settings, port) as bot:
            async with asyncio.timeout(30):
                while not (tmp_path / "lumenfall.db").exists():
                    await asyncio.sleep(0.05)
            await asyncio.sleep(0.5)
            assert await bot.stop(20) == 0
