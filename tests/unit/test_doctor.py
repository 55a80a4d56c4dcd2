"""The doctor names what is wrong: deliberately broken set-ups, one fault each, on the real parts."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
from collections import namedtuple
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from typer.testing import CliRunner

from adapters.cli.doctor import local_checks, people_checks
from adapters.cli.doctor.findings import Finding, Status
from adapters.cli.doctor.gateway_checks import address_fault
from adapters.cli.doctor.run import examine, read_settings
from adapters.cli.main import app
from adapters.composition import open_storage
from adapters.discord.command_sync import KIND as COMMANDS
from adapters.discord.command_sync import logged_in, payload_hash
from adapters.server.webhooks import PATH
from adapters.slack.installation import KIND as INSTALLS
from adapters.slack.installation import TokenCipher
from adapters.slack.manifest import OPTIONAL_SCOPES, SCOPES
from bot.core.audit.entries import OPERATOR
from bot.core.clock import SystemClock
from bot.core.request import Actor
from bot.core.tenant import Elsewhere
from bot.settings import Settings
from sandbox import Sandbox
from tests.contract.store_world import a_request
from tests.fakes.bare_gateway.gateway import KEY as BARE_KEY
from tests.fakes.bare_gateway.server import running_bare_gateway
from tests.fakes.discord_server.server import DiscordServer
from tests.fakes.sandbox import running_sandbox
from tests.fakes.slack_server.server import SlackServer
from tests.fakes.stack import settings_for

SIGNING = "0123456789abcdef0123456789abcdef"


class Shifted(SystemClock):
    """A clock that is `seconds` wrong."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._off = int(seconds * 1e6)

    def now(self) -> int:
        return super().now() + self._off


class Bed:
    """A sound set-up on servers of our own; `settings` is what a test breaks."""

    def __init__(self, folder: Path, sandbox: Sandbox, discord: DiscordServer, slack: SlackServer) -> None:
        self.sandbox, self.discord, self.slack = sandbox, discord, slack
        self.guild = discord.add_guild()
        self.channel = discord.add_channel(self.guild, "general")
        self.team = slack.add_team("acme", scopes=frozenset((*SCOPES, *OPTIONAL_SCOPES)))
        self.settings = settings_for(
            folder,
            sandbox,
            discord_token=SecretStr(discord.token),
            discord_api_url=discord.api_url,
            discord_gateway_url=discord.gateway_url,
            slack_bot_token=SecretStr(self.team.token),
            slack_app_token=SecretStr(slack.app.app_token),
            slack_signing_secret=SecretStr(SIGNING),
            slack_api_url=slack.api_url,
        )

    def change(self, **changes: Any) -> None:
        self.settings = self.settings.model_copy(update=changes)

    async def synced(self) -> None:
        """Hand the commands over, as a start of the bot does."""
        async with open_storage(self.settings) as store, logged_in(self.settings) as client:
            key = str(client.application_id)
            await store.put_document(COMMANDS, key, {"hash": payload_hash(client)})

    async def findings(self, *, skew_s: float = 0) -> list[Finding]:
        found = examine(self.settings, channels=[self.channel.id], clock=Shifted(skew_s))
        return [finding async for finding in found]

    async def wrong(self, **how: Any) -> dict[str, Finding]:
        """What is not ok, by check; the sandbox's address is one warning too many in every test."""
        return {
            finding.check: finding
            for finding in await self.findings(**how)
            if finding.status is not Status.OK and "LUMENFALL_BASE_URL" not in finding.text
        }


@pytest.fixture(name="bed")
async def bed_fixture(tmp_path: Path) -> AsyncIterator[Bed]:
    discord = await DiscordServer.start()
    async with running_sandbox() as sandbox, await SlackServer.start() as slack:
        try:
            bed = Bed(tmp_path, sandbox, discord, slack)
            await bed.synced()
            yield bed
        finally:
            await discord.stop()


async def test_a_sound_set_up_has_nothing_wrong_and_costs_nothing(bed):
    findings = await bed.findings()
    told = "tests have no starting limits and no list of models, which is said"
    assert set(await bed.wrong()) - {"volumes"} == {"limits", "explicit pictures"}, told
    assert {
        "configuration", "disk", "database", "ledger", "limits", "notices", "homes", "volumes",
        "clock", "gateway", "balance", "request log",
        "prices", "replay", "explicit pictures", "webhooks", "discord", "intents", "shards", "commands",
        f"channel {bed.channel.id}", "slack", "slack scopes", "slack events",
    } == {finding.check for finding in findings}  # fmt: skip
    assert bed.sandbox.charged_micros == 0
    assert bed.sandbox.paid_calls == []
    asked = [call for call in bed.sandbox.calls if call.endpoint]
    assert asked
    assert {header(call.headers, "x-lumenfall-replay") for call in asked} == {"off"}


def header(headers: Mapping[str, str], wanted: str) -> str:
    return next((value for name, value in headers.items() if name.lower() == wanted), "")


async def test_no_finding_shows_a_secret(bed):
    bed.change(slack_bot_token=SecretStr("xoxb-leaky-token"), discord_token=SecretStr("leaky.token.value"))
    bed.sandbox.fail("401", times=None)
    shown = json.dumps([finding.as_json() for finding in await bed.findings()])
    secrets = [bed.settings.lumenfall_api_key, bed.settings.slack_app_token, bed.settings.slack_bot_token]
    for secret in [*secrets, bed.settings.discord_token, bed.settings.slack_signing_secret]:
        assert secret.get_secret_value() not in shown


# settings


def test_a_variable_that_cannot_be_read(monkeypatch):
    monkeypatch.setenv("PORT", "many")
    settings, findings = read_settings()
    assert settings is None
    assert [(f.check, f.status, f.text[:5]) for f in findings] == [("configuration", "problem", "PORT:")]


def test_a_secret_file_that_is_not_there(monkeypatch, tmp_path):
    monkeypatch.setenv("DISCORD_TOKEN_FILE", str(tmp_path / "absent"))
    _, findings = read_settings()
    assert "DISCORD_TOKEN_FILE cannot be read" in findings[0].text


async def test_nothing_to_run(bed):
    bed.change(discord_token=None, slack_bot_token=None)
    assert "nothing to run" in (await bed.wrong())["configuration"].text


async def test_slack_without_a_way_for_events(bed):
    bed.change(slack_app_token=None, slack_signing_secret=None)
    assert "no way to send events" in (await bed.wrong())["configuration"].text


async def test_oauth_without_keys_to_seal_tokens(bed):
    bed.change(slack_bot_token=None, slack_client_id="1.2", slack_client_secret=SecretStr("x"))
    assert "TOKEN_KEYS" in (await bed.wrong())["configuration"].remedy


async def test_a_token_key_that_is_none(bed):
    bed.change(token_keys=("not-a-key",))
    assert "no Fernet key" in (await bed.wrong())["configuration"].text


@pytest.mark.parametrize(
    ("ids", "count", "text"), [(("0",), None, "without SHARD_COUNT"), (("2", "x"), 2, "2, x")]
)
async def test_shards_that_do_not_add_up(bed, ids, count, text):
    bed.change(shard_ids=ids, shard_count=count)
    assert text in (await bed.wrong())["configuration"].text


async def test_no_key_for_the_gateway(bed):
    bed.change(lumenfall_api_key=None)
    assert "LUMENFALL_API_KEY is not set" in (await bed.wrong())["gateway"].text


# disk and database


async def test_a_data_folder_that_cannot_be_written(bed, tmp_path):
    (tmp_path / "file").touch()
    bed.change(data_dir=tmp_path / "file")
    assert "cannot be written" in (await bed.wrong())["disk"].text


@pytest.mark.parametrize(("free", "status"), [(50_000_000, "problem"), (500_000_000, "warning")])
async def test_a_disk_that_is_full(bed, monkeypatch, free, status):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(local_checks.shutil, "disk_usage", lambda _: usage(10**12, 10**12 - free, free))
    assert (await bed.wrong())["disk"].status == status


@pytest.mark.parametrize(
    ("kind", "status", "text"),
    [("ext4", "ok", "ext4"), ("nfs4", "warning", "network drive"), ("overlay", "warning", "loses")],
)
def test_the_volume_that_the_database_lies_on(tmp_path, kind, status, text):
    mounts = tmp_path / "mounts"
    mounts.write_text(f"none / btrfs rw 0 0\nnone {tmp_path} {kind} rw 0 0\nnone /proc proc rw 0 0\n")
    (found,) = people_checks.volume_findings(Settings(data_dir=tmp_path / "data"), mounts)
    assert found.status == status
    assert text in found.text
    on_postgres = Settings(data_dir=tmp_path, database_url=SecretStr("postgresql://db/x"))
    assert people_checks.volume_findings(on_postgres, mounts) == []


async def test_notices_that_reach_nobody_and_homes_that_do_not_pay(tmp_path):
    settings = Settings(data_dir=tmp_path)
    async with open_storage(settings) as store:
        off = settings.model_copy(update={"operator_notices": False})
        assert [one.status for one in await people_checks.notice_findings(store, off)] == ["warning"]
        assert [one.status for one in await people_checks.notice_findings(store, settings)] == ["ok"]
        await store.choose_home("discord:7", "discord:1")
        actor = Actor(tenant="discord:1", place="discord:dm:7", person="discord:7")
        await store.accept(a_request(actor=actor), {})
        assert [one.status for one in await people_checks.home_findings(store)] == ["ok"]
        await store.change_tenant(
            "discord:1", lambda now: replace(now, direct_messages=Elsewhere.NEVER), by=OPERATOR
        )
        (found,) = await people_checks.home_findings(store)
    assert (found.status, "1 people" in found.text, "discord:1" in found.text) == ("warning", True, True)


async def test_a_database_that_cannot_be_reached(bed):
    bed.change(database_url=SecretStr("postgresql://bot:hunter2@127.0.0.1:9/lumenfall"))
    found = (await bed.wrong())["database"]
    assert found.status == "problem"
    assert "hunter2" not in found.text


async def test_a_database_of_another_kind(bed):
    bed.change(database_url=SecretStr("mysql://localhost/x"))
    assert "must begin with postgresql://" in (await bed.wrong())["database"].text


async def test_a_file_that_is_no_database(bed):
    bed.settings.database_path.unlink()
    bed.settings.database_path.write_bytes(b"hello" * 1000)
    assert "cannot be opened" in (await bed.wrong())["database"].text


async def test_migrations_that_have_not_run(bed):
    execute(bed.settings, "DELETE FROM migrations WHERE number = (SELECT MAX(number) FROM migrations)")
    found = (await bed.wrong())["database"]
    assert (found.status, found.text) == ("warning", "1 migrations have not run yet.")


async def test_a_database_of_a_newer_version(bed):
    execute(bed.settings, "INSERT INTO migrations VALUES (9999, 'future', 'x')")
    assert "newer" in (await bed.wrong())["database"].text


async def test_a_ledger_that_does_not_add_up(bed):
    execute(bed.settings, "INSERT INTO subject_balances VALUES ('person', 't', 'p', 0, 5, 0, 0, 0, 0, 0, 0)")
    assert (await bed.wrong())["ledger"].status == "problem"


def execute(settings: Settings, sql: str) -> None:
    with sqlite3.connect(settings.database_path) as plain:
        plain.execute(sql)
    plain.close()


async def test_the_doctor_migrates_nothing(bed):
    execute(bed.settings, "DELETE FROM migrations WHERE number = (SELECT MAX(number) FROM migrations)")
    copy = bed.settings.database_path.with_name("copy.db")
    shutil.copy(bed.settings.database_path, copy)
    bed.change(discord_token=None)
    await bed.findings()
    with sqlite3.connect(bed.settings.database_path) as now, sqlite3.connect(copy) as before:
        count = "SELECT COUNT(*) FROM migrations"
        assert now.execute(count).fetchone() == before.execute(count).fetchone()
    now.close()
    before.close()


# the gateway


async def test_a_gateway_that_cannot_be_reached(bed):
    bed.change(lumenfall_base_url="http://127.0.0.1:9/openai/v1")
    assert "cannot be reached" in (await bed.wrong())["gateway"].text


async def test_a_key_that_is_refused(bed):
    bed.sandbox.fail("401", endpoint="generate", dry_run=True, times=None)
    assert "refused (401)" in (await bed.wrong())["gateway"].text


async def test_an_edge_that_turns_us_away(bed):
    bed.sandbox.fail("html_403", endpoint="generate", dry_run=True, times=None)
    assert "edge" in (await bed.wrong())["gateway"].text


@pytest.mark.parametrize(("micros", "status"), [(0, "problem"), (1_000_000, "warning")])
async def test_a_balance_that_is_gone_or_going(bed, micros, status):
    bed.sandbox.set(balance_micros=micros)
    assert (await bed.wrong())["balance"].status == status


async def test_a_gateway_without_balance_and_log_is_sound(bed):
    async with running_bare_gateway() as gateway:
        bed.change(lumenfall_base_url=gateway.base_url, lumenfall_api_key=SecretStr(BARE_KEY))
        found = {finding.check: finding for finding in await bed.findings()}
    assert (found["gateway"].status, found["prices"].status) == ("ok", "ok")
    for check in ("balance", "request log"):
        assert found[check].status == "ok"
        assert found[check].text.startswith("not available here")


@pytest.mark.parametrize("fault", ["no_price", "no_estimated"])
async def test_a_gateway_that_names_no_price(bed, fault):
    bed.sandbox.fail(fault, times=None)
    assert (await bed.wrong())["prices"].status == "problem"


@pytest.mark.parametrize("mode", ["mock", "replay-or-error"])
async def test_a_key_that_replays_is_overridden_on_every_call(bed, mode):
    bed.sandbox.set(default_replay=mode)
    replay = [finding for finding in await bed.findings() if finding.check == "replay"]
    assert [finding.status for finding in replay] == ["ok"]
    assert "whatever the key's own default" in replay[0].text


@pytest.mark.parametrize(("skew", "status"), [(60, "warning"), (-3600, "problem")])
async def test_a_clock_that_is_wrong(bed, skew, status):
    found = (await bed.wrong(skew_s=skew))["clock"]
    assert found.status == status
    assert ("ahead of" if skew > 0 else "behind") in found.text


async def test_a_webhook_address_the_gateway_would_refuse(bed):
    bed.change(webhook_url="http://localhost/webhooks/lumenfall")
    assert "https" in (await bed.wrong())["webhooks"].text


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        (f"https://bot.example.org{PATH}", ""),
        (f"https://bot.example.org:8443{PATH}", ""),
        (f"http://bot.example.org{PATH}", "does not begin with https"),
        (f"https://10.0.0.7{PATH}", "has no public domain name"),
        (f"https://[::1]{PATH}", "has no public domain name"),
        (f"https://bot.internal{PATH}", "has no public domain name"),
        (f"https://bot.example.org:8080{PATH}", "uses port 8080"),
        ("https://bot.example.org/", f"does not end in {PATH}"),
        ("https://[bad", "is no address"),
    ],
)
def test_webhook_addresses(url, fault):
    assert address_fault(url) == fault


async def test_a_webhook_secret_that_cannot_be_had(bed):
    bed.change(webhook_url=f"https://bot.example.org{PATH}")
    bed.sandbox.fail("502", endpoint="secret", times=None)
    assert (await bed.wrong())["webhooks"].status == "warning"


# Discord


async def test_a_discord_token_that_is_refused(bed):
    bed.change(discord_token=SecretStr("MTIz.wrong.token"))
    assert "refused (401)" in (await bed.wrong())["discord"].text


async def test_discord_that_cannot_be_reached(bed):
    bed.change(discord_api_url="http://127.0.0.1:9/api/v10")
    assert "cannot be reached" in (await bed.wrong())["discord"].text


async def test_a_channel_where_the_bot_may_not_speak(bed):
    bed.channel.deny(bed.guild.everyone, "send_messages", "attach_files")
    found = (await bed.wrong())[f"channel {bed.channel.id}"]
    assert found.status == "problem"
    assert "send messages" in found.text
    assert "attach files" in found.text


async def test_a_channel_that_does_not_exist(bed):
    bed.channel = replace(bed.channel, id=42)
    assert "no such channel" in (await bed.wrong())["channel 42"].text


async def test_a_channel_the_bot_cannot_see(bed):
    bed.channel.deny(bed.guild.everyone, "view_channel")
    assert "cannot see it" in (await bed.wrong())[f"channel {bed.channel.id}"].text


async def test_commands_of_another_version(bed):
    async with open_storage(bed.settings) as store:
        (key,) = await store.documents(COMMANDS)
        await store.put_document(COMMANDS, key, {"hash": "old"})
    assert "another version" in (await bed.wrong())["commands"].text


async def test_commands_that_were_never_synced(bed):
    async with open_storage(bed.settings) as store:
        (key,) = await store.documents(COMMANDS)
        await store.delete_document(COMMANDS, key)
    assert "not been handed" in (await bed.wrong())["commands"].text


# Slack


async def test_a_slack_token_that_was_revoked(bed):
    bed.slack.grants[bed.team.token].dead = "token_revoked"
    assert "dead (token_revoked)" in (await bed.wrong())["slack"].text


async def test_slack_scopes_that_are_missing(bed):
    bed.slack.grants[bed.team.token].scopes.discard("files:write")
    found = (await bed.wrong())["slack scopes"]
    assert (found.status, found.text) == ("problem", "Missing: files:write.")


async def test_slack_scopes_that_would_be_nice(bed):
    bed.slack.grants[bed.team.token].scopes.discard("usergroups:read")
    assert (await bed.wrong())["slack scopes"].status == "warning"


async def test_an_app_token_that_opens_no_socket(bed):
    bed.change(slack_app_token=SecretStr("xapp-wrong"))
    assert "No socket" in (await bed.wrong())["slack events"].text


async def test_a_signing_secret_that_is_none(bed):
    bed.change(slack_signing_secret=SecretStr("not-hex"))
    assert "does not look like one" in (await bed.wrong())["slack signature"].text


async def test_slack_that_cannot_be_reached(bed):
    bed.change(slack_api_url="http://127.0.0.1:9/api/")
    assert "cannot be reached" in (await bed.wrong())["slack"].text


async def test_installed_workspaces_are_looked_at_one_by_one(bed):
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    bed.change(
        slack_bot_token=None, slack_client_id="1.2", slack_client_secret=SecretStr("x"), token_keys=(new,)
    )
    async with open_storage(bed.settings) as store:
        for key, sealer in ((":T1", old), (":T2", new)):
            sealed = TokenCipher((sealer,)).seal({"token": bed.team.token})
            await store.put_document(INSTALLS, key, {"sealed": sealed})
    wrong = await bed.wrong()
    assert "cannot be opened with TOKEN_KEYS" in wrong["slack T1"].text
    assert "slack T2" not in wrong


# the command


@asynccontextmanager
async def environment(bed: Bed, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    for name in ("data_dir", "lumenfall_base_url"):
        monkeypatch.setenv(name.upper(), str(getattr(bed.settings, name)))
    monkeypatch.setenv("LUMENFALL_API_KEY", bed.settings.lumenfall_api_key.get_secret_value())
    monkeypatch.setenv("PLAYGROUND_PASSWORD", "x" * 20)
    yield


async def test_the_command_prints_lines_for_people_or_json_and_fails_on_a_problem(bed, monkeypatch):
    async with environment(bed, monkeypatch):
        sound = await asyncio.to_thread(CliRunner().invoke, app, ["doctor"])
        assert sound.exit_code == 0, sound.output
        assert "ok       balance: $100.00 left" in sound.output
        bed.sandbox.set(balance_micros=0)
        broken = await asyncio.to_thread(CliRunner().invoke, app, ["doctor", "--json"])
        assert broken.exit_code == 1
        findings = [json.loads(line) for line in broken.output.splitlines()]
        assert [finding["check"] for finding in findings if finding["status"] == "problem"] == ["balance"]
