"""What must be true at the end of a conversation whose bot died in the middle of its turns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.core.ports.store import Store
from bot.core.request import Request
from bot.worker.spoken.plans import untold
from sandbox import Sandbox
from tests.fakes.honesty import lies
from tests.fakes.killed_platforms import Anchor, Platform, Shown
from tests.fakes.killed_story import Step

OF_THE_BOTS_OWN = re.compile(r"I was restarted before|The gateway's log now says")
"""What is told beside the answers."""


@dataclass(frozen=True, kw_only=True)
class Done:
    """A turn that was taken: since when, and by which requests."""

    steps: Sequence[Step]
    start: Anchor
    rows: set[str]
    told: int


async def verdict(
    platform: Platform, store: Store, sandbox: Sandbox, rows: Sequence[Request], turns: Sequence[Done]
) -> list[str]:
    """All that is not as promised of the rows, the money and the messages."""
    ids = [row.id for row in rows]
    calls = list(sandbox.state.log)
    found = await lies(store, calls, [], ids, silent=ids)
    found += _calls(rows, Counter(call.trace_id for call in calls if call.paid))
    booked = sum(row.charged or 0 for row in rows)
    if booked != sandbox.charged_micros:
        found.append(f"booked {booked}, the gateway says {sandbox.charged_micros}")
    found += await _total(platform, store, rows, booked)
    found += _twice(platform.after(None))
    return found + _unlike(platform, {row.id: row for row in rows}, turns)


async def _total(platform: Platform, store: Store, rows: Sequence[Request], booked: int) -> list[str]:
    """The running total, as the store adds it up and as the thread showed it last."""
    total = (await store.conversation_total(rows[0].conversation)).charged
    found = [] if total == booked else [f"the conversation's total is {total}, booked are {booked}"]
    said = "\n".join(one.text for one in platform.after(None))
    shown = re.findall(r"\$([\d.]+) in this conversation", said)[-1]
    return (
        found if round(float(shown) * 1_000_000) == booked else [*found, f"${shown} shown, {booked} booked"]
    )


def _shown(row: Request) -> int:
    """How many messages tell of a request: orders tell of themselves, not what they were made of."""
    became = row.reading is not None and row.reading.orders > 0
    return int((not became or bool(row.text)) and not untold(row))


def _calls(rows: Sequence[Request], paid: Counter[str]) -> list[str]:
    """Exactly one paid call for whatever was charged, and none for the rest."""
    return [
        f"{row.id} ({row.capability}, {row.state}): charged {row.charged}, {paid[row.trace_id]} paid calls"
        for row in rows
        if paid[row.trace_id] != (1 if row.charged else 0)
    ]


def _twice(shows: Sequence[Shown]) -> list[str]:
    """Results and answers that stand there twice."""
    count = Counter(handle for one in shows for handle in re.findall(r"\*{1,2}\w+\*{1,2} (p\d+)", one.text))
    return [f"{handle} is shown {times} times" for handle, times in count.items() if times > 1]


def _unlike(platform: Platform, rows: Mapping[str, Request], turns: Sequence[Done]) -> list[str]:
    """Turns whose requests are not shown in one message each."""
    found: list[str] = []
    ends = [len(platform.after(turn.start)) for turn in turns[1:]] + [0]
    for turn, end in zip(turns, ends, strict=True):
        shows = platform.after(turn.start)
        shows = shows[: len(shows) - end]
        texts = [one.text for one in shows if not OF_THE_BOTS_OWN.search(one.text)]
        least = sum(_shown(rows[one]) for one in turn.rows)
        if not least <= len(texts) <= least + turn.told:
            said = "\n".join(texts)
            found.append(f"{turn.steps[0].words}: {least} requests in {len(texts)} messages:\n{said}")
    return found
