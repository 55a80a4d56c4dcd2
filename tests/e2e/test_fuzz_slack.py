"""Anything in place of what Slack sends: nothing unhandled, no hang, no charge for what nobody asked.

The bot is a running one, with its database and the sandbox; payloads are Slack's own, changed on the wire and
signed. A deep run (`make deep`) tries ten times as many.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.fakes.fuzzing import kept_running
from tests.fakes.mutations import Change, in_turn, nested, often, several, values, words
from tests.fakes.slack_acts import ACTS
from tests.fakes.slack_fuzzing import Fuzz, fuzzing

acts = st.sampled_from(sorted(ACTS))
JSON, FORM = "application/json", "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def fuzz(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fuzz]:
    yield from kept_running(fuzzing(tmp_path_factory.mktemp("fuzz")))


def spoil(fuzz: Fuzz, act: str, spoilt: list[Change]) -> list[Any]:
    """The statuses Slack was answered with; fails where anything was noticed besides."""
    fuzz.change = in_turn(spoilt)
    statuses = fuzz.run(fuzz.act(ACTS[act]))
    assert fuzz.trouble() == []
    return statuses


@often(60)
@given(act=acts, spoilt=several)
def test_any_payload_over_http_is_answered(fuzz: Fuzz, act: str, spoilt: list[Change]) -> None:
    fuzz.by_socket = False
    for status in spoil(fuzz, act, spoilt):
        assert status in range(200, 500)


@often(30)
@given(act=acts, spoilt=several)
def test_any_payload_over_a_socket_is_acknowledged(fuzz: Fuzz, act: str, spoilt: list[Change]) -> None:
    fuzz.by_socket, opened = True, fuzz.slack.sockets.opened
    assert set(spoil(fuzz, act, spoilt)) <= {200}
    assert fuzz.slack.sockets.opened == opened


@often(40)
@given(where=st.sampled_from(["mention", "dm", "slash", "form"]), said=words, by_socket=st.booleans())
def test_any_words_are_answered_in_a_way_slack_takes(
    fuzz: Fuzz, where: str, said: str, by_socket: bool
) -> None:
    async def say(fuzz: Fuzz) -> None:
        slack, ana, art = fuzz.slack, fuzz.world.ana, fuzz.world.art
        match where:
            case "mention":
                await slack.mention(ana, art, said)
            case "dm":
                await slack.dm(ana, said)
            case "slash":
                await slack.slash(fuzz.world.boss, art, "/lumen", said)
            case _:
                await slack.fill(ana, fuzz.form, {"prompt": said[:3000], "more": said[:3000]})
                slack.send_submission(ana, fuzz.form)

    fuzz.change, fuzz.by_socket = None, by_socket
    fuzz.slack.violations.clear()
    assert set(fuzz.run(fuzz.act(say))) <= {200}
    assert fuzz.trouble() == []
    assert fuzz.slack.violations == []


bodies = st.one_of(
    st.tuples(st.just(JSON), values.map(json.dumps)),
    st.tuples(st.just(JSON), st.text(max_size=40)),
    st.tuples(st.just(FORM), st.text(max_size=40)),
    st.tuples(st.just(FORM), values.map(lambda value: f"payload={json.dumps(value)}")),
    st.tuples(
        st.sampled_from(["", "text/plain; charset=klingon", "multipart/form-data"]), st.text(max_size=40)
    ),
)


@often(30)
@given(body=bodies, forged=st.booleans())
@example(body=(JSON, json.dumps(nested(900))), forged=True)
@example(body=(JSON, "[" * 100_000), forged=True)
@example(body=(JSON, '{"event": 1}'), forged=True)
def test_any_body_is_answered_and_a_strangers_is_never_taken(
    fuzz: Fuzz, body: tuple[str, str], forged: bool
) -> None:
    content_type, text = body
    text = text.encode(errors="replace").decode()
    secret = "another" if forged else None
    status, _, _ = fuzz.run(fuzz.slack.requests.post(text, content_type, secret=secret))
    assert status in range(400 if forged else 200, 500)
    assert fuzz.trouble() == []


def test_a_body_of_wrong_bytes_is_turned_away(fuzz: Fuzz) -> None:
    async def post() -> int:
        url, headers = fuzz.slack.requests.targets[0], {"Content-Type": JSON}
        async with fuzz.slack.requests.session.post(url, data=b"\xff\xfe{", headers=headers) as answer:
            return answer.status

    assert fuzz.run(post()) == 400
    assert fuzz.trouble() == []


envelopes = st.fixed_dictionaries(
    {"type": st.sampled_from(["events_api", "interactive", "slash_commands", "hello", "what", None])},
    optional={"envelope_id": values, "payload": values, "accepts_response_payload": values, "reason": values},
)


@often(20)
@given(envelope=envelopes)
def test_any_envelope_leaves_the_connection_open(fuzz: Fuzz, envelope: dict[str, Any]) -> None:
    """What is no envelope is the SDK's to judge; the next good payload must still get through."""

    async def send() -> None:
        socket = fuzz.slack.sockets.next_socket()
        assert socket is not None
        await socket.ws.send_str(json.dumps(envelope))

    opened = fuzz.slack.sockets.opened
    fuzz.run(send())
    fuzz.change, fuzz.by_socket = None, True
    assert fuzz.run(fuzz.act(ACTS["home"])) == [200]
    fuzz.trouble()
    assert fuzz.slack.sockets.opened == opened
