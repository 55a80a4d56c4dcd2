"""Turns options into orders, for every surface.

Values are given by the public names of the options, with the types of a platform or of JSON, or as text that
somebody typed. Pictures are given separately, because they are fetched and cleaned first.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.core.capability import Capability, about
from bot.core.errors import InvalidOrder
from bot.core.options import (
    SWITCHES,
    Option,
    OptionKind,
    named,
    options_of,
    public_name,
    unknown_option,
)
from bot.core.request import OrderOf, P, Picture, made
from bot.core.text.translation import gettext as _


@dataclass(frozen=True, kw_only=True)
class UnseenPicture:
    """A picture that has not been fetched yet, of which nothing is known that could be refused."""

    width: int = 0
    height: int = 0
    has_alpha: bool = True


@dataclass(frozen=True, kw_only=True)
class Draft:
    """An order without its pictures.

    `values` are typed fields of the order; `extra` is passed on to the gateway unchecked; `pictures` are the
    pictures that a line names (`image`, `image2`, `mask` → a path or URL, for surfaces that can read one).
    """

    capability: Capability
    values: Mapping[str, Any] = field(default_factory=dict[str, Any])
    extra: Mapping[str, str] = field(default_factory=dict[str, str])
    pictures: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def model_name(self) -> str:
        """The model that was named; empty where the place's own is meant."""
        return str(self.values.get("model") or "")

    def missing(self, images: int = 0) -> tuple[str, ...]:
        """The options that the order still needs, given the number of images."""
        row = about(self.capability)
        says_itself = not row.takes_prompt or (row.default_prompt and images)
        prompt = () if self.values.get("prompt") or says_itself else ("prompt",)
        return (*prompt, *(("image",) if images < row.pictures[0] else ()))

    def unseen(self, images: int, *, masked: bool) -> OrderOf[UnseenPicture]:
        """The order on so many pictures that are still to be fetched. Raises as `order` does."""
        return self.order([UnseenPicture()] * images, UnseenPicture() if masked else None)

    def order(self, images: Sequence[P] = (), mask: P | None = None) -> OrderOf[P]:
        """The order with these pictures. Raises InvalidOrder naming what is missing or cannot be used."""
        self._check(len(images), mask)
        values: dict[str, Any] = {"model": "", **self.values, "extra": dict(self.extra)}
        if images and not values.get("prompt") and about(self.capability).default_prompt:
            values["prompt"] = _(about(self.capability).default_prompt)
        return made(self.capability, values, images, mask)

    def _check(self, images: int, mask: Picture | None) -> None:
        row = about(self.capability)
        for name in self.missing(images):
            empty = _("The prompt is empty. Say what you would like.")
            raise InvalidOrder(empty if name == "prompt" else _(row.picture_wanted), field=name)
        if mask is not None and not row.takes_mask:
            raise InvalidOrder(_("A mask can only be used with /edit."), field="mask")
        if not row.takes_pictures and images:
            raise InvalidOrder(
                _("/{command} takes no picture; use /edit to change one.").format(command=self.capability),
                field="image",
            )
        if row.pictures[1] is not None and images > row.pictures[1]:
            text = _("/{command} takes one picture at a time.")
            raise InvalidOrder(text.format(command=self.capability), field="image")


def order_of(
    capability: Capability,
    given: Mapping[str, Any],
    images: Sequence[P] = (),
    mask: P | None = None,
    *,
    extra: Mapping[str, Any] | None = None,
) -> OrderOf[P]:
    """The order with these options and pictures. Raises InvalidOrder naming the option at fault."""
    return draft(capability, given, extra=extra).order(images, mask)


def changes_of(
    capability: Capability, given: Mapping[str, Any], *, extra: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The changes that these options make to an existing order, by field. Raises InvalidOrder."""
    read = draft(capability, given, extra=extra)
    return dict(read.values) | ({"extra": dict(read.extra)} if read.extra else {})


def draft(
    capability: Capability, given: Mapping[str, Any], *, extra: Mapping[str, Any] | None = None
) -> Draft:
    """Turn values by public name, as text or as JSON types, into typed fields. Raises InvalidOrder."""
    values: dict[str, Any] = {}
    pictures: dict[str, str] = {}
    known = options_of(capability)
    for name, value in given.items():
        option = named(name, known)
        if option is None:
            unknown_option(name, known, capability.value)
        if value is None or value == "":
            continue
        if option.kind is OptionKind.PICTURE:
            pictures[public_name(name)] = str(value)
        else:
            values[option.field] = _typed(option, value)
    for name in extra or {}:
        if named(name, known) is not None:
            text = _("`{name}` is an option, not an extra parameter.")
            raise InvalidOrder(text.format(name=name), field="extra")
    return Draft(
        capability=capability,
        values=values,
        extra={str(key): _extra(value) for key, value in (extra or {}).items()},
        pictures=pictures,
    )


def _extra(value: Any) -> str:
    """An extra as text: strings as they are, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _typed(option: Option, value: Any) -> Any:
    if option.kind in (OptionKind.INTEGER, OptionKind.NUMBER):
        return _number(option, value)
    if option.kind is OptionKind.FLAG and isinstance(value, bool):
        return value
    if not isinstance(value, str):
        raise InvalidOrder(_("`{name}` must be text.").format(name=option.name), field=option.name)
    if option.kind in SWITCHES and value.strip() not in option.choices:
        text = _("`{name}` must be {choices}.")
        choices = _(" or ").join(option.choices)
        raise InvalidOrder(text.format(name=option.name, choices=choices), field=option.name)
    return value.strip() == "on" if option.kind is OptionKind.FLAG else value.strip()


def _number(option: Option, value: Any) -> int | float:
    try:
        if isinstance(value, bool) or len(str(value)) > 40:
            raise ValueError
        number = float(_bare(option, value))
        if math.isfinite(number) and (option.kind is OptionKind.NUMBER or number == int(number)):
            return number if option.kind is OptionKind.NUMBER else int(value)
    except (TypeError, ValueError, OverflowError):
        pass
    if option.kind is OptionKind.INTEGER:
        text = _("`{name}` must be a whole number; you gave “{value}”.")
    else:
        text = _("`{name}` must be a number; you gave “{value}”.")
    raise InvalidOrder(text.format(name=option.name, value=str(value)[:40]), field=option.name)


def _bare(option: Option, value: Any) -> Any:
    """`6,5s` as `6.5`: some people write a number with its unit, or with a decimal comma."""
    if isinstance(value, str) and option.kind is OptionKind.NUMBER:
        return value.strip().lower().removesuffix(option.unit).replace(",", ".")
    return value
