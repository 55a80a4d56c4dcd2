"""Facts as Slack messages: every one valid by the vendor's schema, no words of people able to shout."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.slack.forms import order_view
from adapters.slack.views import admin as admin_view
from adapters.slack.views import layout
from adapters.slack.views import lists as list_view
from adapters.slack.views import request as request_view
from adapters.slack.views import results as result_view
from adapters.slack.views.layout import Message, clamp, escape, harmless, quote
from bot.core.capability import Capability
from bot.core.catalog import Model, Scale
from bot.core.errors import BudgetExceeded, InvalidOrder
from bot.core.events import (
    AwaitingConfirmation,
    BudgetLeft,
    Cancelled,
    Delivered,
    Failed,
    Progressed,
    Receipt,
)
from bot.core.ledger import Budget, BudgetLine, Scope
from bot.core.money import Micros
from bot.core.request import (
    Actor,
    Asset,
    ChatOrder,
    EditOrder,
    Failure,
    GenerateOrder,
    Order,
    Request,
    State,
    Upload,
    UpscaleOrder,
    VideoOrder,
)
from bot.core.tenant import Tenant
from bot.core.windows import Window
from tests.fakes.slack_server.validation import Judge

JUDGE = Judge()
PICTURE = Upload(digest="a" * 64, content_type="image/png", width=8, height=8, size=9)
EVIL = "<!channel> <!here|x> <@U123> <#C1> <https://x|y> & > *b* `c`\n" * 200
SHOUT = re.compile(r"<!|<@U123|<#C1|<https://x")
ORDERS: dict[Capability, Order] = {
    Capability.GENERATE: GenerateOrder(model="seedream-4.5", prompt=EVIL),
    Capability.EDIT: EditOrder(model="seedream-4.5", prompt=EVIL, images=(PICTURE,)),
    Capability.UPSCALE: UpscaleOrder(model="real-esrgan", image=PICTURE),
    Capability.CHAT: ChatOrder(model="openai/gpt-5.4", prompt=EVIL),
    Capability.VIDEO: VideoOrder(model="kling-v3", prompt=EVIL),
}
ROOM = BudgetLeft(
    budget="Your budget for today",
    scope=Scope.PERSON,
    limit=Micros(1_000_000),
    spent=Micros(400_000),
    held=Micros(100_000),
    left=Micros(500_000),
    resets_at=1_800_000_000_000_000,
)
RECEIPT = Receipt(
    estimate=Micros(40_000),
    charged=Micros(38_000),
    overrun=Micros(0),
    source="gateway",
    room=ROOM,
    elapsed_s=4.25,
)


def request(capability: Capability, **changes: Any) -> Request:
    row = Request(
        id="req_0123456789abcdefghjk",
        dedupe_key="k",
        origin="slack",
        actor=Actor(tenant="slack:T1", person="slack:U9", name="Ana <!channel>", channel="slack:C2"),
        order=ORDERS[capability],
        reply_to={},
        state=State.RECEIVED,
        created_at=1_700_000_000_000_000,
        updated_at=1_700_000_000_000_000,
        due_at=None,
        estimate=Micros(40_000),
        assets=(Asset(url="https://media/x.png?a=1&b=2", content_type="image/png", expires_at=1),),
    )
    return replace(row, **changes)


def valid(shown: Message | list[dict[str, Any]], surface: str = "message") -> str:
    """Judged by Slack's schema and limits; the text of all blocks, but for what we say on purpose."""
    found = list(shown.blocks) if isinstance(shown, Message) else shown
    assert JUDGE.blocks(found, surface) == []
    return json.dumps(found, ensure_ascii=False)


def silent(text: str) -> None:
    """Nothing a person wrote is a mention, a broadcast or a link."""
    ours = re.sub(r"<!date\^[^>]*>|<!subteam\^S7>", "", text)
    assert not SHOUT.search(ours), ours[:500]


@pytest.mark.parametrize("capability", list(Capability))
@pytest.mark.parametrize("state", list(State))
def test_progress_is_valid_in_every_state_of_every_capability(capability: Capability, state: State) -> None:
    row = request(capability, state=state)
    silent(valid(request_view.progress(row)))
    event = Progressed(request=row, position=3, percent=40, elapsed_s=5, expected_s=12)
    silent(valid(request_view.progress(row, event)))


@pytest.mark.parametrize("capability", list(Capability))
def test_every_end_is_valid_and_silent(capability: Capability) -> None:
    row = request(capability)
    silent(valid(result_view.delivered(Delivered(request=row, receipt=RECEIPT), notes=["Converted."])))
    silent(valid(result_view.answer_footer(Delivered(request=row, receipt=RECEIPT))))
    silent(
        valid(
            request_view.price(AwaitingConfirmation(request=row, price=Micros(2_000_000), expires_at=10**15))
        )
    )
    failure = replace(row, failure=Failure(code="x", message="Broken <!channel>."))
    silent(valid(request_view.ended(Failed(request=failure, receipt=RECEIPT))))
    silent(valid(request_view.ended(Cancelled(request=row, receipt=replace(RECEIPT, charged=Micros(0))))))
    details = valid(list_view.details(replace(row, state=State.DELIVERED)))
    silent(details)
    assert f'"delete:{row.id}"' in details
    silent(valid(admin_view.approval(row, "U9", Micros(50_000))))
    silent(valid(admin_view.decided(row, "approved by <@U8>")))
    linked = valid(result_view.link_instead(Delivered(request=row, receipt=RECEIPT), "No."))
    assert "https://media/x.png?a=1&amp;b=2" in linked


def test_ten_pictures_fit_one_menu() -> None:
    many = request(Capability.GENERATE, assets=(Asset(url="u"),) * 10)
    text = valid(result_view.delivered(Delivered(request=many, receipt=RECEIPT)))
    assert "upscale:req_0123456789abcdefghjk:9" in text


def test_a_button_carries_its_verb_and_its_request() -> None:
    text = valid(result_view.delivered(Delivered(request=request(Capability.GENERATE), receipt=RECEIPT)))
    for verb in ("upscale", "edit", "animate", "vary"):
        assert f'"{verb}:req_0123456789abcdefghjk:0"' in text
    for verb in ("again", "details"):
        assert f'"{verb}:req_0123456789abcdefghjk"' in text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "estimated $0.04 → charged $0.038"),
        ({"charged": Micros(0)}, "nothing was charged"),
        ({"source": "hold"}, "the amount set aside"),
        ({"source": "estimate"}, "the estimate; the gateway named no price"),
        ({"estimate": None}, "charged $0.038"),
    ],
)
def test_a_receipt_says_what_it_cost_and_who_said_so(changes: dict[str, Any], said: str) -> None:
    receipt = replace(RECEIPT, **changes)
    shown = valid(result_view.delivered(Delivered(request=request(Capability.GENERATE), receipt=receipt)))
    assert said in shown


def test_a_refusal_names_budget_reset_and_whom_to_ask() -> None:
    refusal = BudgetExceeded(
        budget_id="b",
        budget="Your budget for today",
        price=Micros(50_000),
        left=Micros(10_000),
        resets_at=1_800_000_000_000_000,
    )
    text = valid(request_view.refused(refusal, request(Capability.GENERATE)))
    silent(text)
    assert "Your budget for today has $0.01 left" in text
    assert "<!date^1800000000^" in text
    assert "Ask an admin" in text
    assert "Ask an admin" not in valid(request_view.refused(InvalidOrder("No <!channel>.")))


def test_lists_are_valid_when_long_and_when_empty() -> None:
    rows = [request(capability) for capability in Capability] * 4
    for shown in (
        list_view.history([]),
        list_view.history(rows, reader=""),
        list_view.running([]),
        list_view.running(rows),
        list_view.balance([]),
        list_view.balance([ROOM] * 12),
        list_view.guide("/lumen", admin=True),
        list_view.models([], "<!channel>", None),
        list_view.models([model(f"m{n}") for n in range(60)], "", Capability.GENERATE),
        admin_view.budgets([]),
        admin_view.budgets([line(scope) for scope in Scope if scope is not Scope.INSTALLATION] * 12),
        admin_view.settings(Tenant(id="slack:T1", denied_models=("<!channel>",), admin_channel="slack:C2")),
    ):
        silent(valid(shown))


def model(name: str, **changes: Any) -> Model:
    return Model(id=name, capabilities=frozenset(Capability), starting_price=Micros(30_000), **changes)


def line(scope: Scope) -> BudgetLine:
    subject = {Scope.ROLE: "slack:S7", Scope.PERSON: "*", Scope.CHANNEL: "slack:C9"}.get(scope, "")
    budget = Budget(
        id=f"b:{scope}",
        tenant="slack:T1",
        scope=scope,
        subject=subject,
        window=Window.DAY,
        limit=Micros(5_000_000),
    )
    return BudgetLine(budget=budget)


def view_problems(view: dict[str, Any]) -> list[str]:
    problems, error = JUDGE.view(view)
    return problems + ([error] if error else [])


@pytest.mark.parametrize("capability", list(Capability))
@pytest.mark.parametrize("source", [{}, {"files": ("F1",)}, {"request": "req_x", "index": 2}])
@pytest.mark.parametrize("place", [False, True])
def test_every_form_is_valid(capability: Capability, source: dict[str, Any], place: bool) -> None:
    if source and capability is Capability.GENERATE:
        pytest.skip("a picture from words has no source")
    start = order_view.Start(capability=capability, prompt=EVIL[:5000], place=place, about=EVIL, **source)
    rich = model("m", choices={"size": ("1:1", "16:9"), "quality": ("low", "high")}, max_n=4)
    scaled = model("m", scale=Scale(factors=(2.0, 4.0)), max_seconds=8)
    for known in (None, rich, scaled):
        assert view_problems(order_view.form(start, known, threshold=Micros(1_000_000))) == []
    assert view_problems(order_view.skeleton(start)) == []
    assert view_problems(order_view.problem_block(start, "No.")) == []


@given(
    st.builds(
        order_view.Start,
        capability=st.sampled_from([one.value for one in Capability]),
        prompt=st.text(max_size=300),
        files=st.lists(st.text("F012", min_size=1, max_size=12), max_size=10).map(tuple),
        request=st.text(max_size=30),
        index=st.integers(0, 9),
    )
)
def test_a_form_remembers_what_it_began_with(start: order_view.Start) -> None:
    assert order_view.unpacked(start.packed()) == start
    assert len(replace(start, prompt=EVIL, about=EVIL).packed()) <= 3000
    assert len(replace(start, prompt=EVIL, about=EVIL).packed(1800)) <= 1900


CONTROL = re.compile(r"<[!@#]|<https?:")


@given(st.text(st.sampled_from("<>&!@#channel UC1|^*_`\n;amp"), max_size=400), st.integers(1, 200))
@example("11<1", 6)
def test_escaped_words_never_hold_control_sequences_and_keep_their_limit(text: str, limit: int) -> None:
    for shown in (escape(text), quote(text, limit), layout.words(text, limit)):
        assert not CONTROL.search(shown)
        bare = re.sub(r"&(amp|lt|gt);", "", shown)
        assert "&" not in bare, "an entity was cut in half"
    assert len(clamp(escape(text), limit)) <= limit


@given(st.text(st.sampled_from("<>!@#channelhrvyosubtmd^U1C2|"), max_size=200))
def test_a_models_markdown_is_harmless(text: str) -> None:
    shown = harmless(text + "<!channel><@U12>")
    assert not re.search(r"<!(channel|here|everyone|subteam|date)\b|<@[UW][A-Z0-9]|<#[CG][A-Z0-9]", shown)
    assert shown.replace("\u200b", "") == text + "<!channel><@U12>"
