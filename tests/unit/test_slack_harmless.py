"""Whatever others write: no field of Slack's holds a mention, broadcast or link of theirs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.slack.delivery.chat_stream import _answer
from adapters.slack.forms import order_view
from adapters.slack.views import admin as admin_view
from adapters.slack.views import layout
from adapters.slack.views import lists as list_view
from adapters.slack.views import request as request_view
from adapters.slack.views import results as result_view
from adapters.slack.views.layout import Message
from bot.core.capability import Capability
from bot.core.errors import BudgetExceeded, InvalidOrder, TooLate
from bot.core.events import AwaitingConfirmation, Cancelled, Corrected, Delivered, Failed, Progressed
from bot.core.money import Micros
from bot.core.request import Asset, ChatOrder, Failure, GenerateOrder, Request
from bot.core.tenant import Tenant
from bot.use_cases.quotes import Quote
from tests.unit.test_slack_render import RECEIPT, ROOM, model, request

PIECES = (
    "<!channel>", "<!here|x>", "<!everyone>", "<!subteam^S0EVIL>", "<@U0EVIL>", "<@W0EVIL|x>", "<#C0EVIL>",
    "<https://evil.example|x>", "<mailto:evil@x|y>", "&lt;!channel&gt;", "&", "<", ">", "|", "*",
    "`", " ", "\n", "a",
)  # fmt: skip
HOSTILE = st.lists(st.sampled_from(PIECES), min_size=1, max_size=8).map("".join)
LIVE = re.compile(
    r"<!(?:channel|here|everyone|subteam\^S0EVIL)|<@[UW]0EVIL|<#C0EVIL|<https://evil|<mailto:evil"
)
SHOUT = re.compile(r"<!(?:channel|here|everyone|subteam\^S0EVIL)|<@[UW]0EVIL|<#C0EVIL")
"""In a model's own Markdown a link is a link, and in plain text nothing is."""


def strings(value: Any, *, markdown: bool = False) -> Iterator[tuple[str, bool]]:
    """Every text that Slack may show, and whether links in it may live; not what buttons carry."""
    if isinstance(value, str):
        yield value, markdown
    elif isinstance(value, list):
        for one in value:
            yield from strings(one, markdown=markdown)
    elif isinstance(value, dict):
        inside = value.get("type") in ("markdown", "plain_text")
        for name, one in value.items():
            if name not in ("value", "private_metadata", "initial_value", "block_id", "action_id"):
                yield from strings(one, markdown=inside)


def hostile_request(text: str, capability: Capability = Capability.GENERATE) -> Request:
    chat = capability is Capability.CHAT
    order = ChatOrder(model=text, prompt=text) if chat else GenerateOrder(model=text, prompt=text)
    row = request(capability)
    return replace(
        row,
        order=order,
        actor=replace(row.actor, name=text),
        failure=Failure(code="cut_x" if chat else "x", message=text),
        executed_model=text,
        provider=text,
        text=text,
        gateway_id=text,
        assets=(Asset(url="https://media.example/x.png", content_type="image/png", expires_at=1),),
    )


def shown(text: str) -> Iterator[Message | list[Any] | dict[str, Any]]:
    """Every kind of message and form with `text` wherever somebody else's words may stand."""
    row, room = hostile_request(text), replace(ROOM, budget=text)
    receipt = replace(RECEIPT, room=room)
    done = Delivered(request=row, receipt=receipt)
    budget = BudgetExceeded(
        budget_id="b", budget=text, price=Micros(5), left=Micros(1), resets_at=1_800_000_000_000_000
    )
    yield request_view.progress(row)
    yield request_view.progress(row, Progressed(request=row, elapsed_s=1, expected_s=2))
    yield request_view.price(AwaitingConfirmation(request=row, price=Micros(2_000_000), expires_at=10**15))
    yield result_view.delivered(done, notes=[text])
    yield result_view.answer_footer(
        Delivered(request=hostile_request(text, Capability.CHAT), receipt=receipt)
    )
    yield request_view.ended(Failed(request=row, receipt=receipt))
    yield request_view.ended(Cancelled(request=row, receipt=receipt))
    yield request_view.corrected(Corrected(request=row, receipt=receipt, before=Micros(1)))
    yield result_view.link_instead(done, text)
    yield result_view.done_elsewhere(row)
    for refusal in (budget, InvalidOrder(text), TooLate(text)):
        yield request_view.refused(refusal)
        yield request_view.refused(refusal, row)
    yield list_view.details(row)
    yield list_view.history([row], reader="")
    yield list_view.running([row])
    yield list_view.balance([room])
    yield list_view.models([], text, None)
    yield list_view.models([model(text)], text, Capability.GENERATE)
    yield list_view.estimate(row.order, "$1", "")
    yield list_view.comparison(row.order, [Quote(model=text, price=None, affordable=False, problem=text)])
    yield admin_view.approval(row, "U9", Micros(50_000))
    yield admin_view.decided(row, "approved by <@U8>")
    yield admin_view.settings(Tenant(id="slack:T1", denied_models=(text,), defaults={"generate": text}))
    yield _answer(layout.harmless(text), {})
    start = order_view.Start(capability=Capability.GENERATE, prompt=text, about=text)
    yield order_view.form(start, model(text, choices={"size": (text,)}), threshold=Micros(1))
    yield order_view.problem_block(start, text)


@settings(deadline=None, max_examples=40)
@given(HOSTILE)
def test_no_field_of_any_message_or_form_holds_a_live_mention_or_link(text: str) -> None:
    for one in shown(text):
        sent = one.payload() if isinstance(one, Message) else one
        for found, markdown in strings(sent):
            assert not (SHOUT if markdown else LIVE).search(found), (json.dumps(sent)[:600], found)


@given(HOSTILE)
def test_a_broadcast_that_nobody_escaped_is_made_harmless_at_the_end(text: str) -> None:
    sent = Message(
        text=text, blocks=[layout.section(text), layout.context(text), layout.header(text)]
    ).payload()
    for found, _ in strings(sent):
        assert not re.search(r"<!(?:channel|here|everyone)", found)


@pytest.mark.parametrize("field", ["title", "alt_txt"])
async def test_titles_of_files_hold_none_either(field: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from adapters.slack.delivery.files import Files, OutgoingFile

    sent: list[Any] = []

    class Api:
        async def call(self, where: Any, method: str, **arguments: Any) -> Any:
            sent.append(arguments)
            return {"upload_url": "https://files.slack.com/x", "file_id": "F1"}

    async def nothing(*_: Any) -> None:
        return None

    files = Files(api=Api(), clock=None, trusted=())  # type: ignore[arg-type]
    monkeypatch.setattr(files, "_send", nothing)
    where: Any = type("Where", (), {"channel": "C1", "thread_ts": ""})()
    await files.upload(
        where, OutgoingFile(name="x.png", title="t", alt="<!channel> <@U0EVIL>", size=1, data=b"x")
    )
    await files.share(where, [("F1", "<!channel> <@U0EVIL>")], [])
    found = [text for text, _ in strings(sent)]
    assert any("channel" in text for text in found)
    assert not any(LIVE.search(text) for text in found)
