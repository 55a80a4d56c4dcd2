"""Reads what a chat model called: raw calls become typed values, or sentences about what was not understood.

Nothing is guessed. A call is taken only when its arguments are a JSON object and each value can be read as
its option's kind; what the tool does not know is left out and named in `ignored`, and such a call never runs
without a press. Ranges, models and policy are checked when the order is submitted, as for every other order.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NoReturn, cast

from bot.conversation import calls
from bot.conversation.calls import (
    CHOICES_MAX,
    ORDERS_MAX,
    STEPS_MAX,
    AskCall,
    BalanceCall,
    Call,
    CompareCall,
    EstimateCall,
    NotUnderstood,
    OrderCall,
    RepeatCall,
    Understood,
    UndoCall,
)
from bot.conversation.tools import ASK, BALANCE, COMPARE, ESTIMATE, ORDER_TOOLS, REPEAT, UNDO
from bot.core.capability import Capability, about
from bot.core.drafts import draft
from bot.core.errors import InvalidOrder
from bot.core.options import OPTIONS, OptionKind, named, options_of, public_name
from bot.core.said import ToolCall
from bot.core.text.clean_text import clean, has_words
from bot.core.text.numbers import whole
from bot.core.text.translation import gettext as _
from bot.core.validation import IMAGES_MAX, OrderLimits

CALLS_MAX = 8
"""The most calls of one answer that are looked at."""
ARGUMENTS_MAX = 100_000
"""Characters of one call; a prompt that may be ordered fits, even when every character is escaped."""
MODELS_MAX = 10
_QUESTION_MAX, _CHOICE_MAX, _NAME_MAX = 1000, 75, 40
_HANDLE = re.compile(r"[pP]?([1-9][0-9]{0,3})", re.ASCII)
_PICTURES = re.compile(r"(?:picture|image)(?:s|[2-9]|10)?", re.ASCII)

Json = dict[str, Any]


def read_calls(
    raw: Sequence[ToolCall], allowed: Collection[Capability], *, longest: int = OrderLimits().prompt
) -> Understood:
    """The calls as values; `longest` is the most characters of a prompt. Never raises.

    A call that came twice under one id counts once.
    """
    found: list[Call] = []
    failed: list[NotUnderstood] = []
    orders = 0
    distinct = _distinct(raw)
    for one in distinct[:CALLS_MAX]:
        try:
            call = _read(one, allowed)
            _bounded(call, longest)
        except _UnreadableError as exc:
            failed.append(NotUnderstood(tool=_short(one.name), reason=exc.reason, message=str(exc)))
            continue
        orders += (ordered := isinstance(call, OrderCall | RepeatCall))
        if not ordered or orders <= ORDERS_MAX:
            found.append(call)
    if orders > ORDERS_MAX or len(distinct) > CALLS_MAX:
        failed.append(_too_many())
    return Understood(calls=tuple(found), not_understood=tuple(failed))


class _UnreadableError(Exception):
    def __init__(self, reason: calls.Reason, message: str) -> None:
        super().__init__(message)
        self.reason: calls.Reason = reason


def _distinct(raw: Sequence[ToolCall]) -> list[ToolCall]:
    seen: list[ToolCall] = []
    for call in raw:
        if not call.id or call not in seen:
            seen.append(call)
    return seen


def _too_many() -> NotUnderstood:
    text = _("I take at most {most} orders from one message and left out the rest.").format(most=ORDERS_MAX)
    return NotUnderstood(tool="", reason="too_many", message=text)


def _read(call: ToolCall, allowed: Collection[Capability]) -> Call:
    name = call.name.strip().lower().removeprefix("functions.")
    capability, reader = ORDER_TOOLS.get(name), _READERS.get(name)
    if capability is None and reader is None:
        _refuse("unknown_tool", _("I tried something that I cannot do, so it was not started."))
    given = _arguments(call.arguments)
    try:
        if capability is not None:
            return _order(capability, given, allowed)
        return reader(given, allowed) if reader else BalanceCall()
    except InvalidOrder as exc:
        _refuse("invalid", exc.message)


def _bounded(call: Call, longest: int) -> None:
    order = call.order if isinstance(call, EstimateCall | CompareCall) else call
    if isinstance(order, OrderCall) and len(order.draft.values.get("prompt", "")) > longest:
        text = _("The prompt became longer than {most} characters, so it was not started.")
        _refuse("invalid", text.format(most=whole(longest)))


def _refuse(reason: calls.Reason, message: str) -> NoReturn:
    raise _UnreadableError(reason, message) from None


def _arguments(text: str) -> Json:
    """The object in a call's arguments; none at all is an empty one."""
    if text.strip() in ("", "null"):
        return {}
    try:
        if len(text) > ARGUMENTS_MAX:
            raise ValueError
        value = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_object)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        _refuse("broken", _("I lost track of what to make, so it was not started. Please say it again."))
    return cast(Json, value)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _object(pairs: list[tuple[str, Any]]) -> Json:
    """Two values under one name leave open which is meant."""
    if len({name for name, _value in pairs}) < len(pairs):
        raise ValueError("a name stands twice")
    return dict(pairs)


def _order(capability: Capability, given: Mapping[str, Any], allowed: Collection[Capability]) -> OrderCall:
    if capability not in allowed:
        text = _("“{title}” is not allowed here, so it was not started.")
        _refuse("not_allowed", text.format(title=_(about(capability).title)))
    if about(capability).converses and "question" in given:
        given = {"prompt": given["question"]} | {k: v for k, v in given.items() if k != "question"}
    pictures, rest = _pictures(given)
    known = options_of(capability)
    values = {name: value for name, value in rest.items() if named(name, known) is not None}
    masks = [option.name for option in known if option.kind is OptionKind.PICTURE]
    values = {name: value for name, value in values.items() if public_name(name) not in masks}
    read = draft(capability, values)
    if "prompt" in read.missing(images=1):
        raise InvalidOrder(_("The prompt is empty. Say what you would like."), field="prompt")
    most = about(capability).pictures[1]
    unused = [] if most is None else pictures[most:]
    ignored = [name for name in rest if name not in values] + unused
    return OrderCall(
        draft=read, pictures=tuple(pictures[:most]), ignored=tuple(_short(name) for name in ignored)
    )


def _pictures(given: Mapping[str, Any]) -> tuple[list[str], Json]:
    """The handles that a call names, and its other arguments."""
    handles: list[str] = []
    rest: Json = {}
    for name, value in given.items():
        if not _PICTURES.fullmatch(name.lower()):
            rest[name] = value
        elif value is not None:
            handles += [_handle(item) for item in _items(value)]
    if len(handles) > IMAGES_MAX:
        raise InvalidOrder(_("At most {most} pictures at a time.").format(most=IMAGES_MAX), field="image")
    return list(dict.fromkeys(handles)), rest


def _items(value: Any) -> list[Any]:
    """The items of a list; one value alone is a list of one, and nothing is none."""
    if isinstance(value, list):
        return cast("list[Any]", value)
    return [] if value in (None, "") else [value]


def _handle(value: Any) -> str:
    found = _HANDLE.fullmatch(str(value).strip()) if isinstance(value, str | int) else None
    if found is None:
        text = _("There is no picture called “{name}” here.")
        raise InvalidOrder(text.format(name=_short(str(value))), field="image")
    return f"p{found[1]}"


def _priced(given: Json, allowed: Collection[Capability]) -> OrderCall:
    """What `estimate` and `compare` are about; the options may stand in `options` or beside `tool`."""
    options: object = given.get("options") or {}
    if not isinstance(options, dict):
        _refuse("broken", _("I lost track of what to price. Please say it again."))
    beside = {name: value for name, value in given.items() if name not in ("tool", "options", "models")}
    capability = ORDER_TOOLS.get(str(given.get("tool")).lower())
    if capability is None:
        _refuse("invalid", _("I lost track of what to price. Please say it again."))
    return _order(capability, beside | cast(Json, options), allowed)


def _estimate(given: Json, allowed: Collection[Capability]) -> EstimateCall:
    return EstimateCall(order=_priced(given, allowed))


def _compare(given: Json, allowed: Collection[Capability]) -> CompareCall:
    models = _texts(given.get("models"), _NAME_MAX * 2, MODELS_MAX)
    if not models:
        raise InvalidOrder(_("Name the models whose prices you would like to compare."), field="model")
    return CompareCall(order=_priced(given, allowed), models=models)


def _repeat(given: Json, allowed: Collection[Capability]) -> RepeatCall:
    pictures, rest = _pictures(given)
    if len(pictures) > 1:
        raise InvalidOrder(_("Say which one picture you would like again."), field="image")
    known = [name for name in rest if named(name, OPTIONS) and not isinstance(rest[name], dict | list)]
    changes = {public_name(name): rest[name] for name in known if rest[name] is not None}
    ignored = tuple(_short(name) for name in rest if name not in known)
    return RepeatCall(picture="".join(pictures), changes=changes, ignored=ignored)


def _undo(given: Json, allowed: Collection[Capability]) -> UndoCall:
    value = given.get("steps") or 1
    if not isinstance(value, int | str) or not re.fullmatch(r"[0-9]{1,2}", str(value), re.ASCII):
        raise InvalidOrder(_("Say how many steps to go back, such as 2."), field="steps")
    return UndoCall(steps=min(max(int(value), 1), STEPS_MAX))


def _ask(given: Json, allowed: Collection[Capability]) -> AskCall:
    question = "".join(_texts(given.get("question"), _QUESTION_MAX, 1))
    if not question:
        _refuse("broken", _("I had a question and lost it. Please say again what you would like."))
    return AskCall(question=question, choices=_texts(given.get("choices"), _CHOICE_MAX, CHOICES_MAX))


def _texts(value: Any, longest: int, most: int) -> tuple[str, ...]:
    """Up to `most` different texts of a list, each cut to `longest` characters; anything else is left out."""
    texts = [_cut(item, longest) for item in _items(value) if isinstance(item, str)]
    return tuple(dict.fromkeys(text for text in texts if has_words(text)))[:most]


def _cut(text: str, longest: int) -> str:
    text = clean(text.replace("\x00", "").encode(errors="replace").decode()).strip()
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _short(name: str) -> str:
    return _cut(name, _NAME_MAX)


_READERS: Mapping[str, Callable[[Json, Collection[Capability]], Call]] = {
    ESTIMATE: _estimate,
    COMPARE: _compare,
    UNDO: _undo,
    REPEAT: _repeat,
    ASK: _ask,
    BALANCE: lambda given, allowed: BalanceCall(),
}
