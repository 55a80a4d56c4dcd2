"""What limits the installation and new places, in sentences for the operator: at the start, in the doctor."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.cli.budgets import words_of
from bot.core.ledger import INSTALLATION, BudgetLine
from bot.core.money import Micros, dollars
from bot.settings import Settings


def limit_sentences(installation: Sequence[BudgetLine], settings: Settings) -> list[str]:
    """One sentence for the installation, one for what is new."""
    words = words_of(INSTALLATION)
    limits = [words.budget(line.budget) for line in installation] or ["no limit for the whole bot"]
    starters = settings.starters
    place = _limit(starters.place, "a month")
    person = _limit(starters.person, "a day")
    return [
        f"The installation: {'; '.join(limits)}.",
        f"A new server or workspace begins with {place} together and {person} for each person.",
    ]


def _limit(amount: Micros | None, window: str) -> str:
    return "no limit" if amount is None else f"{dollars(amount)} {window}"


def kept_sentence(kept: Sequence[str]) -> str:
    """That older places, and the installation, have no starting limits, and how to change it."""
    places = [one for one in kept if one != INSTALLATION]
    parts = [f"{len(places)} {'place' if len(places) == 1 else 'places'}"] if places else []
    parts += ["the installation as a whole"] if INSTALLATION in kept else []
    named = ", ".join(places[:3]) + (" …" if len(places) > 3 else "")
    example = (places or ["*"])[0]
    whom = " and ".join(parts) + (f" ({named})" if named else "")
    return (
        f"No starting limits bind {whom}: they were here before new places began with limits, and have kept"
        " “no limit” where there was none."
        f" `lumenfall-bot budget starter '{example}'` gives one of them the starting limits,"
        " `lumenfall-bot budget set 100` limits the installation."
    )
