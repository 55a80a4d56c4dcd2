"""Anything in place of what Discord sends: nothing unhandled, no hang, no charge for what nobody asked.

The bot is a running one, an unmodified discord.py client with our adapter, a database and the sandbox behind
it; events are Discord's own, changed on the wire. A deep run (`make deep`) tries ten times as many.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.fakes.discord_acts import ACTS
from tests.fakes.discord_fuzzing import Fuzz, fuzzing
from tests.fakes.discord_server.sessions import Session
from tests.fakes.fuzzing import kept_running
from tests.fakes.mutations import Change, in_turn, often, several, values, words

acts = st.sampled_from(sorted(ACTS))
EVENTS = (
    "INTERACTION_CREATE MESSAGE_CREATE MESSAGE_UPDATE MESSAGE_DELETE GUILD_CREATE GUILD_UPDATE CHANNEL_CREATE"
    " CHANNEL_UPDATE THREAD_CREATE THREAD_LIST_SYNC GUILD_ROLE_CREATE GUILD_MEMBER_UPDATE USER_UPDATE"
    " ENTITLEMENT_CREATE INTEGRATION_CREATE SOME_LATER_EVENT"
).split()

IDS = frozenset(("id", "channel_id", "guild_id", "author", "mentions", "timestamp"))


@pytest.fixture(scope="module")
def fuzz(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fuzz]:
    yield from kept_running(fuzzing(tmp_path_factory.mktemp("fuzz")))


def spoil(fuzz: Fuzz, act: str, change: Callable[[Any], None]) -> None:
    """Let a person act, changed on the wire; fails where anything was noticed."""
    fuzz.change, before = change, fuzz.charged
    fuzz.run(fuzz.act(ACTS[act]))
    assert fuzz.trouble() == []
    assert fuzz.connected
    assert fuzz.charged == before or fuzz.asked()
    assert fuzz.server.violations == []


@often(120)
@given(act=acts, spoilt=several)
def test_any_event_is_answered_or_left_alone(fuzz: Fuzz, act: str, spoilt: list[Change]) -> None:
    spoil(fuzz, act, in_turn(spoilt))


@often(60)
@given(act=acts, said=words, place=st.integers(0, 400))
def test_any_words_in_any_place_are_answered_in_a_way_discord_takes(
    fuzz: Fuzz, act: str, said: str, place: int
) -> None:
    """Ids of buttons, values of options, names, prompts: what Discord's own app would never let through."""
    held = Change(place=place, do="say", words=said)
    spoil(fuzz, act, lambda body: held.apply(body.get("data", body), spared=IDS.__contains__))


@often(40)
@given(event=st.sampled_from(EVENTS), body=values)
@example(event="INTERACTION_CREATE", body={"type": 2})
@example(event="MESSAGE_CREATE", body={"id": "1", "channel_id": "2"})
def test_any_body_leaves_the_connection_open(fuzz: Fuzz, event: str, body: Any) -> None:
    """What is no event is left out; the next good one must still get through."""

    async def send(fuzz: Fuzz) -> None:
        Session.dispatch(fuzz.session, event, body)
        await ACTS["balance"](fuzz)

    fuzz.change = None
    answered = len(fuzz.server.requests("/callback"))
    fuzz.run(fuzz.act(send))
    assert len(fuzz.server.requests("/callback")) == answered + 1
    assert fuzz.trouble() == []
    assert fuzz.connected
