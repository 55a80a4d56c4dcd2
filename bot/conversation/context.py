"""What a message's chat is given to read: instructions, turns, the pictures by name, the focus to look at.
Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.conversation import pictures
from bot.conversation.instructions import system_prompt
from bot.core.ports.conversations import ConversationState
from bot.core.request import ChatOrder, Order, Request, Turn, chat_of
from bot.core.spoken import ConversationPicture, Reading

LISTED_MAX = 20
"""The most pictures that are named to the model, the newest of them, and those in focus."""
FOCUS_MAX = 4
"""The most pictures whose pixels are sent, besides those that came with the message itself."""


def opened(request: Request, state: ConversationState, turns: Sequence[Turn]) -> Reading:
    """The reading of a request whose turn has come."""
    reading, speaker = request.reading or Reading(), request.actor.person
    own = [one for one in state.pictures if one.request_id == request.id and one.sent]
    replied = pictures.of_result(state.pictures, reading.replied_to)
    newest = pictures.newest(state.pictures, state.newest)
    focus = [replied] if replied else own or ([newest] if newest else [])
    listed = sorted({*state.pictures[-LISTED_MAX:], *focus}, key=lambda one: one.number)
    return replace(
        reading,
        foreign=reading.foreign or any(turn.author != speaker for turn in turns),
        system=_system(request, listed, focus, newest),
        history=_named(turns, speaker),
        pictures=tuple(listed),
        newest=newest.number if newest else 0,
        pointed=state.newest,
        focus=tuple(one.number for one in focus),
        shown=bool(replied or own),
    )


def asked(request: Request) -> Order:
    """The order of a request as it is sent: a reading's with all that it was given to read."""
    chat, reading = chat_of(request.order), request.reading
    if chat is None or reading is None:
        return request.order
    return replace(
        chat,
        prompt=_spoken(chat, reading),
        system=reading.system or None,
        history=reading.history,
        tools=reading.tools,
        projects=reading.projects,
        styles=reading.styles,
        images=(*chat.images, *_looked_at(request.id, reading)),
    )


def _spoken(chat: ChatOrder, reading: Reading) -> str:
    """What was said before, the words themselves, and what came along with them."""
    return "\n\n".join(part for part in (reading.earlier, chat.prompt, reading.came_along) if part)


def _looked_at(request_id: str, reading: Reading) -> list[pictures.Upload]:
    """The pixels in focus; what came with the message itself is there anyway, and what is not made is not."""
    found = [pictures.by_number(reading.pictures, number) for number in reading.focus]
    ready = [one for one in found if one and not (one.awaited or one.lost) and one.request_id != request_id]
    return [pictures.reference(one.result) for one in ready[:FOCUS_MAX]]


def _named(turns: Sequence[Turn], speaker: str) -> tuple[Turn, ...]:
    """The turns, with their speakers' names where several people speak."""
    if all(turn.author == speaker for turn in turns):
        return tuple(turns)
    return tuple(
        replace(turn, content=f"{turn.name}: {turn.content}") if turn.role == "user" and turn.name else turn
        for turn in turns
    )


def _system(
    request: Request,
    listed: Sequence[ConversationPicture],
    focus: Sequence[ConversationPicture],
    newest: ConversationPicture | None,
) -> str:
    parts = [system_prompt()]
    if listed:
        lines = [_line(one, request.actor.person) for one in listed]
        parts.append("Pictures in this conversation:\n" + "\n".join(lines))
        parts.append(f"The newest is {newest.handle}." if newest else "None of them can be used.")
    shown = [one.handle for one in focus if not (one.awaited or one.lost)]
    if shown:
        parts.append(f"You see {', '.join(shown)} with the last message.")
    if request.reading and request.reading.replied_to and focus:
        parts.append(f"The speaker replies to {focus[0].handle}.")
    return "\n\n".join(parts)


def _line(one: ConversationPicture, speaker: str) -> str:
    """One picture; what somebody else ordered it with is left out, since words of others never buy
    anything."""
    how = "sent" if one.sent else "made"
    source = f" from p{one.source}" if one.source else ""
    own = one.author == speaker
    words = f" for “{' '.join(one.words.split())}”" if one.words and own else ""
    whose = " by the speaker" if own and one.sent else "" if own else " for somebody else"
    return f"{one.handle}: {how}{whose}{source}{words}{_state(one)}"


def _state(one: ConversationPicture) -> str:
    if one.lost:
        return ", not made: it failed"
    if one.asked:
        return ", not made: its price waits for an answer"
    return ", still being made" if one.awaited else ""
