"""What the operator of the demo has given its place: room enough to play with, and yet a limit to see."""

from __future__ import annotations

from adapters.web.identity import DEMO
from bot.core.ledger import INSTALLATION, GivenBy, Scope
from bot.core.money import Micros
from bot.core.ports.store import Store
from bot.core.windows import Window
from bot.use_cases import operator

TOTAL = Micros(60_000_000)


async def give_limits(store: Store) -> None:
    """$60 a month for the demo's people together, unless somebody has decided otherwise on this database."""
    own = [line.budget for line in await store.budgets(DEMO.tenant) if line.budget.tenant != INSTALLATION]
    if not any(one.scope is Scope.TENANT and one.given_by is not GivenBy.STARTER for one in own):
        await operator.set_limit(store, DEMO.tenant, Scope.TENANT, "", Window.MONTH, TOTAL)
