"""The gateway's model list as the core's catalogue.

Only the id and owner of an item are documented; there are also tags, modes and a parameter schema, but
their exact form is not published (Lumenfall API, models). So words are recognised in any of these fields,
and the name decides about a model that has none of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, cast

from bot.core.capability import Capability, about
from bot.core.catalog import Model, Scale
from bot.gateway.schema import Parameter, parameters
from bot.gateway.wire import ModelItem, ModelList

SCALES: Mapping[str, Scale] = {
    "recraft-crisp-upscale": Scale(fixed=True, default=4.0),
    "recraft-creative-upscale": Scale(fixed=True, default=4.0),
    "google-upscaler": Scale(factors=(2.0, 4.0), default=2.0),
    "real-esrgan": Scale(default=4.0, high=10.0),
    "aura-sr": Scale(default=4.0),
    "topaz-image-upscale": Scale(high=6.0),
    "seedvr-image-upscale": Scale(high=10.0),
    "clarity-upscaler": Scale(),
    "crystal-upscaler": Scale(high=10.0),
}
"""Upscalers' own rules (Lumenfall API, image upscaling: fixed, fractional, 2 or 4, defaults)."""

_WORDS: Mapping[Capability, tuple[str, ...]] = {
    Capability.UPSCALE: ("upscal",),
    Capability.VIDEO: ("video",),
    Capability.EDIT: ("edit", "inpaint", "image-to-image"),
    Capability.GENERATE: ("image-generation", "text-to-image", "generate", "vector"),
    Capability.CHAT: ("chat", "text-generation"),
}
"""Parts of tags and modes that mean a capability; the first match counts."""
_NAMES: Mapping[Capability, tuple[str, ...]] = {
    Capability.UPSCALE: ("*upscale*", "real-esrgan", "aura-sr", "seedvr*"),
    Capability.VIDEO: tuple("*video* sora* kling* veo* seedance* hailuo* ltx* wan-* luma* runway*".split()),
    Capability.EDIT: ("qwen-image-edit*", "p-image-edit", "riverflow-2-*-preview", "*-edit"),
    Capability.GENERATE: (
        "flux.1-schnell*",
        "flux.1-dev",
        "imagen-4.0*",
        "stable-diffusion-3.5-large",
        "lucid-origin",
    ),
    Capability.CHAT: ("*/*",),
}
"""Names of models that have only this capability; the first match counts. Any other model draws and edits."""
_DISABLED = frozenset({"disabled", "inactive", "retired", "offline", "unavailable"})
_EXPLICIT = frozenset({"nsfw", "adult", "explicit", "uncensored"})
_CHOICES = {
    "size": "size",
    "aspect_ratio": "aspect_ratio",
    "resolution": "resolution",
    "quality": "quality",
    "style": "style",
    "output_format": "output_format",
    # The page names only this alias of the parameter; schemas may use the name behind it.
    "thinking_level": "thinking_level",
    "thinking": "thinking_level",
    "reasoning": "thinking_level",
    "reasoning_effort": "thinking_level",
}


def catalogue(
    body: Mapping[str, Any], *, chat_models: Sequence[str] = (), sensitive: Sequence[str] = ()
) -> list[Model]:
    """Every model of an answer to GET /models, featured ones first, then the text models to offer.

    `sensitive` are patterns of models that may draw explicit pictures.
    """
    listed = [(ModelItem.model_validate(raw), raw) for raw in ModelList.model_validate(body).data]
    listed.sort(key=lambda pair: not pair[0].featured)
    models = [model(item, raw, sensitive) for item, raw in listed if item.id]
    known = {found.id for found in models}
    return models + [text_model(name, sensitive) for name in chat_models if name not in known]


def single(body: Mapping[str, Any], *, sensitive: Sequence[str] = ()) -> Model | None:
    """The model of an answer to GET /models/{id}, or None if it names none."""
    inner = body.get("data")
    raw = cast("Mapping[str, Any]", inner) if isinstance(inner, dict) else body
    item = ModelItem.model_validate(raw)
    return model(item, raw, sensitive) if item.id else None


def text_model(name: str, sensitive: Sequence[str] = ()) -> Model:
    """A configured text model, which the gateway does not list."""
    short = name.rpartition("/")[2].replace("-", " ").title()
    return Model(
        id=name, name=short, capabilities=frozenset({Capability.CHAT}), sensitive=_matches(name, sensitive)
    )


def model(item: ModelItem, raw: Mapping[str, Any], sensitive: Sequence[str]) -> Model:
    """One item, with the rules of its schema."""
    found = parameters(raw)
    capabilities = _capabilities(item)
    tags = {tag.lower() for tag in item.tags}
    return Model(
        id=item.id,
        name=item.name,
        capabilities=capabilities,
        aliases=tuple(dict.fromkeys((*item.aliases, *item.alternative_names))),
        starting_price=item.starting_price,
        free=item.free,
        featured=item.featured,
        max_inputs=_most(found, "image", "images", "image[]", "input_reference"),
        max_n=_most(found, "n"),
        max_seconds=_seconds(found),
        prompt_limit=found["prompt"].longest if "prompt" in found else None,
        choices=_choices(found),
        scale=_scale(item.id, found) if Capability.UPSCALE in capabilities else None,
        sensitive=bool(tags & _EXPLICIT) or _matches(item.id, sensitive),
        disabled=item.model_status.lower() in _DISABLED,
    )


def scale_of(name: str) -> Scale | None:
    """The built-in rule of an upscaler; the name may have the prefix of a forced provider."""
    return SCALES.get(name) or SCALES.get(name.rpartition("/")[2])


def _capabilities(item: ModelItem) -> frozenset[Capability]:
    spoken = {found for word in (*item.tags, *item.modes, *item.capabilities) if (found := _named(word))}
    return frozenset(spoken or _by_modality(item.modality) & _by_name(item.id) or _by_name(item.id))


def _named(word: str) -> Capability | None:
    word = word.lower().replace("_", "-").replace(" ", "-")
    for capability, needles in _WORDS.items():
        if any(needle in word for needle in needles):
            return capability
    return {"text": Capability.CHAT, "image": Capability.GENERATE}.get(word)


def _by_modality(modality: str) -> frozenset[Capability]:
    """The capabilities of a modality; all of them if the word is unknown."""
    named = frozenset(item for item in Capability if about(item).modality == modality.lower())
    return named or frozenset(Capability)


def _by_name(name: str) -> frozenset[Capability]:
    for capability, patterns in _NAMES.items():
        if _matches(name, patterns):
            return frozenset({capability})
    return frozenset({Capability.GENERATE, Capability.EDIT})


def _matches(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _most(found: Mapping[str, Parameter], *names: str) -> int | None:
    limits = [int(found[name].most or 0) for name in names if name in found]
    return max(limits, default=0) or None


def _seconds(found: Mapping[str, Parameter]) -> float | None:
    parameter = found.get("seconds") or found.get("duration")
    if parameter is None:
        return None
    numbers = [number for text in parameter.values if (number := _number(text)) is not None]
    return parameter.most or max(numbers, default=None)


def _choices(found: Mapping[str, Parameter]) -> dict[str, tuple[str, ...]]:
    return {
        field: found[name].values for name, field in _CHOICES.items() if name in found and found[name].values
    }


def _scale(name: str, found: Mapping[str, Parameter]) -> Scale | None:
    if rule := scale_of(name):
        return rule
    parameter = found.get("scale_factor")
    if parameter is None:
        return None
    factors = tuple(number for text in parameter.values if (number := _number(text)) is not None)
    default = _number(parameter.default) or (factors[0] if factors else Scale().default)
    return Scale(
        factors=factors,
        low=parameter.least or Scale().low,
        high=parameter.most or Scale().high,
        default=default,
    )


def _number(text: str) -> float | None:
    try:
        number = float(text.lower().removesuffix("x").removesuffix("s"))
    except ValueError:
        return None
    return number if 0 < number < 10_000 else None
