"""Ending a call with an unknown outcome before the gateway's log does: charged at its hold, or released.

The admins of a place may charge what was set aside, since that is the most that they have allowed. To give it
back is the operator's: the gateway may still charge for the call. The log overrules both later
(`bot.worker.corrections` and the nightly comparison).
"""

from __future__ import annotations

from dataclasses import replace

import structlog

from bot.core.audit.entries import Act, entry_by
from bot.core.errors import NotFound, TooLate
from bot.core.money import ZERO
from bot.core.ports.store import Posting, Release, Settle, Store
from bot.core.request import Actor, Failure, Request, State
from bot.core.text.translation import gettext as _

log = structlog.get_logger(__name__)

CHARGED = Failure(
    code="outcome_unknown",
    message=_(
        "It is not known whether this ran. It was ended here, and the amount set aside was charged. If the"
        " gateway's log says otherwise later, the charge is corrected."
    ),
)
RELEASED = Failure(
    code="outcome_unknown",
    message=_(
        "It is not known whether this ran. The bot's operator has ended it. If the gateway's log shows a cost"
        " later, it is charged then."
    ),
)


async def settle_at_hold(store: Store, request_id: str, *, by: Actor, now: int) -> Request:
    """Charge what is set aside. Raises NotFound, and TooLate when the outcome is known by now."""
    return await _end(store, request_id, CHARGED, "hold", by=by, now=now)


async def release(store: Store, request_id: str, *, by: Actor, now: int) -> Request:
    """Give back what is set aside. Raises as `settle_at_hold` does."""
    return await _end(store, request_id, RELEASED, "", by=by, now=now)


async def _end(
    store: Store, request_id: str, failure: Failure, source: str, *, by: Actor, now: int
) -> Request:
    found = await store.get(request_id)
    if found is None:
        raise NotFound(_("There is no such request."))
    cost = found.hold if source else ZERO
    posting: Posting = Settle(cost=cost) if source else Release()
    held, tenant = str(found.hold), found.actor.tenant
    audit = entry_by(by, Act.ENDED, tenant=tenant, subject=request_id, old=held, new=str(cost))

    def decided(row: Request) -> Request:
        if row.state is not State.AMBIGUOUS:
            raise TooLate(_("There is nothing to decide any more: what became of this request is known."))
        return replace(
            row,
            state=State.FAILED,
            failure=failure,
            charged_from=source,
            finished_at=now,
            due_at=now,
            expires_at=None,
            attempts=0,
            notified="",
        )

    moved = await store.move(request_id, decided, posting=posting, audit=audit)
    log.info("unknown_outcome_ended", request_id=moved.id, charged=moved.charged or 0, by=by.person)
    return moved
