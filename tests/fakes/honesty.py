"""What must be true after any trouble: of the rows, of the money, and of what people were told.

`lies(...)` answers a sentence for everything that is not so; a test asserts that there are none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from bot.core.events import Corrected, Final, Refused
from bot.core.ports.store import Store
from bot.core.request import TERMINAL, Request, State
from sandbox.requestlog import Row as Call

GUESSES = frozenset(("estimate", "hold"))
"""Sources of a charge that say of themselves that the gateway did not name it."""
CORRECTED = "Corrected"
KINDS = {
    State.DELIVERED: "Delivered",
    State.FAILED: "Failed",
    State.CANCELLED: "Cancelled",
    State.REFUSED: "Refused",
}


@dataclass(frozen=True, kw_only=True)
class Told:
    """The end of a request as a person heard it; `charged` None in a refusal, which names no figure."""

    request_id: str
    kind: str
    charged: int | None
    source: str


def told(event: Final | Corrected) -> Told:
    """What an adapter was given to say."""
    if isinstance(event, Refused):
        return Told(request_id=event.request.id, kind="Refused", charged=None, source="")
    return Told(
        request_id=event.request.id,
        kind=type(event).__name__,
        charged=event.receipt.charged,
        source=event.receipt.source,
    )


async def lies(
    store: Store,
    calls: Iterable[Call],
    words: Sequence[Told],
    accepted: Collection[str],
    *,
    silent: Collection[str] = (),
) -> list[str]:
    """Everything that is not as promised. `silent`: requests whose person could not be reached at all."""
    rows = [row for row in [await store.get(one) for one in accepted] if row is not None]
    found = [f"{len(accepted) - len(rows)} accepted requests are gone"] if len(rows) < len(accepted) else []
    calls = list(calls)
    for row in rows:
        found += [f"{row.id} ({row.capability}): {why}" for why in _of_row(row)]
        found += [f"{row.id} ({row.capability}): {why}" for why in _of_money(row, calls)]
        if row.id not in silent:
            found += [f"{row.id} ({row.capability}): {why}" for why in _of_words(row, words)]
    found += _of_calls(rows, calls)
    found += [f"ledger: {difference}" for difference in await store.verify()]
    for tenant in {row.actor.tenant for row in rows}:
        lines = await store.budgets(tenant)
        found += [f"{line.budget.id} holds {line.held}" for line in lines if line.held]
    return found


def _of_row(row: Request) -> list[str]:
    if row.state not in TERMINAL:
        return [f"still {row.state}"]
    found = ["something is left to do"] if row.due_at is not None else []
    return [*found, f"holds {row.hold}"] if row.hold else found


def _of_money(row: Request, calls: Sequence[Call]) -> list[str]:
    """The row's charge beside the gateway's, to the micro, unless the row says that it is a guess."""
    theirs = sum(call.cost_micros for call in calls if call.trace_id == row.trace_id and row.trace_id)
    ours = row.charged or 0
    if ours == theirs or row.charged_from in GUESSES:
        return []
    return [f"charged {ours} ({row.charged_from or 'nobody says why'}), the gateway {theirs} ({row.state})"]


def _of_words(row: Request, words: Sequence[Told]) -> list[str]:
    """The last word is the row's end, and no earlier one is another end (an approval reopens a refusal).

    Figures may change until the log is heard; then the last one that was told is the row's.
    """
    heard = [word for word in words if word.request_id == row.id]
    ends = [word for word in heard if word.kind != CORRECTED]
    if not ends:
        return [f"nobody was told that it is {row.state}"]
    found = []
    if ends[-1].kind != KINDS.get(row.state):
        found.append(f"told {ends[-1].kind}, is {row.state}")
    kinds = {word.kind for word in ends} - {"Refused"}
    if len(kinds) > 1:
        found.append(f"told {sorted(kinds)}")
    return found + _of_figures(row, [word for word in heard if word.charged is not None])


def _of_figures(row: Request, heard: Sequence[Told]) -> list[str]:
    if not heard:
        return []
    last, found = heard[-1], []
    if last.charged != (row.charged or 0):
        found.append(f"told a charge of {last.charged}, booked {row.charged}")
    # A guess that the log confirms is not worth a word.
    confirmed = row.charged_from == "log" and last.source in GUESSES
    if last.charged and last.source != row.charged_from and not confirmed:
        found.append(f"told that {last.source} says so, the row says {row.charged_from}")
    return found


def _of_calls(rows: Iterable[Request], calls: Iterable[Call]) -> list[str]:
    """At most one paid call for a request, and that under the trace id of its row."""
    paid = Counter(call.trace_id for call in calls if call.paid)
    known = {row.trace_id for row in rows}
    found = [f"{count} paid calls under {trace}" for trace, count in paid.items() if count > 1]
    return found + [f"a paid call of no request: {trace}" for trace in paid if trace not in known]
