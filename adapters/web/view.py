"""Requests, budgets and models as the JSON API and the page see them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.web.json_values import moment, money
from bot.core.catalog import Model
from bot.core.command_parser import shown_options, words
from bot.core.errors import BudgetExceeded
from bot.core.events import Progressed, Room
from bot.core.ledger import EVERYONE, Line, Scope, describe
from bot.core.request import Asset, ChatOrder, EditOrder, Request, State, VideoOrder, uploads_of

View = dict[str, Any]


def request_view(request: Request, *, asked: bool = False) -> View:
    """A request with everything a page needs to draw it. `asked`: an admin has been asked to grant it."""
    order = request.order
    return {
        "id": request.id,
        "version": request.updated_at,
        "state": request.state,
        "capability": request.capability,
        "person": {"id": request.actor.person, "name": request.actor.name},
        "command": words(order),
        "prompt": order.prompt,
        "model": order.model,
        "options": shown_options(order),
        "n": getattr(order, "n", 1),
        "inputs": [_input(request, index) for index in range(len(uploads_of(order)))],
        "created_at": moment(request.created_at),
        "finished_at": moment(request.finished_at),
        "expires_at": moment(request.expires_at),
        "parent_id": request.parent_id or None,
        "estimate": money(request.estimate),
        "hold": money(request.hold),
        "charge": money(request.charged),
        "charged_from": request.charged_from or None,
        "overrun": money(request.overrun) if request.overrun else None,
        "left": _left(request),
        "elapsed_s": _elapsed(request),
        "cancel_requested": request.cancel_requested,
        "text": request.text,
        "cut": request.cut or None,
        "assets": [asset_view(request, index) for index in range(len(request.assets))],
        "error": None if request.cut else error_view(request),
        "approval": _approval(request, asked),
        "details": _details(request),
    }


def _input(request: Request, index: int) -> View:
    order, upload = request.order, uploads_of(request.order)[index]
    masked = isinstance(order, EditOrder) and index == len(order.images)
    return {
        "url": f"/media/{request.id}/input/{index}",
        "role": "mask" if masked else "reference" if isinstance(order, VideoOrder) else "image",
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
    if failure.code == BudgetExceeded.code:
        view |= {
            "budget": request.refused_budget,
            "left": money(request.left),
            "resets_at": moment(request.resets_at),
        }
    return view


def _left(request: Request) -> View | None:
    """What the receipt said was left; the notifier stored it with the delivery."""
    room = request.delivery.get("room")
    return dict(room) if isinstance(room, Mapping) else None


def _elapsed(request: Request) -> float | None:
    start = request.submitted_at or request.created_at
    return None if request.finished_at is None else round(max(0, request.finished_at - start) / 1e6, 3)


def _approval(request: Request, asked: bool) -> View:
    by = request.approved_by
    denied = by.startswith("denied:")
    return {
        "possible": waits_for_approval(request),
        "asked": asked,
        "approved_by": by if by and not denied else None,
        "denied_by": by.removeprefix("denied:") if denied else None,
    }


def waits_for_approval(request: Request) -> bool:
    """True where a budget refused it and no admin has decided yet."""
    failure = request.failure
    over = failure is not None and failure.code == BudgetExceeded.code
    return over and request.state is State.REFUSED and not request.approved_by


def _details(request: Request) -> View:
    order = request.order
    return {
        "trace_id": request.trace_id or None,
        "gateway_id": request.gateway_id or None,
        "job_id": request.job_id or None,
        "provider": request.provider or request.estimate_provider or None,
        "executed_model": request.executed_model or None,
        "attempts": request.attempts,
        "submitted_at": moment(request.submitted_at),
        "confirmed": request.confirmed,
        "remembered_turns": len(order.history) if isinstance(order, ChatOrder) else None,
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


def room_view(room: Room) -> View:
    """A budget as the person it binds sees it."""
    return {
        "budget": room.budget,
        "limit": money(room.limit),
        "spent": money(room.spent),
        "held": money(room.held),
        "left": money(room.left),
        "resets_at": moment(room.resets_at),
    }


def line_view(line: Line, whose: str) -> View:
    """A budget as an admin sees it; `whose` names its subject."""
    budget = line.budget
    return {
        "id": budget.id,
        "scope": budget.scope,
        "subject": budget.subject,
        "whose": whose,
        "window": budget.window,
        "budget": describe(budget),
        "per_person": budget.scope is Scope.ROLE or budget.subject == EVERYONE,
        "limit": money(line.limit),
        "granted": money(line.balance.granted),
        "spent": money(line.balance.spent),
        "held": money(line.balance.held),
        "left": money(line.left),
        "resets_at": moment(line.resets_at),
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
