"""The models that people can choose from: search for autocomplete, and the rules for checking orders.

It is filled from the gateway's model list, which is only a suggestion: a listed model may be used for
anything that the gateway prices, and a model that is not listed is tried. If the list has a rule, the order
is checked against it; otherwise the API's general ranges apply (Lumenfall API, generations, edits, videos,
chat).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from bot.core.capability import Capability, about
from bot.core.errors import InvalidOrder, NotAllowed, UnknownModel
from bot.core.money import Micros
from bot.core.request import Actor
from bot.core.tenant import Sensitive, Tenant
from bot.core.text.model_names import NAME_MAX, any_matches, canonical, readings, well_formed
from bot.core.text.translation import gettext as _


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How a model upscales. With empty `factors` and not `fixed`, any factor from `low` to `high`
    is allowed.
    """

    fixed: bool = False
    factors: tuple[float, ...] = ()
    low: float = 1.0
    high: float = 8.0
    default: float = 2.0


@dataclass(frozen=True, kw_only=True)
class Model:
    """One model. Empty tuples and None mean that the catalogue does not know.

    `starting_price` is the price of the cheapest unit, a hint and never an estimate. `prompt_limit` in
    characters. `choices` maps an order's field (`size`, `quality`, `style`, `resolution`, `thinking_level` …)
    to its permitted values.
    """

    id: str
    name: str = ""
    capabilities: frozenset[Capability]
    aliases: tuple[str, ...] = ()
    starting_price: Micros | None = None
    free: bool = False
    featured: bool = False
    max_inputs: int | None = None
    max_n: int | None = None
    max_seconds: float | None = None
    prompt_limit: int | None = None
    choices: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    scale: Scale | None = None
    sensitive: bool = False
    disabled: bool = False

    @property
    def detailed(self) -> bool:
        """True when the gateway has described any of its parameters."""
        return bool(self.choices or self.max_n or self.max_inputs or self.max_seconds or self.prompt_limit)


_DATED = re.compile(r"[-@:]\d{4}-?\d{2}-?\d{2}$")
"""The date of a release, which text models have at the end of their names."""


class Catalog:
    """All known models, in the order in which they should be offered."""

    def __init__(self, models: Iterable[Model] = ()) -> None:
        self._models: list[Model] = []
        self._by_name: dict[str, Model] = {}
        self._by_reading: dict[str, Model] = {}
        self.replace(models)

    def replace(self, models: Iterable[Model]) -> None:
        """Replace the models by a new list from the gateway."""
        self._models = [model for model in models if not model.disabled]
        self._by_name = {name: model for model in self._models for name in model.aliases}
        self._by_name |= {model.id: model for model in self._models}
        self._by_reading = {canonical(name): model for name, model in self._by_name.items()}

    def __len__(self) -> int:
        return len(self._models)

    def get(self, name: str) -> Model | None:
        """A model by slug or alias, a forced provider's prefix allowed (`vertex/gemini-3-pro-image`)."""
        found = self._by_name.get(name)
        return found or self._by_name.get(name.partition("/")[2])

    def require(self, name: str) -> None:
        """Raise UnknownModel for a name that is not in the list and does not begin with a vendor's prefix.

        For settings, which are otherwise checked only when somebody orders; an order is decided by its dry
        run.
        """
        if self.find(name) is None and self._models and "/" not in name:
            raise UnknownModel(name, self.suggest(name))

    def describe(self, model: Model) -> None:
        """Add or replace the description of one model, listed or not."""
        known = {listed.id: listed for listed in self._models} | {model.id: model}
        self.replace(known.values())

    def find(self, name: str) -> Model | None:
        """The model, or None when only the gateway can know it.

        Raises InvalidOrder for a name that is too long, UnknownModel for text that cannot be a model's name.
        """
        if len(name) > NAME_MAX:
            text = _("A model's name can have at most {most} characters.")
            raise InvalidOrder(text.format(most=NAME_MAX), field="model")
        if name not in self._by_name and not well_formed(name):
            raise UnknownModel(name, self.suggest(name))
        return self.get(name) or self._read_as(name)

    def _read_as(self, name: str) -> Model | None:
        """The model for a name with another case, a variant or a longer route; lists apply to it too."""
        known = (self._by_reading.get(reading) for reading in sorted(readings(name), key=len, reverse=True))
        return next((model for model in known if model is not None), None)

    def suggest(self, name: str, capability: Capability | None = None, limit: int = 3) -> tuple[str, ...]:
        """The most similar names, best first."""
        names = {
            alias: model.id
            for model in self._models
            if capability is None or capability in model.capabilities
            for alias in (*model.aliases, model.id)
        }
        near = difflib.get_close_matches(name[:NAME_MAX].lower(), list(names), n=limit * 2, cutoff=0.5)
        return tuple(dict.fromkeys(names[item] for item in near))[:limit]

    def search(
        self, query: str = "", capability: Capability | None = None, limit: int | None = 25
    ) -> Sequence[Model]:
        """Models whose name contains every word of the query; prefix matches first. From memory, no I/O.

        `limit` None returns all of them.
        """
        words = query.lower().split()
        hits = [
            model
            for model in self._models
            if (capability is None or capability in model.capabilities) and _matches(model, words)
        ]
        if words:
            hits.sort(key=lambda model: not model.id.startswith(words[0]))
        return hits[:limit]

    def default(self, capability: Capability, permitted: Callable[[Model], bool] | None = None) -> str:
        """The cheapest of the models that the gateway features for a capability, else the cheapest known
        model.

        Only `permitted` models are considered; when there is none, the model from the gateway's pages.
        """
        able = [
            model
            for model in self._models
            if capability in model.capabilities and (permitted is None or permitted(model))
        ]
        offered = [model for model in able if model.featured] or able
        if not offered:
            return about(capability).printed_model
        return min(offered, key=lambda model: (model.starting_price is None, model.starting_price or 0)).id


def _matches(model: Model, words: Sequence[str]) -> bool:
    text = " ".join((model.id, model.name, *model.aliases)).lower()
    return all(word in text for word in words)


def permitted(model: Model, tenant: Tenant, actor: Actor) -> bool:
    """True when policy lets the actor use a listed model here."""
    return may_use(model.id, model, tenant, actor)


def may_use(name: str, model: Model | None, tenant: Tenant, actor: Actor) -> bool:
    """The same for a model that may not be listed (`model` None)."""
    try:
        check_policy(name, model, tenant, actor)
    except NotAllowed:
        return False
    return True


def check_policy(model_name: str, model: Model | None, tenant: Tenant, actor: Actor) -> None:
    """Raise NotAllowed when an admin's lists or the policy for sensitive models forbid the model.

    No other spelling, variant, release, alias or forced provider evades a list (see `model_names`).
    """
    known = () if model is None else (model.id, *model.aliases)
    denied = frozenset[str]().union(*map(readings, (model_name, _undated(model_name), *known)))
    shown = model_name[:80]
    if any_matches(denied, tenant.denied_models):
        text = _("An admin has turned off {model} here. Nothing was charged.")
        raise NotAllowed(text.format(model=shown))
    if tenant.allowed_models and not any_matches(_allowed_as(model_name, known), tenant.allowed_models):
        raise NotAllowed(
            _("{model} is not one of the models allowed here ({models}). Nothing was charged.").format(
                model=shown, models=", ".join(tenant.allowed_models[:5])
            )
        )
    if (
        actor.guest
        and tenant.guest_models
        and not any_matches(_allowed_as(model_name, known), tenant.guest_models)
    ):
        raise NotAllowed(
            _("Guests can only use these models here: {models}. Nothing was charged.").format(
                models=", ".join(tenant.guest_models[:5])
            )
        )
    if model is not None and model.sensitive and not _sensitive_here(tenant.sensitive, actor):
        text = _("{model} can only be used in age-restricted channels. Nothing was charged.")
        raise NotAllowed(text.format(model=shown))


def _allowed_as(model_name: str, known: Sequence[str]) -> frozenset[str]:
    """The names under which a model can be allowed: its own, or all that the catalogue knows for it.

    A known name after one forced provider is the same model; a longer route is not.
    """
    own, names = canonical(model_name), frozenset(map(canonical, known))
    return names if not names.isdisjoint((own, own.partition("/")[2])) else frozenset((own, _undated(own)))


def _undated(name: str) -> str:
    return _DATED.sub("", name)


def _sensitive_here(policy: Sensitive, actor: Actor) -> bool:
    return policy is Sensitive.ALWAYS or (policy is Sensitive.AGE_RESTRICTED and actor.sensitive_ok)
