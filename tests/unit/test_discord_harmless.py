"""Whatever others write: no message of ours on Discord holds a mention, a masked link or markup of theirs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from discord import ui
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.discord.handlers import approvals
from adapters.discord.views import admin as admin_view
from adapters.discord.views import homes as home_view
from adapters.discord.views import lists as list_view
from adapters.discord.views import request as request_view
from adapters.discord.views import results as result_view
from adapters.discord.views.results import ResultDisplay
from bot.core.capability import Capability
from bot.core.catalog import Model
from bot.core.errors import BudgetExceeded, InvalidOrder
from bot.core.events import AwaitingConfirmation, Cancelled, Corrected, Delivered, Failed, Progressed
from bot.core.money import Micros
from bot.core.request import Failure, GenerateOrder, State
from bot.core.tenant import Tenant
from bot.use_cases.quotes import Quote
from tests.unit.test_discord_render import NOW, RECEIPT, ROOM, request_of

PIECES = (
    "<@660>", "<@!660>", "<@&660>", "<#660>", "@everyone", "@here", "</evil:660>", "<id:guide>", "<t:660:R>",
    "<:evil:660>", "[evil](https://evil.example)", "https://evil.example", "**evil**", "||evil||", "`", "```",
    "# evil", "> evil", "-# evil", "\n", " ", "a",
)  # fmt: skip
HOSTILE = st.lists(st.sampled_from(PIECES), min_size=1, max_size=8).map("".join)
LIVE = re.compile(
    r"(?<!\\)<(?:@[!&]?|\#|t:|id:|:evil|/evil)(?:660|guide|:660)?|@everyone|@here"
    r"|(?<!\\)\]\(https://evil|(?<!\\)\*\*evil|(?<!\\)\|\|evil|https://evil",
)
OURS = re.compile(r"<t:\d{1,12}:[a-zA-Z]>|<[@#][!&]?\d{1,25}>|`[^`\n]*`")
"""What the bot writes itself: moments, mentions of those who asked, names in monospace."""


def shown(text: str) -> Iterator[ui.LayoutView]:
    """Every kind of message with `text` wherever somebody else's words may stand."""
    order = GenerateOrder(model=text, prompt=text)
    row = replace(
        request_of(order),
        provider=text,
        executed_model=text,
        failure=Failure(code="x", message=text),
        refused_budget=text,
        gateway_id=text,
    )
    row = replace(row, actor=replace(row.actor, name=text))
    room = replace(ROOM, budget=text)
    receipt = replace(RECEIPT, room=room)
    run = list_view.PriceButton(subject="1" * 20, until=10**15)
    budget = BudgetExceeded(budget_id="b", budget=text, price=Micros(9), left=Micros(1), resets_at=NOW)
    for state in State:
        yield list_view.details(replace(row, state=state))
        yield request_view.progress(
            Progressed(request=replace(row, state=state), position=2, elapsed_s=1, expected_s=2)
        )
    yield request_view.price(AwaitingConfirmation(request=row, price=Micros(10**6), expires_at=NOW))
    yield result_view.delivered(Delivered(request=row, receipt=receipt), ResultDisplay(media=(), notes=()))
    yield request_view.corrected(Corrected(request=row, receipt=receipt, before=Micros(1)), "")
    yield request_view.failed(Failed(request=row, receipt=receipt))
    yield request_view.cancelled(Cancelled(request=row, receipt=receipt))
    for refusal in (budget, InvalidOrder(text)):
        yield request_view.refused(refusal)
        yield request_view.refused(refusal, request=row, can_ask=True)
    yield approvals.approval_card(row, Micros(50_000))
    yield approvals.asked(row)
    yield approvals.decided(row, "discord:1", yes=True)
    yield list_view.history([row], reader="")
    yield list_view.balance([room], [row])
    quotes = [Quote(model=text, price=None, problem=text), Quote(model=text, price=Micros(1))]
    yield list_view.comparison(Capability.GENERATE, text, quotes, run)
    yield list_view.estimate(order, Micros(1), "", [room], run)
    yield list_view.models([Model(id=text, capabilities=frozenset(Capability))], None, {"generate": text})
    yield admin_view.settings(Tenant(id="discord:1", denied_models=(text,), defaults={"generate": text}))
    yield home_view.offered_here(7, text, None)


def live(view: ui.LayoutView) -> list[Any]:
    texts = [item.content for item in view.walk_children() if isinstance(item, ui.TextDisplay)]
    return [(found[0], text) for text in texts for found in LIVE.finditer(OURS.sub("", text))]


@settings(deadline=None, max_examples=40)
@given(HOSTILE)
def test_no_message_holds_a_live_mention_or_markup_of_others(text: str) -> None:
    for view in shown(text):
        assert live(view) == []
