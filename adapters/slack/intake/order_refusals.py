"""What of all that people do on Slack is an order, so that its refusal is logged as one."""

from __future__ import annotations

from typing import Any

from adapters.slack.context import ORIGIN
from adapters.slack.forms.order_view import CALLBACK
from adapters.slack.identity import slack_id
from adapters.slack.intake.grammar import MADE, read_command, read_explicit
from adapters.slack.intake.marks import Names, people_in, plain_words
from adapters.slack.intake.payload import Inbound, Kind
from bot.core.errors import Refusal
from bot.core.request import Actor
from bot.use_cases import refusal_log
from bot.use_cases.requests import Service

_BUTTONS = ("again", "use_model", "vary", "upscale", "picture_", "plan", "choose")


def ordered(inbound: Inbound) -> str | None:
    """The capability that was ordered, empty where only the form or request knows it; None for no order."""
    match inbound.kind:
        case Kind.SLASH:
            said = read_command(str(inbound.body.get("text") or ""))
            return str(MADE[said.verb]) if said.verb in MADE else None
        case Kind.SAID:
            text = str(inbound.event.get("text") or "")
            words = plain_words(text, Names(ignored=frozenset(people_in(text))))
            said = read_explicit(words)
            if said is not None:
                return str(MADE[said.verb]) if said.verb in MADE else None
            return "" if words or inbound.event.get("files") else None
        case Kind.PRESSED:
            return "" if _button(inbound).startswith(_BUTTONS) else None
        case Kind.SUBMITTED:
            return "" if inbound.body["view"].get("callback_id") == CALLBACK else None
        case Kind.SHORTCUT:
            return ""
        case Kind.SUGGEST | Kind.HOME | Kind.THREAD | Kind.REMOVED | Kind.APP | Kind.OTHER:
            return None


def _button(inbound: Inbound) -> str:
    """The verb of the button; in a menu each entry carries its own."""
    action: dict[str, Any] = next(iter(inbound.body.get("actions") or ()), {})
    chosen: dict[str, Any] = action.get("selected_option") or {}
    name = str(action.get("action_id") or "")
    return str(chosen.get("value") or "").partition(":")[0] if name in ("pick", "pick_more") else name


def note(service: Service, inbound: Inbound, refusal: Refusal) -> None:
    """Log a refusal, if it is an order's."""
    capability = ordered(inbound)
    if capability is None:
        return
    asker = Actor(
        tenant=slack_id(inbound.enterprise or inbound.team),
        person=slack_id(inbound.user),
        channel=slack_id(inbound.channel) if inbound.channel else "",
    )
    refusal_log.note(service, refusal, asker, origin=ORIGIN, capability=capability)
