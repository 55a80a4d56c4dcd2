"""The models people can choose from: search for autocomplete, and rules to check orders by.

Filled from the gateway's model list, which suggests and never decides: a listed model may be used for
whatever the gateway will price, and one that is not listed is tried. Where the list knows a rule the order is
checked against it; where it is silent the contract's own ranges apply (Lumenfall API, generations, edits,
videos, chat).
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


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How a model upscales. `factors` empty and not `fixed`: any factor from `low` to `high`."""

    fixed: bool = False
    factors: tuple[float, ...] = ()
    low: float = 1.0
    high: float = 8.0
    default: float = 2.0


@dataclass(frozen=True, kw_only=True)
class Model:
    """One model. Empty tuples and None mean that the catalogue does not say.

    `starting_price` is the cheapest unit, a hint and never an estimate. `prompt_limit` in characters.
    `choices` maps an order's field (`size`, `quality`, `style`, `resolution`, `thinking_level` …) to
    its permitted values.
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
        """True where the gateway has said something of its parameters."""
        return bool(self.choices or self.max_n or self.max_inputs or self.max_seconds or self.prompt_limit)


_DATED = re.compile(r"[-@:]\d{4}-?\d{2}-?\d{2}$")
"""A release's date, which text models carry behind the name they were asked for by."""


class Catalog:
    """All known models, in the order in which they should be offered."""

    def __init__(self, models: Iterable[Model] = ()) -> None:
        self._models: list[Model] = []
        self._by_name: dict[str, Model] = {}
        self._by_reading: dict[str, Model] = {}
        self.replace(models)

    def replace(self, models: Iterable[Model]) -> None:
        """Take a fresh list from the gateway; everybody who holds this catalogue sees it."""
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
        """Raise UnknownModel for a name that a list of models does not have and no vendor's prefix explains.

        For settings, which nothing checks until somebody orders; an order is decided by its dry run.
        """
        if self.find(name) is None and self._models and "/" not in name:
            raise UnknownModel(name, self.suggest(name))

    def describe(self, model: Model) -> None:
        """Keep what has been learned of one model, listed or not."""
        known = {listed.id: listed for listed in self._models} | {model.id: model}
        self.replace(known.values())

    def find(self, name: str) -> Model | None:
        """The model as far as it is known; None where only the gateway can say.

        Raises InvalidOrder for what is too long to be a model's name, UnknownModel for what cannot be one.
        """
        if len(name) > NAME_MAX:
            raise InvalidOrder(f"A model's name has {NAME_MAX} characters at most.", field="model")
        if name not in self._by_name and not well_formed(name):
            raise UnknownModel(name, self.suggest(name))
        return self.get(name) or self._read_as(name)

    def _read_as(self, name: str) -> Model | None:
        """The model behind another case, a variant or a longer route: a list that names it binds here too."""
        known = (self._by_reading.get(reading) for reading in sorted(readings(name), key=len, reverse=True))
        return next((model for model in known if model is not None), None)

    def suggest(self, name: str, capability: Capability | None = None, limit: int = 3) -> tuple[str, ...]:
        """The nearest names, best first."""
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
        """Models whose name holds every word of the query; prefix matches first. From memory, no I/O.

        `limit` None gives all of them.
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
        """The cheapest model of those that the gateway features for it, else the cheapest that is known.

        Only among those that are `permitted`; a model that the pages print where none is left.
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
    """True where policy lets the actor use a listed model here."""
    try:
        check_policy(model.id, model, tenant, actor)
    except NotAllowed:
        return False
    return True


def check_policy(model_name: str, model: Model | None, tenant: Tenant, actor: Actor) -> None:
    """Raise NotAllowed where an admin's lists or the policy for sensitive models bar the model.

    No spelling, variant, release, alias or forced provider gets around a list (see `model_names`).
    """
    known = () if model is None else (model.id, *model.aliases)
    denied = frozenset[str]().union(*map(readings, (model_name, _undated(model_name), *known)))
    shown = model_name[:80]
    if any_matches(denied, tenant.denied_models):
        raise NotAllowed(f"An admin has switched {shown} off here. Nothing was charged.")
    if tenant.allowed_models and not any_matches(_allowed_as(model_name, known), tenant.allowed_models):
        raise NotAllowed(
            f"{shown} is not among the models allowed here ({', '.join(tenant.allowed_models[:5])})."
            " Nothing was charged."
        )
    if model is not None and model.sensitive and not _sensitive_here(tenant.sensitive, actor):
        raise NotAllowed(f"{shown} may only be used in age-restricted channels. Nothing was charged.")


def _allowed_as(model_name: str, known: Sequence[str]) -> frozenset[str]:
    """The names under which a model may be allowed: its own, or all of those that the catalogue knows.

    One forced provider before a known name is the same model; a longer route is not.
    """
    own, names = canonical(model_name), frozenset(map(canonical, known))
    return names if not names.isdisjoint((own, own.partition("/")[2])) else frozenset((own, _undated(own)))


def _undated(name: str) -> str:
    return _DATED.sub("", name)


def _sensitive_here(policy: Sensitive, actor: Actor) -> bool:
    return policy is Sensitive.ALWAYS or (policy is Sensitive.AGE_RESTRICTED and actor.sensitive_ok)
