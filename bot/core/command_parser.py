"""One line of text to one order: `/generate a capybara in the rain --model flux --n 2 guidance=7`.

The browser's box, the terminal and chat platforms whose commands are plain text all read the same
words (`command_syntax` has the grammar, `options` the names). Pictures cannot stand in a line, so the
result is a `Draft`: the typed values of an order, what is still missing, and `order()` for when the
pictures are there. `words` turns an order back into a line.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.core.command_syntax import quoted, read, reads_as_words, split_command, unknown_option
from bot.core.errors import InvalidOrder
from bot.core.options import Option, OptionKind, named, options_of, public_name
from bot.core.request import (
    Capability,
    ChatOrder,
    EditOrder,
    GenerateOrder,
    Order,
    Upload,
    UpscaleOrder,
    VideoOrder,
)


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
        wanted = {
            Capability.EDIT: ("prompt", "image"),
            Capability.UPSCALE: ("image",),
        }.get(self.capability, ("prompt",))
        has = {"prompt": bool(self.values.get("prompt")), "image": images > 0}
        return tuple(name for name in wanted if not has[name])

    def order(self, images: Sequence[Upload] = (), mask: Upload | None = None) -> Order:
        """The order on these pictures. Raises InvalidOrder naming what is missing or does not belong."""
        for name in self.missing(len(images)):
            raise InvalidOrder(_MISSING[name, self.capability is Capability.UPSCALE], field=name)
        if mask is not None and self.capability is not Capability.EDIT:
            raise InvalidOrder("A mask goes with /edit only.", field="mask")
        values: dict[str, Any] = {"model": "", **self.values, "extra": dict(self.extra)}
        match self.capability:
            case Capability.GENERATE:
                _no_more_than(images, 0, "/generate takes no picture; use /edit to change one.")
                return GenerateOrder(**values)
            case Capability.EDIT:
                return EditOrder(images=tuple(images), mask=mask, **values)
            case Capability.UPSCALE:
                _no_more_than(images, 1, "/upscale takes one picture at a time.")
                return UpscaleOrder(image=images[0], **values)
            case Capability.CHAT:
                return ChatOrder(images=tuple(images), **values)
            case Capability.VIDEO:
                return VideoOrder(references=tuple(images), **values)


_MISSING = {
    ("prompt", False): "Say what you would like: the prompt is empty.",
    ("image", False): "Attach the picture to edit.",
    ("image", True): "Attach the picture to make larger.",
}


def parse(text: str, *, default: Capability = Capability.CHAT) -> Draft:
    """A line to a draft; without a command all of it is the prompt of `default`.

    Raises InvalidOrder, and nothing else, for an unknown command or option or a value of the wrong kind.
    """
    name, rest = split_command(text, [item.value for item in Capability])
    if not name:
        return Draft(capability=default, values={"prompt": rest} if rest else {})
    return parse_options(Capability(name), rest)


def parse_options(capability: Capability, text: str) -> Draft:
    """The part of a line after its command. Raises InvalidOrder."""
    line = read(text, options_of(capability), command=capability.value)
    options = dict(line.options)
    if line.text and "prompt" in options:
        raise InvalidOrder("Give the prompt once: as words or as --prompt.", field="prompt")
    if line.text and capability is Capability.UPSCALE:
        raise InvalidOrder("/upscale takes no words, only options such as --scale 2.", field="prompt")
    if line.text:
        options["prompt"] = line.text
    return draft(capability, options, extra=line.extra)


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
        extra={str(key): str(value) for key, value in (extra or {}).items()},
        pictures=pictures,
    )


def shown_options(order: Order) -> dict[str, str]:
    """What was chosen besides the prompt and the pictures, by public name; extras come last."""
    shown: dict[str, str] = {}
    for option in options_of(order.capability):
        value = getattr(order, option.field, None)
        if (
            option.kind is OptionKind.PICTURE
            or option.name == "prompt"
            or value in (None, "", option.default)
        ):
            continue
        shown[option.name] = f"{value:g}" if isinstance(value, float) else str(value)
    return shown | dict(order.extra)


def words(order: Order) -> str:
    """The line that asks for this order, pictures and remembered turns aside; `parse` reads it back."""
    texts = {option.name for option in options_of(order.capability) if option.kind is OptionKind.TEXT}
    parts = [
        f"{name}={value}" if name in order.extra else f"--{name} {quoted(value) if name in texts else value}"
        for name, value in shown_options(order).items()
    ]
    prompt = order.prompt.strip()
    if prompt and reads_as_words(prompt):
        parts.insert(0, prompt)
    elif prompt:
        parts += ["--", prompt]
    return " ".join((f"/{order.capability}", *parts))


def _typed(option: Option, value: Any) -> Any:
    if option.kind in (OptionKind.INTEGER, OptionKind.NUMBER):
        return _number(option, value)
    if not isinstance(value, str):
        raise InvalidOrder(f"`{option.name}` is text.", field=option.name)
    return value.strip()


def _number(option: Option, value: Any) -> int | float:
    try:
        if isinstance(value, bool) or len(str(value)) > 40:
            raise ValueError
        number = float(value)
        if math.isfinite(number) and (option.kind is OptionKind.NUMBER or number == int(number)):
            return number if option.kind is OptionKind.NUMBER else int(value)
    except (TypeError, ValueError, OverflowError):
        pass
    whole = "a whole number" if option.kind is OptionKind.INTEGER else "a number"
    raise InvalidOrder(f"`{option.name}` is {whole}; you gave “{str(value)[:40]}”.", field=option.name)


def _no_more_than(images: Sequence[Upload], most: int, message: str) -> None:
    if len(images) > most:
        raise InvalidOrder(message, field="image")
