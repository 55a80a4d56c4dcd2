"""The styles and projects of a place as what a form offers. Pure; each platform draws its own lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.core.capability import Capability, about
from bot.core.ledger import GUESTS, Scope
from bot.core.place_lists.names import NONE
from bot.core.place_lists.projects import open_projects
from bot.core.request import Actor, Order
from bot.core.tenant import Tenant
from bot.core.text.translation import gettext as _

_PROJECT = "project:"
_GUESTS = "guests"


@dataclass(frozen=True, kw_only=True)
class NamedChoice:
    """A list of a form: `option` is what it sets, `now` what holds when nothing is chosen, empty for none."""

    option: str
    label: str
    names: Sequence[str]
    now: str = ""

    @property
    def offered(self) -> list[tuple[str, str]]:
        """What is sent, and how it is shown; to have none at all can only be chosen where something holds."""
        none = [(NONE, _("None"))] if self.now else []
        return [*none, *((name, name) for name in self.names)]

    @property
    def hint(self) -> str:
        """What holds when nothing is chosen."""
        return _("{name}, unless you choose another").format(name=self.now) if self.now else _("None")


def named_choices(
    tenant: Tenant,
    actor: Actor,
    capability: Capability,
    source: Order | None = None,
    *,
    repeats: bool = False,
) -> list[NamedChoice]:
    """What a form for an order offers of the place that pays; nothing of what it does not have.

    `source` is the order whose result it is about: its project goes over, and its style where it `repeats`.
    """
    options, found = about(capability).options, list[NamedChoice]()
    if tenant.styles and "style" in options:
        applied = source.styled if source and repeats else None
        names = sorted((one.name for one in tenant.styles), key=str.casefold)
        now = applied.name if applied else ""
        found.append(NamedChoice(option="style", label=_("Style"), names=names, now=now))
    opened = [one.name for one in open_projects(tenant.projects)]
    if opened and "project" in options:
        channels = tenant.project_in(actor)
        now = channels.name if channels else ""
        if source is not None and source.project is not None:
            now = source.project_name
        found.append(NamedChoice(option="project", label=_("Project"), names=opened, now=now))
    return found


def budget_subjects(tenant: Tenant, most: int) -> list[tuple[str, str]]:
    """Whom a budget's form can name besides what it picks: guests, and at most `most` open projects."""
    projects = open_projects(tenant.projects)[:most]
    named = [(f"{_PROJECT}{one.id}", _("The project {name}").format(name=one.name)) for one in projects]
    return [(_GUESTS, _("Each guest")), *named]


def budget_subject(chosen: str) -> tuple[Scope, str] | None:
    """What such a choice is a budget for; None for another one."""
    if chosen == _GUESTS:
        return Scope.ROLE, GUESTS
    return (Scope.PROJECT, chosen.removeprefix(_PROJECT)) if chosen.startswith(_PROJECT) else None


def names_given(given: Mapping[str, str]) -> dict[str, str]:
    """The style and the project that a form sent, where something was chosen."""
    return {name: value for name in ("style", "project") if (value := given.get(name, "").strip())}
