"""The commands of the box besides the five orders, with what they take: for completion, help and reading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.common.linking import words as link_words
from adapters.common.settings_table import SETTINGS, Setting
from adapters.common.settings_table import Kind as SettingKind
from adapters.web import texts
from adapters.web.texts import notices as notice_texts
from adapters.web.texts import place_lists as list_texts
from bot.core.capability import Capability
from bot.core.options import Option, OptionKind, options_of
from bot.core.text.translation import gettext as _
from bot.core.windows import Window


@dataclass(frozen=True, kw_only=True)
class CommandRow:
    """One command. `usage`, or an `example` that is the same in each language, is shown behind its name;
    `subs` are its first words.
    """

    name: str
    help: str
    usage: str = ""
    example: str = ""
    subs: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    admin: bool = False


def _word(name: str, text: str, *choices: str, kind: OptionKind = OptionKind.WORD) -> Option:
    return Option(name=name, field=name, kind=kind, help=text, choices=choices)


HISTORY_OPTIONS = (_word("project", list_texts.OPTION_HISTORY_PROJECT),)
MODELS = _word("models", texts.OPTION_MODELS)
BUDGET_OPTIONS = (
    _word("who", texts.OPTION_WHO, "everyone", "all"),
    _word("limit", texts.OPTION_LIMIT),
    _word("window", texts.OPTION_WINDOW, *Window),
    _word("days", texts.OPTION_DAYS, "7", "30"),
    _word("project", list_texts.OPTION_WHY_PROJECT),
)


def _setting_option(name: str, row: Setting) -> Option:
    switch = row.kind is SettingKind.SWITCH
    choices = ("on", "off") if switch else tuple(choice.value for choice in row.choices)
    some = tuple(Capability) if row.kind is SettingKind.CAPABILITIES else choices
    return _word(name, row.help, *some, kind=OptionKind.SWITCH if switch else OptionKind.WORD)


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
    Capability.GENERATE: (texts.GENERATE, texts.GENERATE_USAGE),
    Capability.EDIT: (texts.EDIT, texts.EDIT_USAGE),
    Capability.UPSCALE: (texts.UPSCALE, ""),
    Capability.CHAT: (texts.CHAT, texts.CHAT_USAGE),
    Capability.VIDEO: (texts.VIDEO, texts.VIDEO_USAGE),
}
VERBS = (
    CommandRow(name="estimate", help=texts.ESTIMATE, usage=texts.ESTIMATE_USAGE),
    CommandRow(
        name="compare",
        help=texts.COMPARE,
        usage=texts.COMPARE_USAGE,
        options=(MODELS,),
    ),
    CommandRow(name="balance", help=texts.BALANCE),
    CommandRow(name="history", help=texts.HISTORY, options=HISTORY_OPTIONS),
    CommandRow(name="models", help=texts.MODELS, example="flux"),
    CommandRow(name="cancel", help=texts.CANCEL, usage=texts.CANCEL_USAGE),
    CommandRow(name="forget", help=texts.FORGET),
    CommandRow(name="link", help=link_words.LINK, usage=link_words.LINK_USAGE, subs=("code", "leave")),
    CommandRow(name="notices", help=notice_texts.NOTICES, example="off", subs=("on", "off")),
    CommandRow(name="help", help=texts.HELP),
    CommandRow(
        name="budget",
        help=texts.BUDGET,
        usage=texts.BUDGET_USAGE,
        subs=("set", "show", "why", "remove", "grant", "report"),
        options=BUDGET_OPTIONS,
        admin=True,
    ),
    CommandRow(
        name="project",
        help=list_texts.PROJECT,
        usage=list_texts.PROJECT_USAGE,
        subs=("list", "add", "rename", "close", "reopen", "default"),
        admin=True,
    ),
    CommandRow(
        name="style",
        help=list_texts.STYLE,
        usage=list_texts.STYLE_USAGE,
        subs=("list", "set", "remove"),
        admin=True,
    ),
    CommandRow(
        name="statement",
        help=list_texts.STATEMENT,
        example="create 2026-10",
        subs=("list", "create", "show", "verify"),
        admin=True,
    ),
    CommandRow(
        name="digest",
        help=notice_texts.DIGEST,
        example="last",
        subs=("now", "last", "week", "month"),
        admin=True,
    ),
    CommandRow(
        name="settings",
        help=texts.SETTINGS,
        example="--threshold 0.50",
        options=SETTING_OPTIONS,
        admin=True,
    ),
    CommandRow(name="audit", help=texts.AUDIT, usage=texts.AUDIT_USAGE, admin=True),
)
NAMES = (*Capability, *(verb.name for verb in VERBS))


def command_list(*, admin: bool, names: Mapping[str, Sequence[str]] | None = None) -> list[dict[str, Any]]:
    """All commands with their options, as JSON; an admin's only for admins.

    `names` are further values of some options: this place's projects and styles.
    """
    orders = [
        CommandRow(name=capability, help=text, usage=usage, options=options_of(capability))
        for capability, (text, usage) in _ORDERS.items()
    ]
    return [_view(verb, names or {}) for verb in (*orders, *VERBS) if admin or not verb.admin]


def _view(verb: CommandRow, names: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    options = [
        {
            "name": item.name,
            "kind": item.kind,
            "help": _(item.help).rstrip("."),
            "choices": [*map(_quoted, names.get(item.name, ())), *item.choices],
        }
        for item in verb.options
        if item.name not in ("prompt", "image", "mask")
    ]
    return {
        "name": verb.name,
        "help": _(verb.help),
        "usage": _(verb.usage) if verb.usage else verb.example,
        "subs": list(verb.subs),
        "options": options,
        "admin": verb.admin,
        "order": verb.name in set(Capability),
    }


def _quoted(name: str) -> str:
    """A name as it is typed behind an option."""
    return f'"{name}"' if " " in name else name
