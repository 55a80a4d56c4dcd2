"""Whatever an admin decides can be read and changed on every surface; what is missing is named."""

from __future__ import annotations

import os
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from adapters.cli.main import app
from adapters.common.settings_forms import field_of
from adapters.common.settings_table import SETTINGS, Kind
from adapters.common.settings_values import parsed, text_of
from adapters.discord.forms import settings as discord_forms
from adapters.discord.views import admin as discord_views
from adapters.slack.forms import settings as slack_forms
from adapters.slack.views import admin as slack_views
from adapters.web.budgets import settings_json
from adapters.web.command_table import SETTING_WORDS
from adapters.web.identity import DEMO
from bot.core.capability import Capability
from bot.core.money import Micros
from bot.core.tenant import KEPT, DigestPace, Elsewhere, Sensitive, Tenant
from tests.fakes.environment import bare

WANTED = {field.name for field in fields(Tenant)} - KEPT
MODELS = {capability: ["some-model"] for capability in Capability}


def decided(platform: str) -> Tenant:
    """Settings of which none has its default."""
    return Tenant(
        id=f"{platform}:1",
        zone="Europe/Berlin",
        paused=True,
        threshold=Micros(2_000_000),
        cap=Micros(3_000_000),
        defaults=dict.fromkeys(Capability, "some-model"),
        allowed_models=("some*",),
        denied_models=("other*",),
        denied_capabilities=("video",),
        allowed_channels=(f"{platform}:11",),
        sensitive=Sensitive.NEVER,
        exempt_roles=(f"{platform}:12",),
        blocked_people=(f"{platform}:13",),
        admin_people=(f"{platform}:14",),
        admin_channel=f"{platform}:15",
        direct_messages=Elsewhere.ALWAYS,
        personal_installs=Elsewhere.NEVER,
        guests=False,
        guest_capabilities=("generate", "edit"),
        guest_models=("seedream*",),
        house_prompt="Answer in verse.",
        channel_prompts={f"{platform}:16": "In prose."},
        blocked_words=("casino*",),
        notices=False,
        notice_channel=f"{platform}:17",
        digest=DigestPace.WEEKLY,
        digest_channel=f"{platform}:18",
        reads_threads=False,
        language="de",
    )


def texts(part: Any) -> str:
    """All texts of a payload."""
    if isinstance(part, dict):
        return "\n".join(texts(value) for value in part.values())
    if isinstance(part, list):
        return "\n".join(texts(value) for value in part)
    return part if isinstance(part, str) else ""


def missing(said: str) -> set[str]:
    return {row.name for row in SETTINGS if row.title not in said}


def test_every_setting_has_a_row() -> None:
    rows = [row.name for row in SETTINGS]
    assert sorted(rows) == sorted(WANTED), f"without a row: {WANTED - set(rows)}"
    default, other = Tenant(id="x:1"), decided("x")
    same = {name for name in WANTED if getattr(default, name) == getattr(other, name)}
    assert not same, "these values would prove nothing"


def test_every_setting_is_read_and_changed_on_discord() -> None:
    tenant = decided("discord")
    pages = discord_views.form_pages(tenant)
    forms = [discord_forms.settings_form(page, tenant, MODELS).to_dict() for page in pages]
    names = [label["component"]["custom_id"] for form in forms for label in form["components"]]
    assert {field_of(name).row.name for name in names} == WANTED
    card = discord_views.settings(tenant)
    assert not missing(texts(card.to_components()))
    buttons = {item.custom_id for item in card.walk_children() if getattr(item, "custom_id", None)}
    assert {f"set:{page.name}" for page in pages} <= buttons, "each form has its button"


def test_every_setting_is_read_and_changed_on_slack() -> None:
    tenant = decided("slack")
    forms = [
        slack_forms.settings_form(tenant, {}, number)
        for number in range(len(slack_views.modal_pages(tenant)))
    ]
    names = [block["block_id"] for form in forms for block in form["blocks"] if block["type"] == "input"]
    assert {field_of(name).row.name for name in names} == WANTED
    assert not missing(texts(list(slack_views.settings(tenant).blocks)))


def test_every_setting_is_read_and_changed_on_the_web() -> None:
    answer = settings_json(decided("web"), DEMO)
    assert answer["settings"].keys() == WANTED
    assert {field_of(field["name"]).row.name for field in answer["fields"]} == WANTED
    assert {field_of(option.name).row.name for option in SETTING_WORDS} == WANTED


def test_every_setting_is_read_and_changed_on_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in os.environ.keys() - bare().keys():
        monkeypatch.delenv(name)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "300")
    tenant, runner = decided("slack"), CliRunner()
    for row in SETTINGS:
        if row.kind is not Kind.MODELS:  # asks the gateway for its models: see the test of the program
            value = text_of(row, getattr(tenant, row.name))
            done = runner.invoke(app, ["settings", "set", tenant.id, row.name, value])
            assert done.exit_code == 0, (row.name, done.output)
    said = runner.invoke(app, ["settings", "show", tenant.id]).output
    assert not missing(said)
    lines = {
        line.split("│")[1].strip(): line.split("│")[2].strip() for line in said.splitlines() if "│" in line
    }
    wrong = {
        row.name
        for row in SETTINGS
        if row.kind is not Kind.MODELS and parsed(row, lines[row.name]) != getattr(tenant, row.name)
    }
    assert not wrong
