"""Values of settings from text and back: one parser and one format per kind, for every surface."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from adapters.common.amounts import amount_of
from adapters.common.settings_table import LISTS, Kind, Setting
from bot.core.capability import Capability
from bot.core.errors import InvalidOrder
from bot.core.money import dollars, editable
from bot.core.tenant import Tenant, valid_zone
from bot.core.text.blocked_words import RULE_MAX, well_formed_rule
from bot.core.text.model_names import well_formed_pattern
from bot.core.text.translation import gettext as _

Given = str | Sequence[str]
"""A value as a surface has it: text that somebody typed, or the values that were chosen in a list."""
Names = Callable[[Kind, str], str]
"""Turns a word into an id of the platform, or an id into what people see. Raises InvalidOrder."""
_WORDS = re.compile(r"[,\s]+")
_PHRASES = re.compile(r"[,\n]+")
_CHANNEL_TEXT = re.compile(r"\s*(?P<channel>[^\s=]+)\s*=\s*(?P<text>.*\S)\s*")
_NOTHING = frozenset({"", "none", "off", "-", "–"})
_SWITCH = {"on": True, "yes": True, "true": True, "off": False, "no": False, "false": False}


def as_is(_kind: Kind, word: str) -> str:
    """Ids that are typed and shown as they are kept."""
    return word


def parsed(row: Setting, given: Given, ident: Names = as_is) -> Any:
    """What was typed or chosen as a value of the field. Raises InvalidOrder with the row's name."""
    text = (given if isinstance(given, str) else next(iter(given), "")).strip()
    match row.kind:
        case Kind.MONEY:
            return None if row.empty and text.lower() in _NOTHING else amount_of(text, row.name)
        case Kind.ZONE:
            return valid_zone(text)
        case Kind.SWITCH:
            if text.lower() not in _SWITCH:
                raise _wrong(row, text, ("on", "off"))
            return _SWITCH[text.lower()]
        case Kind.CHOICE:
            return _choice(row, text)
        case Kind.CHANNEL:
            return "" if text.lower() in _NOTHING else ident(row.kind, text)
        case Kind.PATTERNS:
            return tuple(_matching(row, word) for word in words_of(given))
        case Kind.CAPABILITIES:
            return tuple(_capability(row, word) for word in words_of(given))
        case Kind.CHANNELS | Kind.ROLES | Kind.PEOPLE:
            return tuple(dict.fromkeys(ident(row.kind, word) for word in words_of(given)))
        case Kind.MODELS:
            return _models(row, words_of(given))
        case Kind.TEXT:
            return "" if text.lower() in _NOTHING else text
        case Kind.CHANNEL_TEXTS:
            return dict(_channel_text(row, line, ident) for line in _lines(given))
        case Kind.WORDS:
            return tuple(dict.fromkeys(_rule(row, phrase) for phrase in _phrases(given)))


def words_of(given: Given) -> list[str]:
    """The words of a typed list, with commas or spaces between; nothing for `none`."""
    parts = _WORDS.split(given.strip()) if isinstance(given, str) else [part.strip() for part in given]
    return [part for part in parts if part.lower() not in _NOTHING]


def _phrases(given: Given) -> list[str]:
    """Phrases with commas or line ends between; nothing for `none`."""
    parts = _PHRASES.split(given) if isinstance(given, str) else given
    phrases = [" ".join(part.split()) for part in parts]
    return [phrase for phrase in phrases if phrase.lower() not in _NOTHING]


def _lines(given: Given) -> list[str]:
    lines = given.splitlines() if isinstance(given, str) else list(given)
    return [line for line in lines if line.strip().lower() not in _NOTHING]


def _rule(row: Setting, phrase: str) -> str:
    if not well_formed_rule(phrase):
        text = _("“{given}” cannot be a blocked word: it needs two letters, and has at most {most}.")
        raise InvalidOrder(text.format(given=phrase[:40], most=RULE_MAX), field=row.name)
    return phrase


def _channel_text(row: Setting, line: str, ident: Names) -> tuple[str, str]:
    """One line as a channel's id and its words."""
    found = _CHANNEL_TEXT.fullmatch(line)
    if found is None:
        raise InvalidOrder(
            _("Write the channel, an equals sign and the words, for example #art = Answer in verse."),
            field=row.name,
        )
    return ident(Kind.CHANNEL, found["channel"]), found["text"]


def _wrong(row: Setting, text: str, known: Sequence[str]) -> InvalidOrder:
    return InvalidOrder(
        _("“{given}” is not possible for “{title}”. It is one of: {known}.").format(
            given=text[:40], title=_(row.title), known=", ".join(known)
        ),
        field=row.name,
    )


def _choice(row: Setting, text: str) -> StrEnum:
    for choice, label in row.choices.items():
        if text.lower() in (choice.value, _(label).lower()):
            return choice
    raise _wrong(row, text, [choice.value for choice in row.choices])


def _matching(row: Setting, word: str) -> str:
    if not well_formed_pattern(word):
        raise InvalidOrder(
            _("“{given}” is not a model's name or a pattern such as flux*.").format(given=word[:40]),
            field=row.name,
        )
    return word


def _capability(row: Setting, word: str) -> str:
    if word.lower() not in set(Capability):
        raise _wrong(row, word, list(Capability))
    return word.lower()


def _models(row: Setting, words: Sequence[str]) -> dict[str, str]:
    models: dict[str, str] = {}
    for word in words:
        capability, found, model = word.partition("=")
        if not found:
            raise InvalidOrder(
                _("Write what it is for and the model, for example generate=flux.2-pro."), field=row.name
            )
        name = _capability(row, capability)
        if model.lower() not in _NOTHING:
            models[name] = _matching(row, model)
    return models


def text_of(row: Setting, value: Any, name: Names = as_is) -> str:
    """The value as text that `parsed` reads back; empty for nothing."""
    match row.kind:
        case Kind.MONEY:
            return "" if value is None else editable(value)
        case Kind.SWITCH:
            return "on" if value else "off"
        case Kind.MODELS:
            return ", ".join(f"{capability}={name(row.kind, model)}" for capability, model in value.items())
        case Kind.CHANNEL | Kind.TEXT:
            return name(row.kind, value) if value else ""
        case Kind.PATTERNS | Kind.CAPABILITIES | Kind.CHANNELS | Kind.ROLES | Kind.PEOPLE | Kind.WORDS:
            return ", ".join(name(row.kind, one) for one in value)
        case Kind.CHANNEL_TEXTS:
            lines = {name(Kind.CHANNEL, channel): " ".join(said.split()) for channel, said in value.items()}
            return "\n".join(f"{channel} = {name(row.kind, said)}" for channel, said in lines.items())
        case Kind.ZONE | Kind.CHOICE:
            return str(value)


def shown(row: Setting, tenant: Tenant, name: Names = as_is) -> str:
    """What holds now, in words for people."""
    value: Any = getattr(tenant, row.name)
    if row.kind is Kind.MONEY and value is not None:
        return dollars(value)
    if row.kind is Kind.CHOICE:
        return next(_(label) for choice, label in row.choices.items() if choice == value)
    if row.kind is Kind.SWITCH:
        return _("on") if value else _("off")
    return text_of(row, value, name) or (_(row.empty) if row.empty else "")


def revised(row: Setting, now: Any, given: Given, ident: Names = as_is) -> Any:
    """The value after a change. Of a list, `+ a b` adds to what holds and `- a` takes away.

    Raises InvalidOrder.
    """
    if row.kind is Kind.CHANNEL_TEXTS and isinstance(given, str) and given[:2] in ("+ ", "- "):
        return _channel_changed(row, now, given, ident)
    if row.kind in LISTS and isinstance(given, str) and given[:2] in ("+ ", "- "):
        some: Sequence[str] = parsed(row, given[2:], ident)
        others = tuple(one for one in now if one not in some)
        return (*others, *some) if given[0] == "+" else others
    return parsed(row, given, ident)


def _channel_changed(row: Setting, now: Mapping[str, str], given: str, ident: Names) -> dict[str, str]:
    """`+ #art = words` sets those of one channel, `- #art` takes them away."""
    if given[0] == "+":
        return {**now, **parsed(row, given[2:], ident)}
    gone = {ident(Kind.CHANNEL, word.rstrip("=")) for word in words_of(given[2:])}
    return {channel: text for channel, text in now.items() if channel not in gone}
