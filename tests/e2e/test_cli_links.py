"""What the operator sees and ends of linked accounts, and limits for people everywhere, as they are typed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.composition import open_storage
from bot.core.audit.entries import AuditFilter
from bot.settings import Settings
from tests.contract.store_world import a_request
from tests.contract.test_store_wallets import link
from tests.fakes.commands import Commands, commands


@pytest.fixture
async def cli(tmp_path: Path) -> AsyncIterator[Commands]:
    async with commands(tmp_path / "said") as cli:
        yield cli


async def test_the_operator_limits_people_everywhere_and_ends_links(tmp_path: Path, cli: Commands) -> None:
    names = {"DATA_DIR": str(tmp_path)}
    settings = Settings(data_dir=tmp_path)
    assert "Nobody has linked accounts." in await cli("people", "link", "list", **names)
    async with open_storage(settings) as store:
        await store.accept(a_request("discord:1"), {})
        await link(store, "discord:1", "slack:U1")
    said = await cli("budget", "set", "10", "--everywhere", "*", **names)
    assert "budget:*:everywhere:*:month: $10.00 per month" in said
    said = await cli("budget", "set", "12", "--everywhere", "discord:1", **names)
    assert "looser than before: it takes the place of $10.00 a month for each person everywhere" in said
    listed = await cli("budget", "list", **names)
    assert "discord:1" in listed
    assert "everywhere" in listed
    for wrong in (
        ("5", "--everywhere", "*", "--window", "total"),
        ("5", "--everywhere", "discord:404"),
        ("5", "--everywhere", "*", "--tenant", "discord:9"),
        ("5", "--scope", "everywhere"),
        ("five", "--everywhere", "*"),
    ):
        await cli("budget", "set", *wrong, expect=2, **names)
    assert "slack:U1" in await cli("people", "link", "list", **names)
    [line] = (await cli("people", "link", "list", "--json", **names)).splitlines()[-1:]
    accounts = json.loads(line)["accounts"]
    assert {one["account"] for one in accounts} == {"discord:1", "slack:U1"}
    said = await cli("people", "link", "end", "slack:U1", **names)
    assert "slack:U1 leaves on " in said
    await cli("people", "link", "end", "slack:U2", expect=2, **names)
    async with open_storage(settings) as store:
        ended = [one for one in await store.audit("*", AuditFilter(), limit=10) if one.subject == "slack:U1"]
        assert [(one.by, one.what) for one in ended] == [("operator", "linked accounts")]
        leaving = [one.person for one in await store.wallet("discord:1") if one.ended_at]
        assert leaving == ["slack:U1"]
    said = await cli("budget", "starter", "*", **names)
    assert "ended" not in said, "limits for people everywhere are not the installation's"
    await cli("budget", "remove", "budget:*:everywhere:*:month", **names)
