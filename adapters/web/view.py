"""Requests, budgets and models as the JSON API and the page see them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.common import house_rules, wording
from adapters.common.budget_words import BudgetWords
from adapters.common.talking import alternatives
from adapters.web.conversations.names import id_of
from adapters.web.json_values import moment, money, shown_again
from adapters.web.speech.view import part_view, reading_view
from bot.core.budget_rules.refusals import can_be_granted, refused_for_good, refused_scope
from bot.core.capability import Capability, Output, about
from bot.core.catalog import Model
from bot.core.command_parser import shown_options, words
from bot.core.errors import BudgetExceeded
from bot.core.events import BudgetLeft, Progressed, receipt_of
from bot.core.ledger import BudgetLine, describe
from bot.core.order_rules import alternatives_of
from bot.core.request import TERMINAL, Asset, Request, chat_of, stoppable, uploads_of
from bot.core.spoken import ResultOf
from bot.core.text.blocked_words import BlockedUse
from bot.core.text.dates import utc
from bot.core.text.translation import gettext as _
from bot.use_cases.reports import Spending

View = dict[str, Any]


def request_view(request: Request, *, asked: bool = False) -> View:
    """A request with everything a page needs to draw it. `asked`: an admin has been asked to grant it."""
    order = request.order
    return {
        "id": request.id,
        "version": request.updated_at,
        "state": request.state,
        "capability": request.capability,
        "about": about_view(request.capability),
        "person": {"id": request.actor.person, "name": request.actor.name},
        "command": words(order),
        "prompt": order.prompt,
        "model": order.model,
        "options": shown_options(order),
        "n": getattr(order, "n", 1),
        "hidden": request.hidden,
        "inputs": [_input(request, index) for index in range(len(uploads_of(order)))],
        **_times(request),
        "parent_id": request.parent_id or None,
        "conversation": id_of(request) or None,
        "estimate": money(request.estimate),
        "price_notes": wording.price_notes(request),
        "hold": money(request.hold),
        "charge": money(request.charged),
        "charged_from": request.charged_from or None,
        "overrun": money(request.overrun) if request.overrun else None,
        **_receipt(request),
        "left": _left(request),
        "elapsed_s": _elapsed(request),
        "cancel_requested": request.cancel_requested,
        "stoppable": stoppable(request),
        "text": request.text,
        "cut": request.cut or None,
        "assets": [asset_view(request, index) for index in range(len(request.assets))],
        "error": None if request.cut else error_view(request),
        "approval": _approval(request, asked),
        "details": _details(request),
        "reading": reading_view(request),
        "part": part_view(request),
    }


def _times(request: Request) -> View:
    return {name: moment(getattr(request, name)) for name in ("created_at", "finished_at", "expires_at")}


def about_view(capability: Capability) -> View:
    """What a page has to know of the capability itself."""
    row = about(capability)
    return {
        "doing": _(row.doing),
        "talk": row.converses,
        "stops": row.stops,
        "follow_ups": list(row.follow_ups),
    }


def _input(request: Request, index: int) -> View:
    upload, row = uploads_of(request.order)[index], about(request.capability)
    masked = upload is getattr(request.order, "mask", None)
    found = upload.of or ResultOf(request_id=request.id, index=index, sent=True)
    return {
        "url": f"/media/{found.request_id}/{'input/' if found.sent else ''}{found.index}",
        "role": "mask" if masked else "reference" if row.output is Output.VIDEO else "image",
        "content_type": upload.content_type,
        "width": upload.width,
        "height": upload.height,
    }


def asset_view(request: Request, index: int) -> View:
    """One result; `url` is on this server, and null until it has been fetched from the gateway.

    `link` is its address elsewhere where it could not be fetched.
    """
    asset: Asset = request.assets[index]
    return {
        "url": f"/media/{request.id}/{index}" if asset.path else None,
        "link": asset.url if asset.link else None,
        "content_type": asset.content_type,
        "width": asset.width or None,
        "height": asset.height or None,
        "size": asset.size or None,
        "revised_prompt": asset.revised_prompt or None,
    }


def error_view(request: Request) -> View | None:
    """Why there is no result; `charged` is what the ledger booked, false where that is nothing."""
    failure = request.failure
    if failure is None:
        return None
    view: View = {"code": failure.code, "message": failure.message, "charged": bool(request.charged)}
    view["alternatives"] = [
        {
            "label": alternatives.alternative(one, request.order),
            "changes": dict(one.changes),
            "price": money(one.price),
        }
        for one in alternatives_of(request)
    ]
    if failure.code == BudgetExceeded.code:
        view |= {
            "budget": request.refused_budget,
            "left": money(request.left),
            "resets_at": moment(request.resets_at),
            "scope": refused_scope(request) or None,
            "advice": wording.ask_operator() if refused_for_good(request) else None,
        }
    return view


def _receipt(request: Request) -> View:
    """What it cost, in words, and the same as a sentence of its own."""
    if request.charged is None and request.state not in TERMINAL:
        return {"receipt": None, "receipt_sentence": None}
    found = receipt_of(request)
    return {"receipt": wording.receipt(found), "receipt_sentence": wording.receipt_sentence(found)}


def _left(request: Request) -> View | None:
    """What the receipt said was left; the notifier stored it with the delivery."""
    room = request.delivery.get("room")
    return {name: shown_again(value) for name, value in room.items()} if isinstance(room, Mapping) else None


def _elapsed(request: Request) -> float | None:
    start = request.submitted_at or request.created_at
    return None if request.finished_at is None else round(max(0, request.finished_at - start) / 1e6, 3)


def _approval(request: Request, asked: bool) -> View:
    by = request.approved_by
    denied = by.startswith("denied:")
    return {
        "possible": can_be_granted(request),
        "asked": asked,
        "approved_by": by if by and not denied else None,
        "denied_by": by.removeprefix("denied:") if denied else None,
    }


def _details(request: Request) -> View:
    chat = chat_of(request.order)
    return {
        "trace_id": request.trace_id or None,
        "gateway_id": request.gateway_id or None,
        "job_id": request.job_id or None,
        "provider": request.provider or request.estimate_provider or None,
        "executed_model": request.executed_model or None,
        "attempts": request.attempts,
        "submitted_at": moment(request.submitted_at),
        "confirmed": request.confirmed,
        "remembered_turns": len(chat.history) if chat else None,
    }


def progress_view(event: Progressed) -> View:
    """The newest about a request under way."""
    return {
        "id": event.request.id,
        "state": event.request.state,
        "position": event.position,
        "percent": event.percent,
        "elapsed_s": round(event.elapsed_s, 1),
        "expected_s": None if event.expected_s is None else round(event.expected_s, 1),
        "estimate": money(event.request.estimate),
        "hold": money(event.request.hold),
        "text": event.text,
    }


def room_view(room: BudgetLeft) -> View:
    """A budget as the person it binds sees it."""
    return {
        "budget": room.budget,
        "limit": money(room.limit),
        "spent": money(room.spent),
        "held": money(room.held),
        "left": money(room.left),
        "words": wording.budget_left(room),
        "resets_at": moment(room.resets_at),
    }


def line_view(line: BudgetLine, words: BudgetWords) -> View:
    """A budget as an admin sees it; a limit of null means that there is none, and `words` says why."""
    budget = line.budget
    return {
        "id": budget.id,
        "scope": budget.scope,
        "subject": budget.subject,
        "whose": words.whose(budget),
        "window": budget.window,
        "budget": describe(budget),
        "words": words.budget(budget),
        "given_by": budget.given_by,
        "changeable": line.limit is not None and not budget.fixed,
        "per_person": budget.per_person,
        "limit": money(line.limit),
        "granted": money(line.granted),
        "spent": money(line.spent),
        "held": money(line.held),
        "left": money(line.left),
        "resets_at": moment(line.resets_at),
    }


def spending_view(found: Spending) -> View:
    """A report: who spent what, largest first, and the figures per day, person and capability."""
    return {
        "since": moment(found.period.since),
        "days": len(found.period.dates),
        "title": wording.spent_in(found.spent, len(found.period.dates)),
        "spent": money(found.spent),
        "people": [
            {"person": one.person, "name": one.name, "charged": money(one.charged), "requests": one.requests}
            for one in found.people
        ],
        "rows": [
            {
                "day": row.day,
                "person": row.person,
                "name": row.name,
                "capability": row.capability,
                "charged": money(row.charged),
                "requests": row.requests,
            }
            for row in found.rows
        ],
    }


def blocked_view(use: BlockedUse) -> View:
    """One refusal of the house rules; `text` is its line on the page."""
    return {
        "person": use.person,
        "name": use.name,
        "channel": use.channel,
        "capability": use.capability,
        "rule": use.rule,
        "at": moment(use.at),
        "text": house_rules.blocked_use(use, use.name or use.person, utc(use.at)),
    }


def model_view(model: Model) -> View:
    """A model for completion and for the browser of models; `starting_price` is a hint, never an estimate."""
    scale = model.scale
    return {
        "id": model.id,
        "name": model.name or model.id,
        "capabilities": sorted(model.capabilities),
        "aliases": list(model.aliases),
        "starting_price": money(model.starting_price),
        "free": model.free,
        "max_n": model.max_n,
        "max_inputs": model.max_inputs,
        "max_seconds": model.max_seconds,
        "choices": {name: list(values) for name, values in model.choices.items()},
        "scale": None if scale is None else {"fixed": scale.fixed, "factors": list(scale.factors)},
    }
