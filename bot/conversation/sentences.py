"""Sentences that say what they mean, to measure how well a model understands: pure.

A file of them is a JSON list of objects. `say` is what somebody says. `means` is the tool that is meant
(`generate`, `edit`, `upscale`, `look`, `video`, `repeat`, `undo`, `estimate`, `compare`, `balance`, `ask`),
`chat` for an answer in words, or `confirm` and `cancel`, which no model is asked about; several tools in one
answer are joined by a plus. `attached` (default: false) says that a picture comes along. `thread` (default:
`empty`) says what is there: `picture`, or, for `confirm` and `cancel`, `awaiting price` or `running`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from bot.conversation.calls import Call, OrderCall, RepeatCall, Understood
from bot.conversation.context import opened
from bot.conversation.reading import read_calls
from bot.conversation.short_answers import ShortAnswer, short_answer
from bot.conversation.tools import ASK, BALANCE, COMPARE, ESTIMATE, FREE_TOOLS, ORDER_TOOLS, REPEAT, UNDO
from bot.core.capability import Capability, about
from bot.core.identity import Actor
from bot.core.ports.conversations import ConversationState
from bot.core.request import ChatOrder, GenerateOrder, Order, Request, State, Upload
from bot.core.said import ToolCall
from bot.core.spoken import ConversationPicture, Reading, Turn

CHAT, CONFIRM, CANCEL = "chat", "confirm", "cancel"
MEANINGS = frozenset({CHAT, CONFIRM, CANCEL, REPEAT, *FREE_TOOLS, *ORDER_TOOLS})
THREADS = ("empty", "picture", "awaiting price", "running")
SHORT = {ShortAnswer.YES: CONFIRM, ShortAnswer.NO: CANCEL, ShortAnswer.STOP: CANCEL}
MOST = 5000
"""Sentences of one file."""
_FIRST = "draw a fox in the snow"
SPEAKER = Actor(tenant="cli:local", person="cli:understand", name="understand", is_admin=True)
"""Who says them: the ledger and the gateway's log have the readings of a measurement under this person."""


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """One sentence of a file; see the module."""

    say: str
    means: str
    attached: bool = False
    thread: str = "empty"

    @property
    def shape(self) -> tuple[bool, bool]:
        """What comes with it; all of one shape cost about the same to read."""
        return self.attached, self.thread == "picture"

    @property
    def answered_at_once(self) -> bool:
        """True for yes and stop, which need something to be open."""
        return self.thread in ("awaiting price", "running")


def read_sentences(text: str) -> list[Sentence]:
    """The sentences of a file. Raises ValueError that names the entry at fault."""
    try:
        rows: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"The file is not JSON: {error}.") from None
    if not isinstance(rows, list) or not rows:
        raise ValueError("The file must be a JSON list of sentences.")
    if len(cast("list[Any]", rows)) > MOST:
        raise ValueError(f"A file has at most {MOST:,} sentences.")
    return [_sentence(row, number) for number, row in enumerate(cast("list[Any]", rows), 1)]


def _sentence(row: Any, number: int) -> Sentence:
    fields = cast("dict[str, Any]", row) if isinstance(row, dict) else {}
    say, means, thread = fields.get("say"), fields.get("means"), fields.get("thread", "empty")
    if not isinstance(say, str) or not say.strip():
        raise ValueError(f"Sentence {number} has no `say`.")
    if not isinstance(means, str) or not set(means.split("+")) <= MEANINGS:
        raise ValueError(f"Sentence {number}: `means` must be one of {', '.join(sorted(MEANINGS))}.")
    if thread not in THREADS:
        raise ValueError(f"Sentence {number}: `thread` must be one of {', '.join(THREADS)}.")
    return Sentence(say=say, means=means, attached=fields.get("attached") is True, thread=thread)


def said_at_once(sentence: Sentence) -> str:
    """What a sentence for which something is open means, by the list of short answers."""
    answer = short_answer(sentence.say)
    return SHORT[answer] if answer else CHAT


def measured(sentence: Sentence, model: str, max_tokens: int, picture: Upload) -> tuple[ChatOrder, Reading]:
    """The message that the sentence is, and what it is given to read; what it calls is never ordered."""
    order = ChatOrder(model=model, prompt=sentence.say, max_tokens=max_tokens)
    request = Request(
        id="measured",
        dedupe_key="measured",
        origin="cli",
        actor=SPEAKER,
        order=order,
        reply_to={},
        state=State.RECEIVED,
        created_at=0,
        updated_at=0,
        due_at=None,
        reading=Reading(tools=tuple(Capability)),
    )
    author = SPEAKER.person
    shown: list[ConversationPicture] = []
    if sentence.thread == "picture":
        shown.append(ConversationPicture(number=1, request_id="before", author=author, words=_FIRST))
    if sentence.attached:
        number = len(shown) + 1
        shown.append(ConversationPicture(number=number, request_id=request.id, sent=True, author=author))
    state = ConversationState(pictures=tuple(shown), newest=len(shown))
    turns = [Turn(role="user", content=_FIRST, author=author)] if sentence.thread == "picture" else []
    reading = replace(opened(request, state, turns), focus=(), decided=True)
    return replace(order, images=(picture,) if shown else ()), reading


def sent(order: ChatOrder, reading: Reading) -> ChatOrder:
    """The chat call of such a message."""
    return replace(order, system=reading.system, history=reading.history, tools=reading.tools)


def became(calls: Sequence[ToolCall]) -> tuple[str, Understood]:
    """What an answer became, in the words of `means`; and its calls, read."""
    understood = read_calls(calls, tuple(Capability))
    names = [_name(call) for call in understood.calls] + ["not understood"] * len(understood.not_understood)
    return "+".join(names) or CHAT, understood


def same(sentence: Sentence, what: str) -> bool:
    """True if it became what it means; a look at a picture is a chat about it."""
    look = next(name for name, capability in ORDER_TOOLS.items() if about(capability).converses)
    return what.replace(look, CHAT) == sentence.means.replace(look, CHAT)


def orders_of(understood: Understood, picture: Upload) -> list[Order]:
    """The orders that an answer would have become, to be priced and never run. Raises InvalidOrder."""
    return [_order(call, picture) for call in understood.orders]


def _order(call: OrderCall | RepeatCall, picture: Upload) -> Order:
    if isinstance(call, RepeatCall):
        return GenerateOrder(model="", prompt=_FIRST)
    row = about(call.draft.capability)
    return call.draft.order([picture] if row.needs_picture or call.pictures else [])


def _name(call: Call) -> str:
    if isinstance(call, OrderCall):
        return next(name for name, item in ORDER_TOOLS.items() if item is call.draft.capability)
    return _NAMES[type(call).__name__]


_NAMES = {
    "RepeatCall": REPEAT,
    "EstimateCall": ESTIMATE,
    "CompareCall": COMPARE,
    "UndoCall": UNDO,
    "AskCall": ASK,
    "BalanceCall": BALANCE,
}
