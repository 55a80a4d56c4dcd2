"""The limits that bind a place and an installation before anybody has set any.

They come from the operator's settings and are in no table: a setting that is changed holds everywhere at
once. Each binds until something else takes its place: a place's total until the operator gives another or
trusts the place, everyone's until the place's admins set another, the installation's until the operator
sets one. An installation from before has rows that say “no limit, kept from before” in their place.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.core.ledger import EVERYONE, INSTALLATION, Budget, GivenBy, Scope
from bot.core.money import Micros
from bot.core.tenant import ASK_ABOVE, Tenant
from bot.core.windows import Window


@dataclass(frozen=True, kw_only=True)
class StarterLimits:
    """Micros of a place in a month, a person in a day, the installation in a month; None is no limit.

    `ask_above`: the price above which a new place is asked.
    """

    place: Micros | None = None
    person: Micros | None = None
    installation: Micros | None = None
    ask_above: Micros = ASK_ABOVE

    def new_place(self, tenant: str) -> Tenant:
        """The settings of a place whose admins have changed none."""
        return _new_place(tenant, self.ask_above)

    def added(self, tenant: str, known: Sequence[Budget]) -> list[Budget]:
        """The tenant's and the installation's budgets with the starter limits that nothing has replaced, the
        installation's last.
        """
        own = [one for one in known if one.tenant != INSTALLATION]
        common = [one for one in known if one.tenant == INSTALLATION]
        if tenant != INSTALLATION:
            own = [*self._of_place(tenant, own), *own]
        if self.installation is not None and not common:
            common = [_starter(INSTALLATION, Scope.INSTALLATION, "", Window.MONTH, self.installation)]
        return own + common

    def _of_place(self, tenant: str, own: Sequence[Budget]) -> Iterator[Budget]:
        given = any(one.scope is Scope.TENANT and one.given_by is not GivenBy.ADMINS for one in own)
        everyones = any(one.scope is Scope.PERSON and one.subject == EVERYONE for one in own)
        if self.place is not None and not given:
            yield _starter(tenant, Scope.TENANT, "", Window.MONTH, self.place)
        if self.person is not None and not everyones:
            yield _starter(tenant, Scope.PERSON, EVERYONE, Window.DAY, self.person)


# Every posting needs the settings of its place; the constructor would take a fiftieth of its time.
@lru_cache(maxsize=256)
def _new_place(tenant: str, ask_above: Micros) -> Tenant:
    return Tenant(id=tenant, threshold=ask_above)


NO_STARTERS = StarterLimits()
"""Nothing binds until somebody sets it."""


def _starter(tenant: str, scope: Scope, subject: str, window: Window, limit: Micros) -> Budget:
    return Budget(
        id=f"starter:{tenant}:{scope}:{window}",
        tenant=tenant,
        scope=scope,
        subject=subject,
        window=window,
        limit=limit,
        given_by=GivenBy.STARTER,
    )
