"""The options that people can give, by their public names, and which capability takes which.

Command lines, the playground and the JSON API all use this table.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NoReturn

from bot.core.capability import Capability, about
from bot.core.errors import InvalidOrder
from bot.core.place_lists.styles import GATEWAY_STYLES
from bot.core.text.translation import N_
from bot.core.text.translation import gettext as _
from bot.core.validation import FORMATS, QUALITIES, SWITCH, THINKING


class OptionKind(StrEnum):
    """The kind of a value. TEXT may contain spaces; a SWITCH or FLAG without a value means `on`.

    A SWITCH is sent to the gateway as it was typed. A FLAG is a bool of our own, and never sent.
    """

    TEXT = "text"
    WORD = "word"
    INTEGER = "integer"
    NUMBER = "number"
    SWITCH = "switch"
    FLAG = "flag"
    PICTURE = "picture"


@dataclass(frozen=True, kw_only=True)
class Option:
    """`name` is what people write, `field` is the order's attribute, `default` its default.

    `choices` are for completion; validation decides what may be ordered. People may type `unit` after a
    number (`6s`, `2x`).
    """

    name: str
    field: str
    kind: OptionKind
    help: str
    choices: tuple[str, ...] = ()
    default: Any = None
    unit: str = ""


def _option(
    name: str,
    kind: OptionKind,
    text: str,
    *choices: str,
    field: str = "",
    default: Any = None,
    unit: str = "",
) -> Option:
    return Option(
        name=name, field=field or name, kind=kind, help=text, choices=choices, default=default, unit=unit
    )


OPTIONS = (
    _option("prompt", OptionKind.TEXT, N_("what you would like to see or know")),
    _option("model", OptionKind.WORD, N_("the model, or its alias")),
    _option(
        "image", OptionKind.PICTURE, N_("a picture to work from (image2, image3 … for more)"), field="images"
    ),
    _option(
        "mask", OptionKind.PICTURE, N_("a PNG of the same size, transparent where the picture may change")
    ),
    _option(
        "size",
        OptionKind.WORD,
        N_("pixels or shape, such as 1024x1024"),
        "1024x1024",
        "1536x1024",
        "1024x1536",
    ),
    _option("n", OptionKind.INTEGER, N_("how many, 1 to 10"), "1", "2", "4", default=1),
    _option("seconds", OptionKind.NUMBER, N_("length of the video"), "4", "6", "8", unit="s"),
    _option("scale", OptionKind.NUMBER, N_("how many times larger on each side"), "2", "4", unit="x"),
    _option("aspect_ratio", OptionKind.WORD, N_("shape, such as 16:9"), "1:1", "16:9", "9:16", "4:3", "3:2"),
    _option(
        "resolution", OptionKind.WORD, N_("tier, such as 1K, 2K or 1080p"), "1K", "2K", "4K", "720p", "1080p"
    ),
    _option("quality", OptionKind.WORD, N_("how much detail"), *QUALITIES),
    _option("style", OptionKind.WORD, N_("a style of this place, or the gateway's own"), *GATEWAY_STYLES),
    _option("format", OptionKind.WORD, N_("file format of the result"), *FORMATS, field="output_format"),
    _option("compression", OptionKind.INTEGER, N_("1 to 100, for jpeg and webp"), field="output_compression"),
    _option("seed", OptionKind.INTEGER, N_("the same seed draws the same picture")),
    _option(
        "negative",
        OptionKind.TEXT,
        N_("what should not appear in the picture or video"),
        field="negative_prompt",
    ),
    _option(
        "thinking", OptionKind.WORD, N_("how much the model may think"), *THINKING, field="thinking_level"
    ),
    _option(
        "enhance",
        OptionKind.SWITCH,
        N_("let the gateway improve the prompt"),
        *SWITCH,
        field="prompt_enhancement",
    ),
    _option("system", OptionKind.TEXT, N_("how the model should behave")),
    _option("temperature", OptionKind.NUMBER, N_("from 0 (predictable) to 2 (creative)"), "0", "0.7", "1"),
    _option("max_tokens", OptionKind.INTEGER, N_("longest answer, in tokens")),
    _option("project", OptionKind.WORD, N_("the project that it is for")),
    _option(
        "hidden", OptionKind.FLAG, N_("cover the result until somebody opens it"), *SWITCH, default=False
    ),
)

SWITCHES = frozenset({OptionKind.SWITCH, OptionKind.FLAG})

_ALIASES = {option.field: option.name for option in OPTIONS} | {
    "images": "image",
    "ratio": "aspect_ratio",
    "scale_factor": "scale",
    "duration": "seconds",
    "spoiler": "hidden",
}
_TABLE = {
    capability: tuple(option for option in OPTIONS if option.name in about(capability).options)
    for capability in Capability
}
_PICTURE = re.compile(r"image([2-9]|10)?")


def options_of(capability: Capability) -> tuple[Option, ...]:
    """The options of a capability, in the order in which they are offered."""
    return _TABLE[capability]


def public_name(name: str) -> str:
    """The public name for a name as written (`Aspect-Ratio`, `output_format`); unknown names are returned."""
    name = name.lower().replace("-", "_")
    return _ALIASES.get(name, name)


def named(name: str, known: Sequence[Option]) -> Option | None:
    """The option with that name among `known`; `image2` to `image10` mean `image`."""
    name = public_name(name)
    if _PICTURE.fullmatch(name):
        name = "image"
    return next((option for option in known if option.name == name), None)


def unknown_option(name: str, known: Sequence[Option], command: str) -> NoReturn:
    """Raise InvalidOrder for an option that does not exist or does not go with the command."""
    name = public_name(name)
    where = f"/{command}" if command else _("this command")
    if any(option.name == name for option in OPTIONS):
        text = _("--{name} cannot be used with {command}.")
        raise InvalidOrder(text.format(name=name, command=where), field=name)
    where = where[0].upper() + where[1:]
    hint = nearest(name, [option.name for option in known])
    if hint:
        advice = _("Did you mean --{name}?").format(name=hint)
    else:
        advice = _("Put the words in quotes if they belong to the prompt.")
    raise InvalidOrder(
        _("{command} has no option --{name}.").format(command=where, name=name[:40]) + " " + advice,
        field=name,
    )


def nearest(name: str, names: Sequence[str]) -> str:
    """The most similar name, or an empty string if none is similar."""
    return next(iter(difflib.get_close_matches(name[:100], names, n=1, cutoff=0.5)), "")
