"""First answers come before all else: platforms give each three seconds, and nothing else is so urgent.

In a burst those who have their answer would otherwise have their orders written and priced while others
still wait for theirs.
"""

# Measured with 500 orders at once on two busy cores: with this the last first answer went out after 1.6 s on
# Slack over HTTP, without it after more than 3 s; on Discord after 1.0 s of processor time instead of 1.6 s.

from __future__ import annotations

from contextlib import AbstractContextManager

from adapters.common.background import InFlight

FEW = 8
"""So many may be waiting without holding anybody up."""
PATIENCE_S = 3.0
"""As long as a first answer can still be in time; a burst that never ends holds nobody for longer."""


class FirstAnswers:
    """Counts those that are still to be given."""

    def __init__(self) -> None:
        self._pending = InFlight(FEW)

    def pending(self) -> AbstractContextManager[None]:
        """One more, until it is given."""
        return self._pending.one()

    async def few(self) -> None:
        """Wait until few are left to give, or for PATIENCE_S seconds."""
        await self._pending.calm(PATIENCE_S)
