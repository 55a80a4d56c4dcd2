"""A receipt as each surface shows it, so that tests can compare them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from adapters.cli.asking.screen import charged
from adapters.discord.views import lists as discord_lists
from adapters.discord.views import results as discord_render
from adapters.discord.views.results import ResultDisplay
from adapters.slack.views import lists as slack_lists
from adapters.slack.views import request as slack_request
from adapters.slack.views import results as slack_render
from adapters.web.view import request_view, room_view
from bot.core.events import BudgetLeft, Delivered, Receipt
from bot.core.ledger import Scope
from bot.core.money import ZERO, Micros
from bot.core.place_lists.styles import AppliedStyle
from bot.core.request import Actor, Asset, EditOrder, GenerateOrder, Request, State, Upload
from bot.core.spoken import ConversationPart

NOW = 1_800_000_000_000_000
ROOM = BudgetLeft(
    budget="Your budget for today",
    scope=Scope.PERSON,
    limit=Micros(1_000_000),
    spent=Micros(960_000),
    held=ZERO,
    left=Micros(40_000),
    resets_at=NOW,
)
OVER = replace(ROOM, spent=Micros(1_020_000), left=Micros(-20_000))
PICTURE = Upload(digest="0" * 64, content_type="image/png", width=8, height=8, size=8)
RECEIPT = Receipt(
    estimate=Micros(40_000),
    charged=Micros(38_000),
    overrun=ZERO,
    source="gateway",
    room=ROOM,
    elapsed_s=4.25,
)


def request(**changes: Any) -> Request:
    row = Request(
        id="req_0123456789abcdefghjk",
        dedupe_key="k",
        origin="o",
        actor=Actor(tenant="t:1", person="discord:7", name="Ana"),
        order=GenerateOrder(model="seedream-4.5", prompt="a fox"),
        reply_to={},
        state=State.DELIVERED,
        created_at=NOW,
        updated_at=NOW,
        due_at=None,
        finished_at=NOW + 4_250_000,
        assets=(Asset(url="u"),),
    )
    return replace(row, **changes)


def on_discord(view: Any) -> str:
    return "\n".join(item.content for item in view.walk_children() if hasattr(item, "content"))


def on_slack(message: Any) -> str:
    return json.dumps(getattr(message, "blocks", message), ensure_ascii=False)


def everywhere(receipt: Receipt) -> dict[str, str]:
    """A delivered result with this receipt and its details, as each surface says it, without markup."""
    row = request(
        estimate=receipt.estimate,
        charged=receipt.charged,
        overrun=receipt.overrun,
        charged_from=receipt.source,
        part=ConversationPart(reading=receipt.reading),
        order=EditOrder(
            model="seedream-4.5",
            prompt="a fox",
            images=(replace(PICTURE, note=receipt.pictures),),
            project="prj_0123456789" if receipt.project else None,
            project_name=receipt.project,
            styled=AppliedStyle(name=receipt.style) if receipt.style else None,
        ),
        delivery={"room": room_view(receipt.room)} if receipt.room else {},
        finished_at=NOW + int(receipt.elapsed_s * 1_000_000),
    )
    event = Delivered(request=row, receipt=receipt)
    page = request_view(row)
    left = f"{page['left']['words']} until {page['left']['resets_at']}" if page["left"] else ""
    said = {
        "discord": on_discord(discord_render.delivered(event, ResultDisplay()))
        + on_discord(discord_lists.details(row, receipt.room)),
        "slack": on_slack(slack_render.delivered(event))
        + on_slack(slack_lists.details(row, slack_request.left(receipt.room) if receipt.room else "")),
        "web": f"{page['receipt']} · {left} · {page['elapsed_s']} s",
        "terminal": charged(receipt),
    }
    return {name: text.replace("**", "").lower() for name, text in said.items()}
