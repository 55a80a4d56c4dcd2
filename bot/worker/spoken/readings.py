"""A spoken message's turn: what its chat is given to read, and the orders that its answer becomes.

    RECEIVED   wait for the messages before it; then read the conversation, and price the chat
    SETTLED    with calls: accept the orders and write that they were made, in one transaction

A conversation is understood one message at a time, in order of arrival, so that "it" means what the speaker
saw.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import structlog

from bot.conversation import context as conversation_context
from bot.conversation import pictures
from bot.conversation.decision import Decision, decide, repeat_of
from bot.core.capability import Capability
from bot.core.errors import Refusal
from bot.core.identity import new_request_id
from bot.core.money import ZERO
from bot.core.order_rules import last_turns
from bot.core.prices.pricing import AskPrice
from bot.core.request import MADE, STARTING, Request, State, Turn
from bot.core.spoken import ORDERS_AT_ONCE, ConversationPart, ConversationPicture, Note, NoteKind, Reading
from bot.telemetry.logging import metrics
from bot.use_cases.ask_price import asks
from bot.worker.spoken import older
from bot.worker.step_context import Context, expect

log = structlog.get_logger(__name__)

_BEFORE = STARTING | {State.SUBMITTED, State.SETTLED}
"""States of a message that is still to be understood; one whose outcome is unknown holds nobody up."""


async def opened(context: Context) -> Context | None:
    """The request with what it is given to read, not written yet; None while an earlier message is read."""
    request, store, settings = context.request, context.tools.store, context.tools.settings
    waiting = await store.unfinished_in(request.conversation)
    if any(_holds_up(row, request) for row in waiting):
        return None
    state = await older.seen(store, request)
    since = context.tools.clock.now() - settings.history_hours * 3600 * 1_000_000
    turns = await store.turns(request.conversation, limit=settings.history_turns, since=since)
    kept = last_turns(turns, settings.history_tokens)
    reading = conversation_context.opened(request, state, kept)
    return context.at(replace(request, reading=reading))


def _holds_up(row: Request, request: Request) -> bool:
    """Whether a message that came before is not understood yet."""
    if row.reading is None or row.reading.decided or row.state not in _BEFORE:
        return False
    if row.state is State.SETTLED and not row.reading.calls:
        return False
    return (row.created_at, row.id) < (request.created_at, request.id)


def undecided(request: Request) -> bool:
    """Whether orders are still to be made of what a message's answer called."""
    return request.reading is not None and bool(request.reading.calls) and not request.reading.decided


async def decided(context: Context) -> Request:
    """Make the orders, once: they and the mark that they were made are one write."""
    tools = context.tools
    reading = await older.named(tools.store, context.request)
    request = replace(context.request, reading=reading)
    ids = [new_request_id() for _order in range(ORDERS_AT_ONCE)]
    decision = await _checked(context, decide(request, ids, await _repeated(context, reading)))
    orders = [await _order(context, decision, place, ids) for place in range(len(decision.orders))]
    log.info("understood", orders=len(orders), asks=decision.asks, notes=len(decision.notes))

    def done(row: Request) -> Request:
        expect(row, State.SETTLED)
        known = row.reading or Reading()
        return replace(
            row,
            reading=replace(known, decided=True, orders=len(orders), notes=decision.notes),
            updated_at=tools.clock.now(),
        )

    row = await tools.store.become(
        request.id,
        done,
        fence=context.fence,
        orders=orders,
        turns=turns_of(request, _answer(request, decision)),
        newest=decision.newest,
    )
    for order in orders:
        metrics.took_order(order)
    return row


async def _repeated(context: Context, reading: Reading) -> Request | None:
    """The request that a call for another one means."""
    store = context.tools.store
    picture = repeat_of(reading)
    if picture is None:
        last = await store.last_order_in(context.request.conversation)
        picture = _gone_back_to(reading, last)
        if picture is None:
            return last
    made = None if picture.sent else await store.get(picture.request_id)
    return None if made is None or made.purged else made


def _gone_back_to(reading: Reading, last: Request | None) -> ConversationPicture | None:
    """The picture that is meant instead of what the last order made, since somebody went back to it."""
    here = pictures.by_number(reading.pictures, reading.newest)
    if last is None or last.state not in MADE or last.part is None or not last.part.made:
        return None
    return None if here is None or here.sent or here.request_id == last.id else here


async def _checked(context: Context, decision: Decision) -> Decision:
    """The orders as policy and limits allow them; when one is refused, none is made."""
    request, tools = context.request, context.tools
    tenant = await tools.store.tenant(request.actor.tenant)
    check = tools.house_rules.check
    try:
        checked = [
            replace(one, order=await check(request.actor, tenant, one.order)) for one in decision.orders
        ]
    except Refusal as refusal:
        note = Note(kind=NoteKind.MISSING, text=refusal.message)
        return replace(decision, orders=(), notes=(*decision.notes, note))
    return replace(decision, orders=tuple(checked))


async def _order(context: Context, decision: Decision, place: int, ids: Sequence[str]) -> Request:
    request, now = context.request, context.tools.clock.now()
    spoken, reading = decision.orders[place], request.reading or Reading()
    return Request(
        id=ids[place],
        dedupe_key=f"{request.id}:{place}",
        origin=request.origin,
        actor=request.actor,
        order=spoken.order,
        reply_to=reading.beside if place and reading.beside else request.reply_to,
        state=State.RECEIVED,
        created_at=now,
        updated_at=now,
        due_at=now,
        parent_id=request.id,
        conversation=request.conversation,
        part=ConversationPart(
            place=place,
            of=len(decision.orders),
            after=ids[place - 1] if place else "",
            uses=spoken.uses,
            reading=ZERO if place else request.charged or ZERO,
            foreign=reading.foreign,
        ),
        ask_price=decision.asks or reading.asks or await _first(context, spoken.order.capability),
    )


async def _first(context: Context, capability: Capability) -> bool:
    """Whether the person has never paid for such a thing, or agreed to: then its price is asked."""
    tools, actor = context.tools, context.request.actor
    return await asks(tools.store, tools.settings, actor, capability, AskPrice.FIRST)


def _answer(request: Request, decision: Decision) -> str:
    """What the model said besides its calls; a question belongs to it, since the next message answers it."""
    asked = [
        " ".join((note.text, *note.choices)) for note in decision.notes if note.kind is NoteKind.QUESTION
    ]
    return "\n".join(part for part in (request.text, *asked) if part)


def turns_of(request: Request, answer: str) -> list[Turn]:
    """What is remembered of a message: the speaker's own words, and what was answered in words."""
    who = {"author": request.actor.person, "name": request.actor.name}
    said = [Turn(role="user", content=request.order.prompt, **who)]
    return [*said, Turn(role="assistant", content=answer, **who)] if answer else said
