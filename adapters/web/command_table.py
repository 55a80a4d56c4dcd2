"""The commands of the box besides the five orders, with what they take: for completion, help and reading."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from adapters.common.settings_table import SETTINGS, Setting
from adapters.common.settings_table import Kind as SettingKind
from bot.core.capability import Capability
from bot.core.options import Option, OptionKind, options_of
from bot.core.windows import Window


@dataclass(frozen=True, kw_only=True)
class CommandRow:
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


def _setting_option(name: str, row: Setting) -> Option:
    switch = row.kind is SettingKind.SWITCH
    choices = ("on", "off") if switch else tuple(choice.value for choice in row.choices)
    some = tuple(Capability) if row.kind is SettingKind.CAPABILITIES else choices
    text = row.help.rstrip(".")
    return _word(
        name, text[0].lower() + text[1:], *some, kind=OptionKind.SWITCH if switch else OptionKind.WORD
    )


_MODELS_ROW = next(row for row in SETTINGS if row.kind is SettingKind.MODELS)
SETTING_OPTIONS = (
    *(_setting_option(row.name, row) for row in SETTINGS if row is not _MODELS_ROW),
    *(_setting_option(f"default_{capability}", _MODELS_ROW) for capability in Capability),
)
"""What completion offers after `/settings`; `SETTING_WORDS` are all names that are understood."""
SETTING_WORDS = (
    *SETTING_OPTIONS,
    *(_setting_option(alias, row) for row in SETTINGS for alias in row.aliases),
    _setting_option(_MODELS_ROW.name, _MODELS_ROW),
)
_ORDERS = {
    Capability.GENERATE: ("Draw pictures from words", "words of what you want to see"),
    Capability.EDIT: ("Change a picture; drop it on the page first", "what to change"),
    Capability.UPSCALE: ("Make a picture larger; drop it on the page first", ""),
    Capability.CHAT: ("Talk with a text model; plain words do the same", "what you want to say"),
    Capability.VIDEO: ("Make a short film from words or a picture", "what should happen"),
}
VERBS = (
    CommandRow(name="estimate", help="What would it cost? Nothing runs", usage="generate a capybara --n 2"),
    CommandRow(
        name="compare",
        help="One prompt, up to five models: a price table",
        usage="generate a capybara --models …",
        options=(MODELS,),
    ),
    CommandRow(name="balance", help="What is left in your budgets"),
    CommandRow(name="history", help="Your last requests"),
    CommandRow(name="models", help="Search the models", usage="flux"),
    CommandRow(name="cancel", help="Stop your newest running request", usage="[request id]"),
    CommandRow(name="forget", help="Erase what the chat remembers of you"),
    CommandRow(name="help", help="What you can do here"),
    CommandRow(
        name="budget",
        help="Set, show, remove, grant budgets; why one binds; report spending",
        usage="set mia $5 day",
        subs=("set", "show", "why", "remove", "grant", "report"),
        options=BUDGET_OPTIONS,
        admin=True,
    ),
    CommandRow(
        name="settings",
        help="Everything an admin decides here: prices, models, people",
        usage="--threshold 0.50",
        options=SETTING_OPTIONS,
        admin=True,
    ),
)
NAMES = (*Capability, *(verb.name for verb in VERBS))


def command_list(*, admin: bool) -> list[dict[str, Any]]:
    """All commands with their options, as JSON; an admin's only for admins."""
    orders = [
        CommandRow(name=capability, help=text, usage=usage, options=options_of(capability))
        for capability, (text, usage) in _ORDERS.items()
    ]
    return [_view(verb) for verb in (*orders, *VERBS) if admin or not verb.admin]


def _view(verb: CommandRow) -> dict[str, Any]:
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
