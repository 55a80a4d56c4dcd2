"""Refuses invalid orders before anything is priced, held or stored.

Ranges come from the Lumenfall API (generations, edits, videos, chat completions); if the catalogue
knows a model's own rule, that rule is used instead. Only the format of sizes and aspect ratios is checked,
since the gateway changes them to the nearest that a model supports.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from bot.core.catalog import Model, Scale
from bot.core.errors import BadImage, InvalidOrder
from bot.core.place_lists.common_options import prompt_sent
from bot.core.place_lists.styles import GATEWAY_STYLES
from bot.core.request import (
    ChatOrder,
    EditOrder,
    GenerateOrder,
    OrderOf,
    P,
    Picture,
    UpscaleOrder,
    VideoOrder,
)
from bot.core.text.clean_text import clean, has_words, storable
from bot.core.text.numbers import short, whole
from bot.core.text.translation import gettext as _

IMAGES_MAX = 10
VIDEOS_MAX = 4
SECONDS_MAX = 60.0
SEED_MAX = 2**32 - 1
QUALITIES = ("auto", "standard", "hd", "low", "medium", "high")
FORMATS = ("png", "jpeg", "gif", "webp", "avif")
THINKING = ("off", "on", "minimal", "high")
SWITCH = ("on", "off")
RESERVED_EXTRAS = frozenset(
    (
        "model prompt n user dryrun dry_run stream messages image mask input_reference webhook_url"
        " num_images duration idempotency_key"
        " response_format max_tokens max_completion_tokens metadata media_retention"
    ).split()
)
"""Names that decide what is bought, how much of it, or where it goes; never accepted as extras."""

_SIZE = re.compile(r"(?P<w>\d{2,5})x(?P<h>\d{2,5})|\d{1,3}(\.\d{1,3})?:\d{1,3}(\.\d{1,3})?|auto")
_RATIO = re.compile(r"\d{1,3}(\.\d{1,3})?:\d{1,3}(\.\d{1,3})?|auto")
_RESOLUTION = re.compile(r"\d{1,4}(\.\d{1,3})?\s?(k|p|mp)|auto", re.IGNORECASE)
_EXTRA_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")


@dataclass(frozen=True, kw_only=True)
class OrderLimits:
    """The operator's limits: `prompt` in characters, `max_tokens` of one answer."""

    prompt: int = 10_000
    max_tokens: int = 2048


WORDS = ("prompt", "system", "negative_prompt")
CONVERSATION_MAX = 300
"""The most characters of a conversation's id; the platforms' ids have about 60."""


def normalised(order: OrderOf[P]) -> OrderOf[P]:
    """The order without invisible characters and without empty texts. Raises InvalidOrder."""
    _readable(order)
    said = {name: value for name in WORDS if isinstance(value := vars(order).get(name), str)}
    seen = {name: text if has_words(text := clean(value)) else "" for name, value in said.items()}
    optional = {name: text or None for name, text in seen.items() if name != "prompt"}
    return replace(order, **{**seen, **optional})


def check(order: OrderOf[Picture], model: Model | None, limits: OrderLimits) -> None:
    """Raise InvalidOrder, naming the option and what is allowed, for an order that must not be paid for."""
    _readable(order)
    match order:
        case GenerateOrder():
            _prompt(order, model, limits)
            _image_options(order, model)
        case EditOrder():
            _prompt(order, model, limits)
            _image_options(order, model)
            _edit_images(order, model)
        case UpscaleOrder():
            _one_of(order.output_format, "output_format", FORMATS)
            _scale(order.scale, model.scale if model else None)
        case ChatOrder():
            _prompt(order, model, limits)
            _number(order.temperature, "temperature", 0, 2)
            _number(order.max_tokens, "max_tokens", 1, limits.max_tokens)
            _at_most(len(order.images), "image", _max_inputs(model))
            if len(order.conversation or "") > CONVERSATION_MAX:
                raise InvalidOrder(_("The name of this conversation is too long."), field="conversation")
            if order.system is not None and len(order.system) > limits.prompt:
                text = _("The system prompt can have at most {most} characters.")
                raise InvalidOrder(text.format(most=limits.prompt), field="system")
        case VideoOrder():
            _prompt(order, model, limits)
            _video_options(order, model)
    _extra(order.extra)


def _readable(order: OrderOf[Picture]) -> None:
    """Refuse text with NUL or unpaired surrogates, which cannot be stored or sent."""
    said = [(name, value) for name, value in vars(order).items() if isinstance(value, str)]
    said += [("extra", text) for pair in order.extra.items() for text in pair]
    for name, text in said:
        if not storable(text):
            text = _("`{name}` contains characters that are not valid text. Please remove them.")
            raise InvalidOrder(text.format(name=name), field=name)


def _prompt(order: OrderOf[Picture], model: Model | None, limits: OrderLimits) -> None:
    prompt = prompt_sent(order)
    if not order.prompt.strip():
        raise InvalidOrder(
            _("The prompt is empty. Say what you would like. Nothing was charged."), field="prompt"
        )
    longest = min(limits.prompt, (model.prompt_limit if model else None) or limits.prompt)
    if len(prompt) > longest:
        raise InvalidOrder(
            _("The prompt has {count} characters; the limit is {most}. Nothing was charged.").format(
                count=whole(len(prompt)), most=whole(longest)
            ),
            field="prompt",
        )


def _image_options(order: GenerateOrder | EditOrder[Picture], model: Model | None) -> None:
    choices = model.choices if model else {}
    _number(order.n, "n", 1, min(IMAGES_MAX, (model.max_n if model else None) or IMAGES_MAX))
    _shape(order.size, order.aspect_ratio, order.resolution)
    _one_of(order.quality, "quality", choices.get("quality") or QUALITIES)
    _one_of(order.style, "style", choices.get("style") or GATEWAY_STYLES)
    _one_of(order.output_format, "output_format", choices.get("output_format") or FORMATS)
    _number(order.output_compression, "output_compression", 1, 100)
    _number(order.seed, "seed", 0, SEED_MAX)
    _one_of(order.thinking_level, "thinking_level", choices.get("thinking_level") or THINKING)
    _one_of(order.prompt_enhancement, "prompt_enhancement", SWITCH)
    _negative(order.negative_prompt)


def _edit_images(order: EditOrder[Picture], model: Model | None) -> None:
    if not order.images:
        raise InvalidOrder(_("Attach the picture to edit."), field="image")
    _at_most(len(order.images), "image", _max_inputs(model))
    if order.mask is not None:
        check_mask(order.images[0], order.mask)


SHAPE = 0.01
"""By how much the shapes of a mask and its picture may differ, besides a pixel."""


def same_shape(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether the one size is the other scaled, a pixel more or less."""
    return abs(one[0] * other[1] / other[0] - one[1]) <= max(1.0, one[1] * SHAPE)


def check_mask(image: Picture, mask: Picture) -> None:
    """Raise BadImage unless the mask has transparency and the size of the picture (Lumenfall API, edits)."""
    if not mask.has_alpha:
        raise BadImage(_("The mask has no transparency. Make the area to change transparent."), field="mask")
    if (mask.width, mask.height) != (image.width, image.height):
        raise BadImage(
            _("The mask is {mask} pixels and the picture {picture}; they must be the same size.").format(
                mask=f"{mask.width}×{mask.height}", picture=f"{image.width}×{image.height}"
            ),
            field="mask",
        )


def _video_options(order: VideoOrder[Picture], model: Model | None) -> None:
    longest = (model.max_seconds if model else None) or SECONDS_MAX
    if order.seconds is not None:
        _number(order.seconds, "seconds", 1, longest)
    _number(order.n, "n", 1, min(VIDEOS_MAX, (model.max_n if model else None) or VIDEOS_MAX))
    _number(order.seed, "seed", 0, SEED_MAX)
    _shape(order.size, order.aspect_ratio, order.resolution)
    _negative(order.negative_prompt)
    _at_most(len(order.references), "image", _max_inputs(model))


def _scale(scale: float | None, rule: Scale | None) -> None:
    if scale is None:
        return
    rule = rule or Scale()
    if rule.factors:
        names = tuple(f"{factor:g}" for factor in rule.factors)
        _one_of(f"{scale:g}", "scale", names)
    elif not rule.fixed:
        _number(scale, "scale", rule.low, rule.high)
    elif scale <= 0:
        raise InvalidOrder(_("`scale` must be above 0."), field="scale")


def _shape(size: str | None, ratio: str | None, resolution: str | None) -> None:
    if size is not None:
        found = _SIZE.fullmatch(size)
        sides = [int(side) for side in (found["w"], found["h"]) if side] if found else []
        if not found or any(not 64 <= side <= 8192 for side in sides):
            raise InvalidOrder(
                _(
                    "`size` must be WIDTHxHEIGHT with 64 to 8192 pixels a side, such as 1024x1024, or an"
                    " aspect ratio such as 16:9."
                ),
                field="size",
            )
    _form(ratio, "aspect_ratio", _RATIO.fullmatch, _("an aspect ratio such as 16:9"))
    _form(resolution, "resolution", _RESOLUTION.fullmatch, _("a resolution such as 1K, 2K or 1080p"))


def _form(value: str | None, name: str, test: Callable[[str], object], example: str) -> None:
    if value is not None and not test(value):
        text = _("`{name}` must be {example}.")
        raise InvalidOrder(text.format(name=name, example=example), field=name)


def _negative(text: str | None) -> None:
    if text is not None and len(text) > 2000:
        raise InvalidOrder(_("`negative_prompt` can have at most 2,000 characters."), field="negative_prompt")


def _number(value: float | None, name: str, low: float, high: float) -> None:
    if value is not None and not low <= value <= high:  # NaN fails this too
        raise InvalidOrder(
            _("`{name}` must be from {low} to {high}; you gave {value}. Nothing was charged.").format(
                name=name, low=short(low), high=short(high), value=short(value)
            ),
            field=name,
        )


def _one_of(value: str | None, name: str, allowed: Iterable[str]) -> None:
    names = tuple(allowed)
    if value is not None and value not in names:
        text = _("`{name}` must be one of {names}; you gave “{value}”.")
        raise InvalidOrder(text.format(name=name, names=", ".join(names), value=value[:40]), field=name)


def _at_most(count: int, name: str, most: int) -> None:
    if count > most:
        text = _("This model takes at most {most} pictures; you gave {count}.")
        raise InvalidOrder(text.format(most=most, count=count), field=name)


def _max_inputs(model: Model | None) -> int:
    return (model.max_inputs if model else None) or IMAGES_MAX


def _extra(extra: Mapping[str, str]) -> None:
    if len(extra) > 20:
        raise InvalidOrder(_("You can give at most 20 extra parameters."), field="extra")
    for name, value in extra.items():
        if not _EXTRA_NAME.fullmatch(name) or name.lower().replace("-", "_") in RESERVED_EXTRAS:
            text = _("“{name}” cannot be used as an extra parameter.")
            raise InvalidOrder(text.format(name=name[:64]), field="extra")
        if len(value) > 1000:
            raise InvalidOrder(_("The value of “{name}” is too long.").format(name=name), field="extra")
