"""Pacing by an injected clock, the manifest by the vendor's schema, trusted hosts, the vault."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from cryptography.fernet import Fernet, InvalidToken
from jsonschema import Draft7Validator

from adapters.slack.client import Api
from adapters.slack.delivery.files import Files
from adapters.slack.errors import (
    ConversationClosed,
    Declined,
    MissingScope,
    TokenDead,
    UploadRefused,
    problem,
)
from adapters.slack.installation import TokenCipher
from adapters.slack.manifest import OPTIONAL_SCOPES, SCOPES, manifest, missing_scopes
from adapters.slack.rate_limit import BURST, RateLimits
from bot.core.errors.outside import DeliveryError, DeliveryFinal, DeliveryPassing
from tests.fakes.slack_server.validation import SPECS


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.micros = 1_000_000_000

    def now(self) -> int:
        return self.micros

    async def sleep(self, seconds: float) -> None:
        self.micros += int(seconds * 1_000_000)
        await asyncio.sleep(0)


async def turns(rate_limits: RateLimits, clock: Clock, queue: str, count: int) -> list[float]:
    start, at = clock.now(), []
    for _ in range(count):
        async with rate_limits.turn(queue):
            at.append((clock.now() - start) / 1e6)
    return at


async def test_a_conversation_takes_a_short_burst_and_then_one_a_second() -> None:
    clock = Clock()
    at = await turns(RateLimits(clock), clock, "T1:C1", BURST + 4)
    assert at[: BURST + 1] == [0.0] * (BURST + 1)
    assert at[BURST + 1 :] == [1.0, 2.0, 3.0]


async def test_conversations_do_not_wait_for_each_other() -> None:
    clock, at = Clock(), []
    rate_limits = RateLimits(clock)
    for number in range(50):
        at += await turns(rate_limits, clock, f"T1:C{number}", 1)
    assert at == [0.0] * 50


async def test_a_hold_stops_a_method_of_one_workspace_only() -> None:
    clock = Clock()
    rate_limits = RateLimits(clock)
    rate_limits.hold("T1", "chat.update", 7)
    assert rate_limits.held("T1", "chat.update")
    assert not rate_limits.held("T2", "chat.update")
    assert not rate_limits.held("T1", "chat.postMessage")
    before = clock.now()
    await rate_limits.clear("T1", "chat.update")
    assert clock.now() - before == 7_000_000


async def test_many_conversations_do_not_fill_the_memory() -> None:
    clock = Clock()
    rate_limits = RateLimits(clock)
    for number in range(5000):
        async with rate_limits.turn(f"T1:C{number}"):
            clock.micros += 2_000_000
    assert len(rate_limits._queues) <= 2001


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ("not_in_channel", ConversationClosed),
        ("channel_not_found", ConversationClosed),
        ("is_archived", ConversationClosed),
        ("token_revoked", TokenDead),
        ("account_inactive", TokenDead),
        ("missing_scope", MissingScope),
        ("file_upload_size_restricted", UploadRefused),
        ("storage_limit_reached", UploadRefused),
        ("internal_error", DeliveryPassing),
        ("message_not_in_streaming_state", Declined),
        ("something_new", Declined),
    ],
)
def test_each_answer_of_slacks_is_one_of_a_few_kinds(error: str, kind: type[DeliveryError]) -> None:
    found = problem({"ok": False, "error": error, "needed": "chat:write"})
    assert type(found) is kind
    assert isinstance(found, DeliveryFinal | DeliveryPassing)
    if kind is MissingScope:
        assert found.needed == "chat:write", "for the log"


@pytest.mark.parametrize(
    ("url", "trusted"),
    [
        ("https://files.slack.com/files-pri/T1-F1/a.png", True),
        ("https://acme.slack.com/a.png", True),
        ("http://files.slack.com/a.png", False),
        ("https://files.slack.com.evil.example/a.png", False),
        ("https://evilslack.com/a.png", False),
        ("https://slack.com@evil.example/a.png", False),
        ("http://127.0.0.1:9/a.png", True),
        ("http://127.0.0.1:8/a.png", False),
        ("file:///etc/passwd", False),
        ("", False),
    ],
)
def test_only_slacks_hosts_see_the_token(url: str, trusted: bool) -> None:
    api: Api = object.__new__(Api)
    assert Files(api=api, clock=Clock(), trusted=("127.0.0.1:9",)).trusts(url) is trusted


def test_the_cipher_seals_opens_and_rotates() -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    sealed = TokenCipher((old,)).seal({"token": "xoxb-1"})
    assert "xoxb" not in sealed
    assert TokenCipher((new, old)).open(sealed) == {"token": "xoxb-1"}
    with pytest.raises(InvalidToken):
        TokenCipher((new,)).open(sealed)
    with pytest.raises(ValueError, match="TOKEN_KEYS"):
        TokenCipher(("not a key",))


# the manifest


@pytest.mark.parametrize("url", ["", "https://bot.example.com"])
def test_the_manifest_is_valid_by_the_vendors_schema(url: str) -> None:
    path = SPECS / "slack-manifest.schema.json"
    written = manifest(url=url)
    assert list(Draft7Validator(json.loads(path.read_text())).iter_errors(written)) == []
    assert written["settings"]["socket_mode_enabled"] is not bool(url)
    assert ("https://bot.example.com/slack/events" in json.dumps(written)) is bool(url)


def test_every_scope_is_one_that_a_method_or_an_event_asks_for() -> None:
    path = SPECS / "slack-web-api.json"
    known = {
        scope
        for method in json.loads(path.read_text()).values()
        for kind in (method.get("scope") or {}).values()
        for scope in kind
    }
    elsewhere = {"app_mentions:read", "commands", "usergroups:read", "chat:write.public"}
    assert {*SCOPES, *OPTIONAL_SCOPES} - elsewhere <= known


def test_missing_scopes_are_named() -> None:
    assert missing_scopes(("chat:write", *SCOPES[:3])) == [s for s in SCOPES[3:] if s != "chat:write"]
    assert missing_scopes(SCOPES) == []


def test_the_command_is_configurable() -> None:
    [command] = manifest(command="/draw")["features"]["slash_commands"]
    assert command["command"] == "/draw"
    assert command["should_escape"], "so that @ada arrives as an id"


def test_the_guide_explains_every_permission_the_manifest_asks_for() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "slack.md").read_text()
    assert [scope for scope in (*SCOPES, *OPTIONAL_SCOPES) if f"`{scope}`" not in guide] == []
