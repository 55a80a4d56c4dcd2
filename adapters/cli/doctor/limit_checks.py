"""What the doctor says of limits: what binds the installation and new places, and who has none."""

from __future__ import annotations

from adapters.cli.doctor.findings import Finding, ok, warning
from adapters.cli.limit_sentences import kept_sentence, limit_sentences
from bot.core.ledger import INSTALLATION, KEPT
from bot.core.ports.store import Store
from bot.settings import Settings


async def limit_findings(store: Store, settings: Settings) -> list[Finding]:
    """One line of what binds; a warning where nothing limits the installation, or something was kept."""
    lines = await store.budgets(INSTALLATION)
    said = " ".join(limit_sentences(lines, settings))
    kept = await store.places_with_note(KEPT)
    found: list[Finding] = []
    if any(line.limit is not None for line in lines):
        found.append(ok("limits", said))
    else:
        found.append(warning("limits", said, "Set one with `lumenfall-bot budget set 100`."))
    if kept:
        remedy = (
            "`lumenfall-bot budget list --tenant …` shows what binds in a place, `docs/budgets.md` explains."
        )
        found.append(warning("limits", kept_sentence(kept), remedy))
    return found
