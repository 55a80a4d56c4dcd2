"""What is ordered (`Order`), by whom (`Actor`), and its progress (`Request` and its `State`).

An order is a value: it can be stored, priced, repeated and changed. The result of a `hidden` one is covered
until somebody opens it, and so is everything that is made from it. A request is the durable row that takes
one order from `RECEIVED` to a terminal state. `ReplyTo` belongs to the adapter that wrote it.

`style` is the gateway's own, not the place's (`CommonOptions`): `prompt` stays the person's own words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Generic, Literal, NamedTuple, Protocol, assert_never, cast

from typing_extensions import TypeVar

from bot.core.capability import Capability, about
from bot.core.identity import Actor
from bot.core.money import ZERO, Micros
from bot.core.place_lists.common_options import CommonOptions
from bot.core.prices.pricing import UNPRICED, Alternative, Pricing
from bot.core.spoken import ConversationPart, Reading, ResultOf, Turn

ReplyTo = Mapping[str, Any]
"""Opaque JSON written and read by one adapter only; says where a result is to be posted."""


class State(StrEnum):
    """The state of a request. The allowed moves are in `MOVES`."""

    RECEIVED = "received"
    PRICED = "priced"
    AWAITING_CONFIRMATION = "awaiting_confirmation"
    RESERVED = "reserved"
    SUBMITTED = "submitted"
    RUNNING = "running"
    AMBIGUOUS = "ambiguous"
    SETTLED = "settled"
    DELIVERED = "delivered"
    REFUSED = "refused"
    FAILED = "failed"
    CANCELLED = "cancelled"


_S = State
MOVES: Mapping[State, frozenset[State]] = {
    _S.RECEIVED: frozenset({_S.PRICED, _S.REFUSED, _S.FAILED, _S.CANCELLED}),
    _S.PRICED: frozenset({_S.RESERVED, _S.AWAITING_CONFIRMATION, _S.REFUSED, _S.FAILED, _S.CANCELLED}),
    _S.AWAITING_CONFIRMATION: frozenset({_S.PRICED, _S.CANCELLED}),
    _S.RESERVED: frozenset({_S.SUBMITTED, _S.PRICED, _S.CANCELLED}),
    # Back to PRICED: a call to a forced provider that ended free, by an outage.
    _S.SUBMITTED: frozenset(
        {_S.RESERVED, _S.RUNNING, _S.SETTLED, _S.FAILED, _S.CANCELLED, _S.AMBIGUOUS, _S.PRICED}
    ),
    _S.RUNNING: frozenset({_S.SETTLED, _S.FAILED, _S.CANCELLED, _S.AMBIGUOUS, _S.PRICED}),
    _S.AMBIGUOUS: frozenset({_S.SETTLED, _S.FAILED, _S.CANCELLED, _S.PRICED}),
    _S.SETTLED: frozenset({_S.DELIVERED, _S.FAILED}),
    _S.DELIVERED: frozenset(),
    _S.REFUSED: frozenset({_S.PRICED}),  # an admin's approval grants the price and runs it
    _S.FAILED: frozenset(),
    _S.CANCELLED: frozenset(),
}
TERMINAL = frozenset({_S.DELIVERED, _S.REFUSED, _S.FAILED, _S.CANCELLED})
HOLDING = frozenset({_S.RESERVED, _S.SUBMITTED, _S.RUNNING, _S.AMBIGUOUS})
"""States in which money is held."""
MADE = frozenset({_S.SETTLED, _S.DELIVERED})
"""States of a request that has its result."""
STARTING = frozenset({_S.RECEIVED, _S.PRICED, _S.RESERVED})
"""States before the paid call; the next step of each may lead to it."""


class Picture(Protocol):
    """What is known about a picture of an order, whether it is stored here or still on a platform.

    `width` and `height` in pixels, 0 when unknown. `has_alpha` matters for masks only.
    """

    @property
    def width(self) -> int: ...

    @property
    def height(self) -> int: ...

    @property
    def has_alpha(self) -> bool: ...


_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A picture a person sent in, cleaned and stored under its SHA-256 `digest` (64 hex digits).

    `width` and `height` in pixels, `size` in bytes; `note` is a sentence about what was done to it, or empty.
    With `of` it is a result of an earlier request, perhaps not made yet: its bytes are read when it is
    needed, and the other facts are guesses. Raises ValueError for anything that is not such a digest.
    """

    digest: str
    content_type: str
    width: int
    height: int
    size: int
    has_alpha: bool = False
    note: str = ""
    of: ResultOf | None = None

    def __post_init__(self) -> None:
        if _DIGEST.fullmatch(self.digest) is None:
            raise ValueError("an upload is named by the SHA-256 digest of its bytes")


P = TypeVar("P", bound=Picture, default=Upload)
P_co = TypeVar("P_co", bound=Picture, covariant=True, default=Upload)
"""The type of an order's pictures; those of an order that is only checked may still be on a platform."""


@dataclass(frozen=True, kw_only=True)
class _ImageOptions(CommonOptions):
    """Options of both generate and edit (Lumenfall API, images/generations and images/edits)."""

    n: int = 1
    size: str | None = None
    aspect_ratio: str | None = None
    resolution: str | None = None
    quality: str | None = None
    style: str | None = None
    output_format: str | None = None
    output_compression: int | None = None
    seed: int | None = None
    negative_prompt: str | None = None
    thinking_level: str | None = None
    prompt_enhancement: str | None = None


@dataclass(frozen=True, kw_only=True)
class GenerateOrder(_ImageOptions):
    """Pictures from a prompt."""

    capability: Literal[Capability.GENERATE] = Capability.GENERATE
    model: str
    prompt: str


@dataclass(frozen=True, kw_only=True)
class EditOrder(_ImageOptions, Generic[P_co]):
    """Pictures from pictures and a prompt; `mask` is transparent where the picture may change."""

    capability: Literal[Capability.EDIT] = Capability.EDIT
    model: str
    prompt: str
    images: tuple[P_co, ...]
    mask: P_co | None = None


@dataclass(frozen=True, kw_only=True)
class UpscaleOrder(CommonOptions, Generic[P_co]):
    """A larger picture; `scale` multiplies each side, None lets the model decide."""

    capability: Literal[Capability.UPSCALE] = Capability.UPSCALE
    model: str
    image: P_co
    scale: float | None = None
    output_format: str | None = None

    @property
    def prompt(self) -> str:
        """Upscaling has no prompt."""
        return ""


@dataclass(frozen=True, kw_only=True)
class ChatOrder(CommonOptions, Generic[P_co]):
    """An answer as text. `conversation` names the thread whose last turns are remembered.

    `history` is filled in by the service when the order is accepted, so that the price, the call and any
    repetition use the same text. `tools` are the capabilities that the answer may order, `projects` and
    `styles` the names that it may give with them; they are added for a reading's own call and never stored.
    `house` is what the place tells the model before everything else.
    """

    capability: Literal[Capability.CHAT] = Capability.CHAT
    model: str
    prompt: str
    system: str | None = None
    house: str | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    images: tuple[P_co, ...] = ()
    conversation: str | None = None
    history: tuple[Turn, ...] = ()
    tools: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()
    style: str | None = None


@dataclass(frozen=True, kw_only=True)
class VideoOrder(CommonOptions, Generic[P_co]):
    """A video of `seconds` length, from a prompt, pictures or both."""

    capability: Literal[Capability.VIDEO] = Capability.VIDEO
    model: str
    prompt: str
    seconds: float | None = None
    size: str | None = None
    aspect_ratio: str | None = None
    resolution: str | None = None
    negative_prompt: str | None = None
    style: str | None = None
    n: int = 1
    seed: int | None = None
    references: tuple[P_co, ...] = ()


PictureOrder = GenerateOrder | EditOrder | UpscaleOrder
"""Orders whose result is pictures from a single call."""
OrderOf = GenerateOrder | EditOrder[P] | UpscaleOrder[P] | ChatOrder[P] | VideoOrder[P]
"""An order on pictures of one kind."""
Order = OrderOf[Upload]
"""An order that can be priced, stored and run: its pictures are stored here."""


def made(
    capability: Capability, values: Mapping[str, Any], images: Sequence[P], mask: P | None
) -> OrderOf[P]:
    """The order of a capability with these values by field, and with pictures that it can take (see
    `drafts`).
    """
    match capability:
        case Capability.GENERATE:
            return GenerateOrder(**values)
        case Capability.EDIT:
            return EditOrder(images=tuple(images), mask=mask, **values)
        case Capability.UPSCALE:
            return UpscaleOrder(image=images[0], **values)
        case Capability.CHAT:
            return ChatOrder(images=tuple(images), **values)
        case Capability.VIDEO:
            return VideoOrder(references=tuple(images), **values)
        case _:
            assert_never(capability)


def uploads_of(order: OrderOf[P]) -> tuple[P, ...]:
    """Every picture of the order, the mask included."""
    match order:
        case EditOrder():
            return (*order.images, *((order.mask,) if order.mask else ()))
        case UpscaleOrder():
            return (order.image,)
        case ChatOrder():
            return order.images
        case VideoOrder():
            return order.references
        case GenerateOrder():
            return ()
        case _:
            assert_never(order)


def picture_notes(order: Order) -> str:
    """What was done to the pictures of an order before they were sent, in sentences; mostly empty."""
    return " ".join(dict.fromkeys(upload.note for upload in uploads_of(order) if upload.note))


def with_uploads(order: OrderOf[P], found: Callable[[P], Upload]) -> Order:
    """The order with each picture replaced by the upload that `found` returns for it."""
    match order:
        case EditOrder():
            mask = found(order.mask) if order.mask else None
            return _on_uploads(order, images=tuple(found(item) for item in order.images), mask=mask)
        case UpscaleOrder():
            return _on_uploads(order, image=found(order.image))
        case ChatOrder():
            return _on_uploads(order, images=tuple(found(item) for item in order.images))
        case VideoOrder():
            return _on_uploads(order, references=tuple(found(item) for item in order.references))
        case GenerateOrder():
            return order
        case _:
            assert_never(order)


def _on_uploads(order: OrderOf[P], **pictures: object) -> Order:
    return cast(Order, replace(order, **pictures))  # type checkers do not follow `replace` here


def chat_of(order: OrderOf[P]) -> ChatOrder[P] | None:
    """The order if it is a chat, whose earlier turns are remembered, else None."""
    match order:
        case ChatOrder():
            return order
        case GenerateOrder() | EditOrder() | UpscaleOrder() | VideoOrder():
            return None
        case _:
            assert_never(order)


def in_conversation(order: OrderOf[P], conversation: str) -> OrderOf[P]:
    """The order as part of that conversation (a thread's name) if it is a chat, else unchanged."""
    chat = chat_of(order)
    return replace(chat, conversation=conversation or None) if chat else order


@dataclass(frozen=True, kw_only=True)
class Asset:
    """One result: its URL at the gateway, and our copy once it was fetched.

    `path` is its name in the media store; `expires_at` is when `url` expires (UTC microseconds). `link` is
    true for a result that could not be fetched, so that its URL is delivered instead.
    """

    url: str
    content_type: str = ""
    path: str = ""
    width: int = 0
    height: int = 0
    size: int = 0
    expires_at: int | None = None
    revised_prompt: str = ""
    link: bool = False


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Why a request ended without a result: a message for the person and a code for the log.

    A `code` that begins with `cut_` says why a result is incomplete or a call broke off. `scope` is that of
    the refusing budget, empty in old rows; `fixed`: only the operator can raise it. `suggestions` are the
    names most like that of an unknown model; `alternatives` are cheaper ways to the same thing.
    """

    code: str
    message: str
    scope: str = ""
    fixed: bool = False
    suggestions: tuple[str, ...] = ()
    alternatives: tuple[Alternative, ...] = ()


class StateChange(NamedTuple):
    """A state that a request entered, when (UTC microseconds), and how much was held then."""

    state: State
    at: int
    held: Micros = ZERO


STATE_CHANGES_KEPT = 60
"""A request with more state changes, such as many retried calls, keeps the newest."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """The durable row. Times are UTC microseconds; money is micro-dollars.

    `charged_from` is the source of the charge: `gateway`, `log`, `estimate` or `hold`; empty while unknown,
    and for a free end that the log has not confirmed. `due_at` is when the next step is due, after the end
    the next look at the log; None means that nothing is left to do. `expires_at` is when an offer ends, or
    when an unknown outcome is decided at the latest. `lease_epoch` rejects a stalled worker's late write. The
    store writes `state_changes`, oldest first, and `purged`, true once the texts have been deleted.
    `confirmed` and `approved_by` tell who agreed to the price; `ask_price`: it is asked however low;
    `pricing` says how it came about. `conversation` is the key of the one that it belongs to, if any: a chat
    that may order things has a `reading` then, and what was ordered has its `part`.
    """

    id: str
    dedupe_key: str
    origin: str
    actor: Actor
    order: Order
    reply_to: ReplyTo
    state: State
    created_at: int
    updated_at: int
    due_at: int | None
    parent_id: str = ""
    conversation: str = ""
    reading: Reading | None = None
    part: ConversationPart | None = None
    ask_price: bool = False
    confirmed: bool = False
    approved_by: str = ""
    cancel_requested: bool = False
    estimate: Micros | None = None
    estimate_provider: str = ""
    pricing: Pricing = UNPRICED
    hold: Micros = ZERO
    charged: Micros | None = None
    charged_from: str = ""
    overrun: Micros = ZERO
    attempts: int = 0
    trace_id: str = ""
    submitted_at: int | None = None
    finished_at: int | None = None
    expires_at: int | None = None
    job_id: str = ""
    gateway_id: str = ""
    provider: str = ""
    executed_model: str = ""
    progress: int | None = None
    text: str = ""
    assets: tuple[Asset, ...] = ()
    failure: Failure | None = None
    refused_budget: str = ""
    resets_at: int | None = None
    left: Micros | None = None
    notified: str = ""
    delivery: ReplyTo = field(default_factory=dict[str, Any])
    state_changes: tuple[StateChange, ...] = ()
    purged: bool = False
    lease_owner: str = ""
    lease_epoch: int = 0
    lease_until: int = 0

    @property
    def capability(self) -> Capability:
        """The capability of its order."""
        return self.order.capability

    @property
    def hidden(self) -> bool:
        """True when its result is covered until somebody opens it."""
        return self.order.hidden

    @property
    def cut(self) -> str:
        """Why the result is incomplete, for people; empty for a complete result and for no result."""
        return self.failure.message if self.failure and self.failure.code.startswith("cut_") else ""


def stoppable(request: Request) -> bool:
    """True when the request can still be cancelled (see `Service.cancel`)."""
    match request.state:
        case State.RECEIVED | State.PRICED | State.AWAITING_CONFIRMATION | State.RESERVED:
            return True
        case State.SUBMITTED | State.RUNNING:
            return about(request.capability).stops
        case State.AMBIGUOUS | State.SETTLED:
            return False
        case State.DELIVERED | State.REFUSED | State.FAILED | State.CANCELLED:
            return False


def with_state_change(old: Request, new: Request, **facts: Any) -> Request:
    """`new` with `facts` by field, and with its state added to `state_changes` if it differs from `old`'s."""
    if new.state is not old.state:
        change = StateChange(state=new.state, at=facts["updated_at"], held=facts.get("hold", new.hold))
        facts["state_changes"] = (*old.state_changes, change)[-STATE_CHANGES_KEPT:]
    # A copy without the constructor, which sets almost fifty fields one by one: a tenth of a posting's time.
    changed = copy(new)
    vars(changed).update(facts)
    return changed
