"""Every message the Discord adapter can draw stays within Discord's limits, whatever people write."""

from __future__ import annotations

from dataclasses import replace

import pytest
from discord import ui

from adapters.common.spending_table import as_csv
from adapters.discord.delivery.attachments import ResultFiles, next_limit, pack
from adapters.discord.forms import modals
from adapters.discord.forms import settings as settings_form
from adapters.discord.handlers import approvals
from adapters.discord.views import admin as admin_view
from adapters.discord.views import lists as list_view
from adapters.discord.views import request as request_view
from adapters.discord.views import results as result_view
from adapters.discord.views.buttons import RequestButton
from adapters.discord.views.markdown import clamp, escape
from adapters.discord.views.results import ResultDisplay
from bot.core.capability import Capability
from bot.core.catalog import Model
from bot.core.errors import BudgetExceeded, Refusal
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
from bot.core.ports.for_adapters import SpendRow
from bot.core.request import (
    Actor,
    Asset,
    ChatOrder,
    EditOrder,
    Failure,
    GenerateOrder,
    Request,
    State,
    Upload,
    UpscaleOrder,
    VideoOrder,
)
from bot.core.tenant import Tenant
from bot.core.windows import Window
from bot.use_cases.admin import Report
from bot.use_cases.quotes import Quote
from bot.use_cases.reports import period, summed

NOW = 1_800_000_000_000_000
NASTY = "@everyone **b** _i_ `c` ||s|| ~~x~~ [a](https://e.example) <@1> <#2> <t:0:R> # h\n> q\n- l " * 120
PICTURE = Upload(digest="d" * 64, content_type="image/png", width=64, height=64, size=100)
ROOM = BudgetLeft(
    budget="Your budget for this month",
    scope=Scope.PERSON,
    limit=Micros(10**15),
    spent=Micros(10**14),
    held=Micros(10**13),
    left=Micros(10**14),
    resets_at=NOW,
)
RECEIPT = Receipt(
    estimate=Micros(123_456_789),
    charged=Micros(987_654_321),
    overrun=Micros(864_197_532),
    source="hold",
    room=ROOM,
    elapsed_s=7384.2,
)
ORDERS = [
    GenerateOrder(
        model="m" * 200,
        prompt=NASTY,
        n=10,
        size="1024x1024",
        aspect_ratio="16:9",
        resolution="2K",
        quality="hd",
        style="vivid",
        output_format="png",
        output_compression=90,
        seed=2**32 - 1,
        negative_prompt=NASTY[:2000],
        thinking_level="high",
        prompt_enhancement="on",
    ),
    EditOrder(model="m" * 200, prompt=NASTY, images=(PICTURE,)),
    UpscaleOrder(model="m" * 200, image=PICTURE, scale=4.0),
    ChatOrder(model="m" * 200, prompt=NASTY, system=NASTY, temperature=1.5, max_tokens=2048),
    VideoOrder(model="m" * 200, prompt=NASTY, seconds=8.5, references=(PICTURE,)),
]


def request_of(order, **changes) -> Request:
    assets = tuple(
        Asset(
            url="https://media.example/" + "x" * 400,
            content_type="image/png",
            width=8192,
            height=8192,
            size=50_000_000,
            revised_prompt=NASTY,
        )
        for _ in range(10)
    )
    return Request(
        id="req_" + "0" * 20,
        dedupe_key="k",
        origin="discord",
        actor=Actor(tenant="discord:1", person="discord:" + "9" * 19, name=NASTY[:32]),
        order=order,
        reply_to={},
        created_at=NOW,
        updated_at=NOW,
        due_at=None,
        submitted_at=NOW,
        finished_at=NOW,
        provider=NASTY[:100],
        executed_model="e" * 200,
        estimate=Micros(123_456_789),
        charged=Micros(987_654_321),
        gateway_id="g" * 100,
        trace_id="t" * 32,
        assets=assets,
        text="answer",
        failure=Failure(code="c", message=NASTY),
        refused_budget="Your budget for this month",
        left=Micros(1),
        resets_at=NOW,
        **{"state": State.DELIVERED, **changes},
    )


def views(order):
    request = request_of(order)
    media = tuple((f"attachment://{number}.png", NASTY[:250]) for number in range(10))
    notes = tuple(
        f"[Picture {number}](https://media.example/{'x' * 400}), until <t:1:f>" for number in range(10)
    )
    refusal = BudgetExceeded(
        budget_id="b", budget="Your budget", price=Micros(10**9), left=Micros(1), resets_at=NOW
    )
    for state in State:
        at = replace(request, state=state)
        yield request_view.progress(
            Progressed(request=at, position=123_456, percent=99, elapsed_s=9999, expected_s=12345.6)
        )
        yield list_view.details(at, ROOM, result_view.more_rows(at))
    yield request_view.progress(Progressed(request=request, text="word " * 5000))
    yield request_view.progress(Progressed(request=request, text="```python\n" + "x = 1\n" * 3000))
    yield request_view.price(AwaitingConfirmation(request=request, price=Micros(10**12), expires_at=NOW))
    yield result_view.delivered(
        Delivered(request=request, receipt=RECEIPT), ResultDisplay(media=media, notes=notes)
    )
    yield result_view.answer(
        Delivered(request=request, receipt=RECEIPT), "w" * 3430, last=True, file="answer.md"
    )
    yield request_view.failed(Failed(request=request, receipt=RECEIPT))
    yield request_view.cancelled(Cancelled(request=request, receipt=RECEIPT))
    yield request_view.refused(refusal, request=request, can_ask=True)
    yield request_view.refused(Refusal(NASTY))
    yield request_view.refused_in_public("discord:1")
    yield approvals.approval_card(request, Micros(50_000))
    yield approvals.asked(request)
    yield approvals.decided(request, "discord:1", yes=True)
    yield list_view.history([request] * 100, reader="")
    yield list_view.balance([ROOM] * 100, [request] * 100)
    run = list_view.PriceButton(subject="1" * 20, until=10**15)
    quotes = [Quote(model="m" * 200, price=None, problem=NASTY)] * 5
    yield list_view.comparison(Capability.GENERATE, NASTY, quotes, run)
    yield list_view.comparison(
        Capability.GENERATE, NASTY, [Quote(model="m" * 200, price=Micros(10**12))] * 5, run
    )
    yield list_view.estimate(order, Micros(10**12), NASTY, [ROOM], run)
    yield list_view.estimate(order, Micros(1), NASTY, [], run)


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.capability.value)
def test_every_message_is_within_the_limits(order):
    count = 0
    for view in views(order):
        within_limits(view)
        count += 1
    assert count > 40


def within_limits(view: ui.LayoutView) -> None:
    assert view.timeout is None
    assert view.content_length() <= 4000
    items = list(view.walk_children())
    assert len(items) <= 40
    for item in items:
        if isinstance(item, ui.MediaGallery):
            assert 1 <= len(item.items) <= 10
            assert all(len(entry.description or "") <= 1024 for entry in item.items)
        if isinstance(item, ui.ActionRow):
            assert 1 <= len(item.children) <= 5
        if isinstance(item, ui.Button):
            assert item.url or item.custom_id
        if isinstance(item, RequestButton):
            assert len(item.custom_id) <= 100
            assert 1 <= len(item.item.label or "") <= 80


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.capability.value)
def test_lasting_messages_hold_nothing_that_lives_in_memory(order):
    """A view that mixes an ordinary button with a dynamic one can unregister the latter for the whole bot."""
    for view in views(order):
        for item in view.walk_children():
            if item.is_dispatchable():
                assert isinstance(item, RequestButton)
        assert view.is_persistent()


def test_listings_and_cards_of_admins_are_within_the_limits():
    model = Model(
        id="m" * 90,
        capabilities=frozenset(Capability),
        starting_price=Micros(10**12),
        sensitive=True,
    )
    within_limits(list_view.models([model] * 300, None, {"generate": model.id}))
    within_limits(list_view.models([], Capability.VIDEO, {}))
    within_limits(list_view.help_card(is_admin=True))
    ids = tuple(f"discord:{10**18 + number}" for number in range(60))
    tenant = Tenant(
        id="discord:1",
        zone="America/Argentina/ComodRivadavia",
        paused=True,
        defaults=dict.fromkeys(Capability, "m" * 90),
        allowed_models=("pattern*" * 10,) * 60,
        denied_models=("pattern*" * 10,) * 60,
        denied_capabilities=tuple(Capability),
        allowed_channels=ids,
        exempt_roles=ids,
        blocked_people=ids,
        admin_people=ids,
        admin_channel=ids[0],
    )
    within_limits(admin_view.settings(tenant))
    budget = Budget(
        id="b", tenant="t", scope=Scope.CHANNEL, subject=ids[0], window=Window.MONTH, limit=Micros(10**15)
    )
    lines = [BudgetLine(budget=budget, spent=Micros(10**14), held=Micros(10**13), resets_at=NOW)] * 200
    within_limits(admin_view.budgets(lines))
    rows = [
        SpendRow(
            day="2026-01-01", person=person, name=NASTY[:32], capability="generate", charged=Micros(10**14),
            requests=10**6,
        )
        for person in ids
    ] * 20  # fmt: skip
    found = Report(spending=summed(period(366, NOW, "UTC"), rows), lines=lines)
    within_limits(admin_view.report(found))
    assert b"\n'" not in as_csv(found.spending)


def test_a_name_that_would_be_a_formula_is_disarmed():
    row = SpendRow(
        day="2026-01-01",
        person="discord:1",
        name="=HYPERLINK(1)",
        capability="chat",
        charged=Micros(1),
        requests=1,
    )
    table = as_csv(summed(period(1, NOW, "UTC"), [row])).decode()
    assert ",'=HYPERLINK(1)," in table


def test_forms_are_within_the_limits():
    request = request_of(ORDERS[0])
    places = Tenant(id="t", blocked_people=tuple(f"discord:{number}" for number in range(1, 100)))
    models = [
        Model(id=f"model-{number}", capabilities=frozenset({Capability.GENERATE})) for number in range(300)
    ]
    names = {ability: [model.id for model in models] for ability in Capability}
    few = {ability: [model.id for model in models[:24]] for ability in Capability}
    forms = [
        modals.remix(request),
        modals.edit(request),
        modals.animate(request),
        *(build(f"{2**63}.{2**63}", 99) for build in (modals.edit_at, modals.animate_at)),
        modals.ask_at(f"{2**63}.{2**63}"),
        *(
            settings_form.settings_form(page, places, offered)
            for page in admin_view.form_pages(places)
            for offered in (names, few, {})
        ),
    ]
    for form in forms:
        body = form.to_dict()
        assert len(body["title"]) <= 45
        assert len(body["custom_id"]) <= 100
        assert 1 <= len(body["components"]) <= 5
        for label in body["components"]:
            assert len(label["label"]) <= 45
            assert len(label.get("description", "")) <= 100
            field = label["component"]
            assert len(field.get("options", [])) <= 25
            assert len(field.get("value") or "") <= 4000
            assert len(field.get("default_values", [])) <= 25


def test_escaped_words_carry_no_markup():
    shown = escape("**b** `c` [l](https://e.example) <@1> @everyone #x\n# head ||s||", 200)
    assert shown == (
        r"\*\*b\*\* \`c\` \[l\](https\://e.example) \<@1\> @" + "\u200b" + r"everyone \#x \# head \|\|s\|\|"
    )
    assert escape("- item", 50) == r"\- item"
    assert clamp("word " * 100, 20) == "word word word word…"


class NoCopies(ResultFiles):
    async def result_file(self, request, index):
        return None


async def test_a_result_without_a_copy_is_a_link_with_its_end():
    request = request_of(ORDERS[0])
    packed = await pack(request, NoCopies(), 10_000_000)
    assert packed.files == ()
    assert len(packed.shown.notes) == 10
    assert f"until <t:{(NOW + 3_600_000_000) // 1_000_000}:f>" in packed.shown.notes[0]


def test_limits_fall_fast_and_end_in_links():
    limit, seen = 500 << 20, []
    while limit:
        limit = next_limit(limit, [900_000, 10])
        seen.append(limit)
    assert seen == [300_000, 100_000, 0]
