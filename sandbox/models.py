"""What the sandbox knows of a model: modes, limits, sizes, and what each provider charges for it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from sandbox.errors import invalid, model_disabled, model_not_found
from sandbox.sizes import SizeRules

Mode = Literal["generate", "edit", "upscale", "video", "chat"]
Metric = Literal["image", "megapixel", "second", "token", "token_text", "token_image"]

MODE_NAMES: dict[Mode, str] = {
    "generate": "text-to-image",
    "edit": "image-edit",
    "upscale": "upscale",
    "video": "text-to-video, image-to-video",
    "chat": "text",
}
TAGS: dict[Mode, str] = {
    "generate": "image-generation",
    "edit": "image-editing",
    "upscale": "image-upscaling",
    "video": "video-generation",
    "chat": "chat",
}
_WHY_NOT: dict[Mode, str] = {
    "generate": "does not support image generation from text",
    "edit": "does not support image editing",
    "upscale": "does not support upscaling",
    "video": "does not support video generation",
    "chat": "does not support chat completions",
}


@dataclass(frozen=True, kw_only=True)
class Rate:
    """One price component: `micros` micro-dollars for every `per` units of `metric`.

    `when` limits it to a resolution tier, a quality or a shape ("square", "wide"); `direction` is
    `input` for what is sent and `output` for what comes back.
    """

    metric: Metric
    micros: int
    per: int = 1
    direction: Literal["input", "output"] = "output"
    when: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A provider that serves the model, and its price components."""

    provider: str
    name: str
    path: str
    rates: tuple[Rate, ...]


@dataclass(frozen=True, kw_only=True)
class ScaleRule:
    """Upscale factors: `fixed` ignores what is asked, `allowed` is a closed list, else 1 < f <= `most`."""

    default: float = 2.0
    fixed: float | None = None
    allowed: tuple[float, ...] = ()
    most: float = 8.0


@dataclass(frozen=True, kw_only=True)
class SecondsRule:
    """Length of a film in seconds, whole numbers from `least` to `most`."""

    default: int = 5
    least: int = 1
    most: int = 15


_SQUARE = SizeRules()
_FILM = SizeRules(tiers=("720p", "1080p"), default_tier="720p", grid=2)


@dataclass(frozen=True, kw_only=True)
class Model:
    """One row of the catalogue. Offers are sorted by price: the first is the cheapest."""

    slug: str
    name: str
    creator: str
    modes: tuple[Mode, ...]
    offers: tuple[Offer, ...]
    description: str = ""
    aliases: tuple[str, ...] = ()
    max_inputs: int = 1
    prompt_limit: int = 4000
    sizes: SizeRules = _SQUARE
    video_sizes: SizeRules = _FILM
    qualities: tuple[str, ...] = ()
    default_quality: str | None = None
    thinking: tuple[str, ...] = ()
    seconds: SecondsRule = SecondsRule()
    scale: ScaleRule = ScaleRule()
    image_tokens: Mapping[str, int] = field(default_factory=dict[str, int])
    starting_micros: int = 0
    disabled: bool = False
    featured: bool = False


@dataclass(frozen=True, kw_only=True)
class Route:
    """The model a request named, and the providers that may serve it in order of preference."""

    model: Model
    offers: tuple[Offer, ...]
    forced: bool = False

    def offer(self, *, switched: bool) -> Offer:
        """The provider of now; `switched` is the one that takes over after the dry run."""
        return self.offers[1 if switched and len(self.offers) > 1 else 0]


class ModelTable:
    """Look-up by slug, alias and forced provider."""

    def __init__(self, models: Iterable[Model]) -> None:
        self.all = tuple(models)
        self._by_name = {name: m for m in self.all for name in (m.slug, *m.aliases)}
        self._providers = {offer.provider for m in self.all for offer in m.offers} | {"openrouter"}

    def get(self, slug: str) -> Model | None:
        return self._by_name.get(slug)

    def knows(self, slug: str) -> bool:
        """Whether a slug, an alias or a forced provider's slug names a model of the table."""
        return self._find(slug) is not None

    def media(self) -> list[Model]:
        """What `GET /models` lists: no text models (Lumenfall API, models), nothing disabled."""
        return [m for m in self.all if "chat" not in m.modes and not m.disabled]

    def route(self, slug: str, disabled: Iterable[str] = ()) -> Route:
        """Raises ApiError 404 for an unknown or disabled model."""
        route = self._find(slug)
        if route is None:
            near = difflib.get_close_matches(slug, self._by_name, n=1, cutoff=0.5)
            raise model_not_found(slug[:100], near[0] if near else None)
        if route.model.disabled or route.model.slug in set(disabled):
            raise model_disabled(slug)
        return route

    def _find(self, slug: str) -> Route | None:
        if model := self._by_name.get(slug):
            return Route(model=model, offers=model.offers)
        provider, _, rest = slug.partition("/")
        model = self._by_name.get(rest)
        if not model or provider not in self._providers:
            return None
        offers = tuple(o for o in model.offers if o.provider == provider)
        return Route(model=model, offers=offers, forced=True) if offers else None


def require_mode(model: Model, mode: Mode) -> None:
    """Raises ApiError 400 that names the model and what it can do."""
    if mode not in model.modes:
        supported = ", ".join(MODE_NAMES[m] for m in model.modes)
        raise invalid(f"Model '{model.slug}' {_WHY_NOT[mode]}. Supported modes: {supported}.")


def require_prompt(model: Model, prompt: str | None) -> str:
    """Raises ApiError 400 when the prompt is missing, blank or longer than the model takes."""
    if prompt is None or not prompt.strip():
        raise invalid("Missing required parameter: 'prompt'.")
    if len(prompt) > model.prompt_limit:
        raise invalid(f"Too big: expected string to have <={model.prompt_limit} characters")
    return prompt
