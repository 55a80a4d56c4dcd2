"""The commands of the box besides the five orders, with what they take: for completion, help and reading."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.core.capability import Capability
from bot.core.ledger import Window
from bot.core.options import Option, OptionKind, options_of
from bot.core.tenant import Sensitive


@dataclass(frozen=True, kw_only=True)
class Verb:
    """One command. `usage` is shown behind its name; `subs` are its first words."""

    name: str
    help: str
    usage: str = ""
    subs: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    admin: bool = False


def _word(name: str, text: str, *choices: str, kind: OptionKind = OptionKind.WORD) -> Option:
    return Option(name=name, field=name, kind=kind, help=text, choices=choices)


MODELS = _word("models", "up to five models, with commas between")
BUDGET_OPTIONS = (
    _word("who", "a person's name, everyone (each person's default), or all (together)", "everyone", "all"),
    _word("limit", "dollars, such as 5 or 0.50"),
    _word("window", "how long it lasts", *Window),
    _word("days", "how many days to report", "7", "30"),
)
SETTING_OPTIONS = (
    _word("threshold", "ask before anything that costs more, dollars"),
    _word("cap", "refuse anything that costs more, dollars; none for no cap"),
    _word("paused", "stop all new requests", "on", "off", kind=OptionKind.SWITCH),
    _word("zone", "time zone in which days begin, such as Europe/Berlin"),
    _word("allow_models", "the only models allowed, such as flux*,seedream*; none for all"),
    _word("deny_models", "models nobody may use; none for no such list"),
    _word("deny", "capabilities to switch off, with commas; none to allow all", *Capability, "none"),
    _word("sensitive", "models that may draw explicit pictures", *Sensitive),
    *(_word(f"default_{item}", f"model for /{item} where none is named") for item in Capability),
)
_ORDERS = {
    Capability.GENERATE: ("Draw pictures from words", "words of what you want to see"),
    Capability.EDIT: ("Change a picture; drop it on the page first", "what to change"),
    Capability.UPSCALE: ("Make a picture larger; drop it on the page first", ""),
    Capability.CHAT: ("Talk with a text model; plain words do the same", "what you want to say"),
    Capability.VIDEO: ("Make a short film from words or a picture", "what should happen"),
}
VERBS = (
    Verb(name="estimate", help="What would it cost? Nothing runs", usage="generate a capybara --n 2"),
    Verb(
        name="compare",
        help="One prompt, up to five models: a price table",
        usage="generate a capybara --models …",
        options=(MODELS,),
    ),
    Verb(name="balance", help="What is left in your budgets"),
    Verb(name="history", help="Your last requests"),
    Verb(name="models", help="Look through the models", usage="flux"),
    Verb(name="cancel", help="Stop your newest running request", usage="[request id]"),
    Verb(name="forget", help="Erase what the chat remembers of you"),
    Verb(name="help", help="What you can do here"),
    Verb(
        name="budget",
        help="Set, show, remove, grant budgets; report spending",
        usage="set mia $5 day",
        subs=("set", "show", "remove", "grant", "report"),
        options=BUDGET_OPTIONS,
        admin=True,
    ),
    Verb(
        name="settings",
        help="Threshold, cap, pause, models, defaults",
        usage="--threshold 0.50",
        options=SETTING_OPTIONS,
        admin=True,
    ),
)
NAMES = (*Capability, *(verb.name for verb in VERBS))


def command_list(*, admin: bool) -> list[dict[str, Any]]:
    """All commands with their options, as JSON; an admin's only for admins."""
    orders = [
        Verb(name=capability, help=text, usage=usage, options=options_of(capability))
        for capability, (text, usage) in _ORDERS.items()
    ]
    return [_view(verb) for verb in (*orders, *VERBS) if admin or not verb.admin]


def _view(verb: Verb) -> dict[str, Any]:
    options = [
        {"name": item.name, "kind": item.kind, "help": item.help, "choices": list(item.choices)}
        for item in verb.options
        if item.name not in ("prompt", "image", "mask")
    ]
    return {
        "name": verb.name,
        "help": verb.help,
        "usage": verb.usage,
        "subs": list(verb.subs),
        "options": options,
        "admin": verb.admin,
        "order": verb.name in set(Capability),
    }
