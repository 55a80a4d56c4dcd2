"""What people type, and what a payload is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.common.settings_forms import changes_of
from adapters.slack.addressing import Address, address_of
from adapters.slack.handlers.admin import subject_of, typed_change, window_of
from adapters.slack.identity import mentioned
from adapters.slack.intake.grammar import points_at_picture, priced, read_command, read_explicit
from adapters.slack.intake.payload import Kind, is_noise, read, restored
from bot.core.capability import Capability
from bot.core.errors import InvalidOrder
from bot.core.ledger import EVERYONE, Scope
from bot.core.tenant import Tenant
from bot.core.windows import Window


@pytest.mark.parametrize(
    ("text", "verb", "rest"),
    [
        ("/generate a red fox", "generate", "a red fox"),
        ("/Generate: a red fox", "generate", "a red fox"),
        ("/draw\na fox", "draw", "a fox"),
        ("help", "help", ""),
        ("/help generate", "help", "generate"),
        ("/balance", "balance", ""),
        ("/estimate a red fox", "estimate", "a red fox"),
    ],
)
def test_a_command_in_a_conversation_begins_with_a_slash(text: str, verb: str, rest: str) -> None:
    said = read_explicit(text)
    assert said is not None
    assert (said.verb, said.rest) == (verb, rest)


@pytest.mark.parametrize(
    "text",
    [
        "generate a red fox",
        "help me write a letter",
        "history of Rome",
        "balance",
        "/shrug",
        "what is a fox?",
        "",
    ],
)
def test_everything_else_is_just_said(text: str) -> None:
    assert read_explicit(text) is None


def test_after_the_command_the_first_word_is_always_meant() -> None:
    assert read_command("history of Rome").verb == "history"
    assert read_command("a red fox").verb == ""


@pytest.mark.parametrize(
    ("rest", "read_as"),
    [
        ("generate a fox", (Capability.GENERATE, "a fox", [])),
        ("a fox --model flux", (Capability.GENERATE, "a fox --model flux", [])),
        ("video waves --seconds 4", (Capability.VIDEO, "waves --seconds 4", [])),
        ("a fox --models a,b, c", (Capability.GENERATE, "a fox", ["a", "b", "c"])),
        ("edit night --models=a,b --n 2", (Capability.EDIT, "night  --n 2", ["a", "b"])),
    ],
)
def test_prices_name_capability_words_and_models(rest: str, read_as: tuple[Any, ...]) -> None:
    assert priced(rest) == read_as


def test_words_may_point_at_a_picture() -> None:
    assert points_at_picture("what is this?")
    assert not points_at_picture("tell me about Rome")


@given(st.text(max_size=200))
def test_what_is_no_command_is_kept_as_it_was_typed(text: str) -> None:
    said = read_command(text)
    if not said.verb:
        assert said.rest == text.strip()
    else:
        assert said.rest.split() == text.split()[1:]


# an admin's words


@pytest.mark.parametrize(
    ("word", "scope", "subject"),
    [
        ("<@U1|ada>", Scope.PERSON, "slack:U1"),
        ("<@W1>", Scope.PERSON, "slack:W1"),
        ("<#C1|art>", Scope.CHANNEL, "slack:C1"),
        ("<!subteam^S1|@designers>", Scope.ROLE, "slack:S1"),
        ("everyone", Scope.PERSON, EVERYONE),
        ("workspace", Scope.TENANT, ""),
    ],
)
def test_whom_a_budget_binds(word: str, scope: Scope, subject: str) -> None:
    whom = subject_of(word)
    assert (whom.scope, whom.subject) == (scope, subject)


def test_windows_are_read_or_refused_in_words() -> None:
    assert window_of([]) is Window.MONTH
    assert window_of(["per", "day"]) is Window.DAY
    assert window_of(["weekly"]) is Window.WEEK
    for bad in (lambda: window_of(["fortnight"]), lambda: subject_of("ada")):
        with pytest.raises(InvalidOrder):
            bad()


def test_a_typed_setting_is_read_as_the_table_says() -> None:
    here = Tenant(id="slack:T1", defaults={"edit": "m"}, blocked_people=("slack:U7",))

    def changed(text: str) -> dict[str, Any]:
        return changes_of(here, typed_change(text), mentioned)

    assert changed("cap none") == {"cap": None}
    assert changed("default generate flux") == {"defaults": {"edit": "m", "generate": "flux"}}
    assert changed("default edit none") == {"defaults": {}}
    assert changed("block <@U8|eve>") == {"blocked_people": ("slack:U7", "slack:U8")}
    assert changed("unblock <@U7>") == {"blocked_people": ()}
    assert changed("admin <@U9>") == {"admin_people": ("slack:U9",)}
    assert changed("channels <#C1|art> <#C2>") == {"allowed_channels": ("slack:C1", "slack:C2")}
    assert changed("exempt + <!subteam^S1|@free>") == {"exempt_roles": ("slack:S1",)}
    for wrong in ("colour red", "block eve", "approvals somewhere"):
        with pytest.raises(InvalidOrder):
            changed(wrong)


# payloads


def event(**inner: Any) -> dict[str, Any]:
    return {
        "type": "event_callback",
        "token": "secret",
        "team_id": "T1",
        "event_id": "Ev1",
        "authorizations": [{"team_id": "T1", "enterprise_id": None}],
        "event": {"type": "app_mention", "user": "U1", "channel": "C1", "ts": "1.5", **inner},
    }


def test_what_was_said_is_one_thing_however_often_it_is_told() -> None:
    mention = read(event(), at=1)
    message = read({**event(type="message"), "event_id": "Ev2"}, at=2)
    assert mention.key == message.key == "T1:said:C1:1.5"
    assert mention.kind is Kind.SAID


def test_acts_have_the_key_of_their_trigger() -> None:
    slash = {"command": "/lumen", "team_id": "T1", "trigger_id": "9.1", "user_id": "U1", "channel_id": "C1"}
    assert read(slash, at=0).key == "T1:command:9.1"
    press = {"type": "block_actions", "team": {"id": "T1"}, "user": {"id": "U1"}, "trigger_id": "9.2"}
    assert read(press, at=0).key == "T1:act:9.2"


def test_answers_go_under_the_parent() -> None:
    alone, reply = read(event(), at=0).address, read(event(thread_ts="1.0"), at=0).address
    assert (alone.thread_ts, alone.unseen_thread) == ("1.5", "")
    assert (reply.thread_ts, reply.unseen_thread) == ("1.0", "1.0")


@pytest.mark.parametrize(
    "noise",
    [
        {"bot_id": "B1", "type": "message"},
        {"bot_profile": {"id": "B1"}, "type": "message", "channel": "D1"},
        {"app_id": "A1", "type": "message", "channel": "D1"},
        {"hidden": True},
        {"edited": {"ts": "2"}, "type": "message"},
        {"user": "USLACKBOT"},
        {"user": ""},
        {"subtype": "message_changed"},
        {"subtype": "channel_join"},
        {"type": "message"},
    ],
)
def test_noise_starts_nothing(noise: dict[str, Any]) -> None:
    assert is_noise(read(event(**noise), at=0))


@pytest.mark.parametrize("said", [{"bot_id": "B1"}, {"bot_profile": {"id": "B1"}}, {"app_id": "A1"}])
def test_an_app_that_mentions_us_is_no_person(said: dict[str, Any]) -> None:
    assert read(event(**said), at=0).kind is Kind.APP


@pytest.mark.parametrize(
    "real",
    [
        {},
        {"subtype": "file_share"},
        {"app_id": "A1", "client_msg_id": "x"},
        {"type": "message", "channel": "D1"},
    ],
)
def test_people_are_heard(real: dict[str, Any]) -> None:
    assert not is_noise(read(event(**real), at=0))


def test_a_payload_is_stored_without_its_token_and_restored_as_it_was() -> None:
    inbound = read(event(), at=7)
    stored = inbound.stored()
    assert "secret" not in str(stored)
    again = restored(stored)
    assert again.replayed
    assert (again.key, again.at, again.address) == (inbound.key, 7, inbound.address)


@given(
    st.builds(
        Address,
        team=st.text(max_size=9),
        user=st.text(max_size=9),
        channel=st.text(max_size=9),
        thread_ts=st.text(max_size=9),
        in_thread=st.booleans(),
        response_until=st.integers(0, 2**60),
    )
)
def test_an_address_survives_the_row(where: Address) -> None:
    assert address_of(where.to_json() | {"team": where.team, "user": where.user}) == where
    assert address_of({**where.to_json(), "team": "T", "user": "U", "later": 1}).team == "T"
