"""What follows from a model's calls: orders on the right pictures, other answers, and whether a price is
asked.

Pure, and the same every time for the same reading, so that it may be made again after a restart. Nothing is
ordered on words whose picture is not there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import assert_never

from bot.conversation import pictures
from bot.conversation.calls import (
    AskCall,
    BalanceCall,
    Call,
    CompareCall,
    EstimateCall,
    OrderCall,
    RepeatCall,
    UndoCall,
)
from bot.conversation.reading import read_calls
from bot.core.capability import Capability, Output, about
from bot.core.command_parser import words
from bot.core.drafts import Draft, changes_of
from bot.core.errors import BotError, InvalidOrder
from bot.core.order_rules import changed
from bot.core.request import Order, Request, Upload
from bot.core.spoken import ConversationPicture, Note, NoteKind, Reading
from bot.core.text.translation import gettext as _
from bot.core.validation import IMAGES_MAX


@dataclass(frozen=True, kw_only=True)
class SpokenOrder:
    """One order of a message, and the numbers of the pictures that it works on."""

    order: Order
    uses: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What a message became. `asks` puts the price of every order on a button, however low it is.

    `newest` is the picture that is the newest again, None when that did not change.
    """

    orders: tuple[SpokenOrder, ...] = ()
    notes: tuple[Note, ...] = ()
    asks: bool = False
    newest: int | None = None


@dataclass
class _State:
    """What the calls before this one have done."""

    reading: Reading
    ids: Sequence[str]
    pictures: list[ConversationPicture]
    current: ConversationPicture | None
    last: Capability | None = None
    orders: list[SpokenOrder] = field(default_factory=list[SpokenOrder])
    notes: list[Note] = field(default_factory=list[Note])
    newest: int | None = None


def decide(request: Request, ids: Sequence[str], repeated: Request | None) -> Decision:
    """What a message's calls become. `ids` are those of the requests that its orders will be, in their order.

    `repeated` is the request that a call for another one means, None when there is none.
    """
    reading = request.reading or Reading()
    if request.cut:
        text = _("The answer did not arrive completely, so nothing was started. Please say it again.")
        return Decision(notes=(_missing(text),))
    understood = read_calls(reading.calls, [Capability(name) for name in reading.tools])
    state = _begin(reading, ids)
    state.notes += [_missing(one.message) for one in understood.not_understood]
    for call in understood.calls:
        try:
            _take(state, call, repeated)
        except BotError as error:
            state.notes.append(_missing(error.message))
    lacks = any(note.kind is NoteKind.MISSING for note in state.notes)
    unclear = lacks or reading.foreign or bool(request.text.strip())  # words beside it may take it back
    unpressed = understood.single and len(state.orders) == 1 and not unclear
    only_words = all(about(one.order.capability).output is Output.TEXT for one in state.orders)
    return Decision(
        orders=tuple(state.orders),
        notes=tuple(state.notes),
        asks=len(state.orders) > 1 or not (unpressed or only_words),
        newest=state.newest,
    )


def repeat_of(reading: Reading) -> ConversationPicture | None:
    """The picture whose order a call for another one means, if the model or the message named one."""
    for call in read_calls(reading.calls, [Capability(name) for name in reading.tools]).calls:
        if isinstance(call, RepeatCall):
            number = int(call.picture[1:]) if call.picture else 0
            number = number or (reading.focus[0] if reading.replied_to and reading.focus else 0)
            return pictures.by_number(reading.pictures, number)
    return None


def numbers_named(reading: Reading) -> tuple[set[int], int]:
    """The numbers of the pictures that the calls name, and how many steps they go back."""
    numbers, steps = set[int](), 0
    for call in read_calls(reading.calls, [Capability(name) for name in reading.tools]).calls:
        match call:
            case OrderCall():
                handles = call.pictures
            case EstimateCall() | CompareCall():
                handles = call.order.pictures
            case RepeatCall():
                handles = (call.picture,) if call.picture else ()
            case UndoCall():
                handles, steps = (), max(steps, call.steps)
            case AskCall() | BalanceCall():
                handles = ()
        numbers |= {int(handle[1:]) for handle in handles}
    return numbers, steps


def _begin(reading: Reading, ids: Sequence[str]) -> _State:
    focus = [pictures.by_number(reading.pictures, number) for number in reading.focus]
    newest = pictures.by_number(reading.pictures, reading.newest)
    return _State(
        reading=reading,
        ids=ids,
        pictures=list(reading.pictures),
        current=next((one for one in focus if one is not None), newest),
    )


def _missing(text: str) -> Note:
    return Note(kind=NoteKind.MISSING, text=text)


def _take(state: _State, call: Call, repeated: Request | None) -> None:
    match call:
        case OrderCall():
            used = _used(state, call)
            _add(state, call.draft.order([pictures.reference(one.result) for one in used]), used)
        case RepeatCall():
            _repeat(state, call, repeated)
        case EstimateCall():
            _estimate(state, call)
        case CompareCall():
            state.notes.append(_compared(state, call.order, call.models))
        case UndoCall():
            _undo(state, call.steps)
        case AskCall():
            state.notes.append(Note(kind=NoteKind.QUESTION, text=call.question, choices=call.choices))
        case BalanceCall():
            state.notes.append(Note(kind=NoteKind.BALANCE))
        case _:
            assert_never(call)


def _add(state: _State, order: Order, used: Sequence[ConversationPicture]) -> None:
    """Add an order; what it makes has the next numbers, for the calls after it."""
    uses = tuple(one.number for one in used)
    place = len(state.orders)
    state.orders.append(SpokenOrder(order=order, uses=uses))
    if about(order.capability).output is not Output.PICTURE:
        return
    first = max((one.number for one in state.pictures), default=0) + 1
    made = [
        ConversationPicture(number=first + index, request_id=state.ids[place], index=index, awaited=True)
        for index in range(min(max(1, getattr(order, "n", 1)), IMAGES_MAX))  # the check of orders comes later
    ]
    state.pictures += made
    state.last = order.capability
    state.current = made[0]


def _used(state: _State, call: OrderCall) -> list[ConversationPicture]:
    """The pictures that an order works on. Raises InvalidOrder when one is missing."""
    row = about(call.draft.capability)
    if not row.takes_pictures:
        return []
    named = [_named(state, handle) for handle in call.pictures]
    used = _shown(state, named) or named or _meant(state, call.draft)
    for one in used:
        if one.lost:
            text = _("{picture} was not made, so nothing can be done with it.")
            raise InvalidOrder(text.format(picture=one.handle), field="image")
    if not used and (row.needs_picture or row.output is Output.TEXT):
        raise InvalidOrder(_(row.picture_wanted) or _("Attach the picture, or reply to it."), field="image")
    return used


def _named(state: _State, handle: str) -> ConversationPicture:
    found = pictures.by_number(state.pictures, int(handle[1:]))
    if found is None:
        text = _("There is no picture {name} in this conversation.")
        raise InvalidOrder(text.format(name=handle), field="image")
    return found


def _shown(state: _State, named: Sequence[ConversationPicture]) -> list[ConversationPicture]:
    """The pictures that the message itself shows, where the model named none of them: they come first.

    A picture that this message makes is named on purpose.
    """
    if not state.reading.shown or not named:
        return []
    focus = [one for one in state.pictures if one.number in state.reading.focus]
    made = {one.number for one in state.pictures} - {one.number for one in state.reading.pictures}
    fits = any(one in focus or one.number in made for one in named)
    return [] if fits else focus[: len(named)]


def _meant(state: _State, draft: Draft) -> list[ConversationPicture]:
    """The picture meant where the model named none: what the message made just before, else the one in focus.

    Two orders of one kind are two versions of the same picture; a video needs no picture unless one was
    shown.
    """
    focus = [one for one in state.pictures if one.number in state.reading.focus]
    chained = state.last is not None and state.last is not draft.capability
    row = about(draft.capability)
    needed = row.needs_picture or row.output is Output.TEXT
    if not needed and draft.values.get("prompt") and not chained:
        return focus[:1] if state.reading.shown else []
    if chained and state.current is not None:
        return [state.current]
    if state.last is None and state.newest is not None:
        return [state.current] if state.current else []
    most = row.pictures[1]
    return (focus if most is None else focus[:most]) or ([state.current] if state.current else [])


def _repeat(state: _State, call: RepeatCall, repeated: Request | None) -> None:
    if call.picture:
        _named(state, call.picture)
    if repeated is None:
        raise InvalidOrder(_("There is nothing here yet to make another one of."), field="image")
    order = changed(repeated.order, changes_of(repeated.capability, call.changes))
    if getattr(order, "seed", None) is not None and not call.changes:
        order = changed(order, {"seed": None})  # the same seed would make the same picture
    uses = repeated.part.uses if repeated.part else ()
    _add(state, order, [one for one in state.pictures if one.number in uses])


def _estimate(state: _State, call: EstimateCall) -> None:
    """A price alone is an order whose price is on a button; beside orders it is a note."""
    if state.orders:
        state.notes.append(_compared(state, call.order, ()))
        return
    used = _used(state, call.order)
    _add(state, call.order.draft.order([pictures.reference(one.result) for one in used]), used)


def _compared(state: _State, call: OrderCall, models: Sequence[str]) -> Note:
    used = _used(state, call)
    uploads: list[Upload] = [pictures.reference(one.result) for one in used]
    return Note(
        kind=NoteKind.COMPARE,
        line=words(call.draft.order(uploads)),
        models=tuple(models),
        picture=used[0].number if used else 0,
    )


def _undo(state: _State, steps: int) -> None:
    pointed = pictures.by_number(state.pictures, state.reading.pointed)
    asked = pointed is not None and pointed.asked  # the step that is taken back is the one not agreed to
    here = pointed if asked else pictures.by_number(state.pictures, state.reading.newest)
    back = pictures.steps_back(state.pictures, here.number, steps) if here else None
    if back is None:
        raise InvalidOrder(_("There is no earlier picture to go back to."), field="image")
    state.newest, state.current = back.number, back
    state.notes.append(Note(kind=NoteKind.UNDONE, picture=back.number))
