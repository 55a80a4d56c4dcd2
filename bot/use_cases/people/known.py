"""Everybody whom the database knows, for the operator: what each has spent, and how else they are known.

One account is one person here, whether or not it is linked with others.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from bot.core.ledger import INSTALLATION
from bot.core.money import ZERO, Micros
from bot.core.ports.overview import KnownBy, KnownPerson
from bot.core.ports.store import Store
from bot.core.tenant import Tenant
from bot.use_cases.reports import PersonSpent, spending


@dataclass(frozen=True, kw_only=True)
class PersonFigures:
    """A person in all places: `spent` in micro-dollars, and `requests` that were charged, in so many days.

    `places` are those that the person is known in; a limit everywhere or a link is in none.
    """

    person: str
    name: str = ""
    spent: Micros = ZERO
    requests: int = 0
    places: tuple[str, ...] = field(default=())
    known_by: tuple[KnownBy, ...] = field(default=())


async def people_known(store: Store, place: str, *, days: int, now: int) -> list[PersonFigures]:
    """All of them, those who spent most in the last `days` first; only a place's, if one is named."""
    found: dict[str, PersonFigures] = {}
    known = await store.known_people()
    for tenant in [place] if place else await store.tenants():
        for one in (await spending(store, tenant, days=days, now=now)).people:
            found[one.person] = _with_spending(found.get(one.person), one)
        known += _in_settings(await store.tenant(tenant))
    for one in known:
        if place in ("", one.tenant):
            found[one.person] = _with_reason(found.get(one.person), one)
    names = await store.names(one.person for one in found.values() if not one.name)
    named = [replace(one, name=one.name or names.get(one.person, "")) for one in found.values()]
    return sorted(named, key=lambda one: (-one.spent, one.person))


def _in_settings(tenant: Tenant) -> Iterable[KnownPerson]:
    for people, known_by in (
        (tenant.admin_people, KnownBy.ADMIN),
        (tenant.blocked_people, KnownBy.BLOCKED),
    ):
        for person in people:
            yield KnownPerson(person=person, tenant=tenant.id, known_by=known_by)


def _with_spending(known: PersonFigures | None, spent: PersonSpent) -> PersonFigures:
    known = known or PersonFigures(person=spent.person)
    return replace(
        known,
        name=spent.name or known.name,
        spent=Micros(known.spent + spent.charged),
        requests=known.requests + spent.requests,
    )


def _with_reason(known: PersonFigures | None, reason: KnownPerson) -> PersonFigures:
    known = known or PersonFigures(person=reason.person)
    places = {*known.places} | ({reason.tenant} - {INSTALLATION})
    reasons = {*known.known_by, reason.known_by}
    return replace(
        known,
        places=tuple(sorted(places)),
        known_by=tuple(one for one in KnownBy if one in reasons),
    )
