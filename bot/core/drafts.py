"""Options to orders: the one way in which any surface makes an order.

Values come by the public names of the options, typed as a platform or JSON has them, or as text that
somebody wrote. Pictures come apart from them, because they are fetched and cleaned first.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.core.capability import Capability, about
from bot.core.command_syntax import unknown_option
from bot.core.errors import InvalidOrder
from bot.core.options import Option, OptionKind, named, options_of, public_name
from bot.core.request import OrderOf, P, Picture, made


@dataclass(frozen=True, kw_only=True)
class Draft:
    """An order but for its pictures.

    `values` are typed fields of the order; `extra` what is passed on unread; `pictures` what a line
    named as pictures (`image`, `image2`, `mask` → a path or address, for those who can use one).
    """

    capability: Capability
    values: Mapping[str, Any] = field(default_factory=dict[str, Any])
    extra: Mapping[str, str] = field(default_factory=dict[str, str])
    pictures: Mapping[str, str] = field(default_factory=dict[str, str])

    def missing(self, images: int = 0) -> tuple[str, ...]:
        """The options without which there is no order, given how many images there are."""
        row = about(self.capability)
        says_itself = not row.takes_prompt or (row.default_prompt and images)
        prompt = () if self.values.get("prompt") or says_itself else ("prompt",)
        return (*prompt, *(("image",) if images < row.pictures[0] else ()))

    def order(self, images: Sequence[P] = (), mask: P | None = None) -> OrderOf[P]:
        """The order on these pictures. Raises InvalidOrder naming what is missing or does not belong."""
        self._check(len(images), mask)
        values: dict[str, Any] = {"model": "", **self.values, "extra": dict(self.extra)}
        if images and not values.get("prompt") and about(self.capability).default_prompt:
            values["prompt"] = about(self.capability).default_prompt
        return made(self.capability, values, images, mask)

    def _check(self, images: int, mask: Picture | None) -> None:
        row = about(self.capability)
        for name in self.missing(images):
            empty = "Say what you would like: the prompt is empty."
            raise InvalidOrder(empty if name == "prompt" else row.picture_wanted, field=name)
        if mask is not None and not row.takes_mask:
            raise InvalidOrder("A mask goes with /edit only.", field="mask")
        if not row.takes_pictures and images:
            raise InvalidOrder(
                f"/{self.capability} takes no picture; use /edit to change one.", field="image"
            )
        if row.pictures[1] is not None and images > row.pictures[1]:
            raise InvalidOrder(f"/{self.capability} takes one picture at a time.", field="image")


def order_of(
    capability: Capability,
    given: Mapping[str, Any],
    images: Sequence[P] = (),
    mask: P | None = None,
    *,
    extra: Mapping[str, Any] | None = None,
) -> OrderOf[P]:
    """The order that these options and pictures make. Raises InvalidOrder naming the option at fault."""
    return draft(capability, given, extra=extra).order(images, mask)


def changes_of(
    capability: Capability, given: Mapping[str, Any], *, extra: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """What these options change in an order that exists: its fields and their values. Raises InvalidOrder."""
    read = draft(capability, given, extra=extra)
    return dict(read.values) | ({"extra": dict(read.extra)} if read.extra else {})


def draft(
    capability: Capability, given: Mapping[str, Any], *, extra: Mapping[str, Any] | None = None
) -> Draft:
    """Values by their public names, as text or as JSON has them, to typed fields. Raises InvalidOrder."""
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
            raise InvalidOrder(f"`{name}` is an option of its own, not an extra parameter.", field="extra")
    return Draft(
        capability=capability,
        values=values,
        extra={str(key): _extra(value) for key, value in (extra or {}).items()},
        pictures=pictures,
    )


def _extra(value: Any) -> str:
    """Extras are kept as they are written: text, or JSON of anything else."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _typed(option: Option, value: Any) -> Any:
    if option.kind in (OptionKind.INTEGER, OptionKind.NUMBER):
        return _number(option, value)
    if not isinstance(value, str):
        raise InvalidOrder(f"`{option.name}` is text.", field=option.name)
    if option.kind is OptionKind.SWITCH and value.strip() not in option.choices:
        raise InvalidOrder(f"`{option.name}` is {' or '.join(option.choices)}.", field=option.name)
    return value.strip()


def _number(option: Option, value: Any) -> int | float:
    try:
        if isinstance(value, bool) or len(str(value)) > 40:
            raise ValueError
        number = float(_bare(option, value))
        if math.isfinite(number) and (option.kind is OptionKind.NUMBER or number == int(number)):
            return number if option.kind is OptionKind.NUMBER else int(value)
    except (TypeError, ValueError, OverflowError):
        pass
    whole = "a whole number" if option.kind is OptionKind.INTEGER else "a number"
    raise InvalidOrder(f"`{option.name}` is {whole}; you gave “{str(value)[:40]}”.", field=option.name)


def _bare(option: Option, value: Any) -> Any:
    """`6,5s` as `6.5`: people write a number with its unit, and a comma where others write a point."""
    if isinstance(value, str) and option.kind is OptionKind.NUMBER:
        return value.strip().lower().removesuffix(option.unit).replace(",", ".")
    return value
