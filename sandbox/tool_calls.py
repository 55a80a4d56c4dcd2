"""Tool calls of the sandbox's chat models, as OpenAI's form has them (Lumenfall API, tool calls).

What is called comes from a script, if its words are in the message (`POST /sandbox/script`), else from
`understanding`; a fault may then break the form of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, Field

from sandbox.conversation import Conversation
from sandbox.errors import invalid
from sandbox.faults import Fault
from sandbox.pricing import text_tokens
from sandbox.understanding import Wish, understand

_PIECE = 9
"""Characters of arguments in one chunk of a stream."""
_LISTED = re.compile(r"^(p[1-9]\d{0,3}): (?!.*, not made)", re.MULTILINE)
_CURRENT = re.compile(r"(?:You see|The newest is) (p[1-9]\d{0,3})\b")
"""What the instructions say of the picture that the last message is about; the last of it counts."""
_HANDLE = re.compile(r"\bp[1-9]\d{0,3}\b")
_CAME_ALONG = re.compile(r"(?:^|\n\n)\[[^\]\n]{1,200}:\]\n")
_FIVE = 5


class ScriptedCall(BaseModel):
    """One call of a script; `arguments` as text are sent as they are, broken or not."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    arguments: dict[str, Any] | str = Field(default_factory=dict)
    id: str | None = None


class Script(BaseModel):
    """When the last message contains `words` (in any case; empty: always), the model answers with these calls
    and this text, `times` times (null: until the scripts are cleared). No calls: words only.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    words: str = ""
    calls: tuple[ScriptedCall, ...] = ()
    text: str = ""
    times: int | None = Field(default=None, ge=1)


class ScriptBook:
    """Scripts in the order they were added; the newest that matches is taken."""

    def __init__(self) -> None:
        self._scripts: list[tuple[Script, int | None]] = []

    def add(self, script: Script) -> None:
        self._scripts.append((script, script.times))

    def clear(self) -> None:
        self._scripts.clear()

    def list(self) -> list[dict[str, Any]]:
        return [{**script.model_dump(), "left": left} for script, left in self._scripts]

    def take(self, words: str) -> Script | None:
        for place, (script, left) in reversed([*enumerate(self._scripts)]):
            if left != 0 and script.words.casefold() in words.casefold():
                self._scripts[place] = (script, None if left is None else left - 1)
                return script
        return None


@dataclass(frozen=True, kw_only=True)
class Called:
    """One call as it is sent; `arguments` is text."""

    id: str
    name: str
    arguments: str

    @property
    def tokens(self) -> int:
        return text_tokens(self.name + self.arguments)

    def wire(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "type": "function",
            "function": {"name": self.name, "arguments": self.arguments},
        }

    def cut(self, characters: int) -> Called:
        """The call as a model leaves it that may say no more."""
        return replace(self, arguments=self.arguments[:characters])

    def pieces(self, index: int) -> list[dict[str, Any]]:
        """The deltas of a stream: id and name once, then the arguments in pieces."""
        first = {"index": index, **self.wire(), "function": {"name": self.name, "arguments": ""}}
        pieces = [self.arguments[start : start + _PIECE] for start in range(0, len(self.arguments), _PIECE)]
        rest = [{"index": index, "function": {"arguments": piece}} for piece in pieces]
        return [first, *rest]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a model answers when it was given tools. `text` None: nothing beside calls, else its own words."""

    calls: tuple[Called, ...] = ()
    text: str | None = None


def offered(tools: Sequence[Mapping[str, Any]] | None, choice: Any) -> dict[str, frozenset[str]]:
    """The names of the tools and of their parameters, and the values of one that has a list of names, as
    `project=Acme`. Raises ApiError 400 for a tool of another form.
    """
    found: dict[str, frozenset[str]] = {}
    for number, tool in enumerate(tools or ()):
        function = tool.get("function")
        named = cast("dict[str, Any]", function) if isinstance(function, dict) else {}
        if tool.get("type") != "function" or not isinstance(named.get("name"), str):
            raise invalid(f"Invalid value for 'tools.{number}': expected a function with a name.")
        parameters = named.get("parameters")
        schema = cast("dict[str, Any]", parameters) if isinstance(parameters, dict) else {}
        properties = cast("dict[str, Any]", schema.get("properties") or {})
        found[named["name"]] = frozenset((*properties, *_values(properties)))
    return {} if choice == "none" else found


def _values(properties: Mapping[str, Any]) -> list[str]:
    names = [name for name in ("project", "style") if isinstance(properties.get(name), dict)]
    return [f"{name}={value}" for name in names for value in properties[name].get("enum") or ()]


Tools = Mapping[str, frozenset[str]]


def answer(talk: Conversation, tools: Tools, scripts: ScriptBook, fault: Fault | None, ident: str) -> Answer:
    """What is called for the last message; `ident` makes the ids of the calls.

    Raises ApiError 400 on the fault `tools_refused`.
    """
    if not tools:
        return Answer()
    name = fault.name if fault else ""
    if name == "tools_refused":
        raise invalid("This model does not support tools. Remove 'tools' from the request.")
    if name == "tools_ignored" or (talk.turns and talk.turns[-1][0] == "tool"):
        return Answer()
    script = scripts.take(talk.prompt)
    made = _understood(talk, tools, ident) if script is None else _scripted(script, ident)
    return _broken(made, name, tools, ident, _words(talk.prompt))


def _understood(talk: Conversation, tools: Tools, ident: str) -> Answer:
    current = ["", *_CURRENT.findall(talk.system)][-1]
    wishes = understand(
        _words(talk.prompt),
        _pictures(talk),
        seen=bool(talk.images),
        current=current,
    )
    if not wishes or any(wish.tool not in tools for wish in wishes):
        return Answer()
    words = _words(talk.prompt)
    calls = [_called(wish, tools[wish.tool], n, ident, words) for n, wish in enumerate(wishes)]
    return Answer(calls=tuple(calls))


def _scripted(script: Script, ident: str) -> Answer:
    calls = [
        Called(
            id=f"call_{ident}_{number}" if call.id is None else call.id,
            name=call.name,
            arguments=call.arguments if isinstance(call.arguments, str) else _json(call.arguments),
        )
        for number, call in enumerate(script.calls)
    ]
    return Answer(calls=tuple(calls), text=script.text if script.text or calls else None)


def _words(prompt: str) -> str:
    """The speaker's own words: what came along follows them, each part under a line in brackets."""
    found = _CAME_ALONG.search(prompt)
    return prompt[: found.start()] if found else prompt


def _pictures(talk: Conversation) -> list[str]:
    """The handles in their order: as the instructions list them, else as the turns name them."""
    listed = _LISTED.findall(talk.system)
    named = listed or [handle for _role, text in talk.turns for handle in _HANDLE.findall(text)]
    return sorted(dict.fromkeys(named), key=lambda handle: int(handle[1:]))


def _called(wish: Wish, known: frozenset[str], number: int, ident: str, words: str) -> Called:
    arguments = {name: value for name, value in wish.arguments.items() if name in known or not known}
    for name, _equals, value in sorted(one.partition("=") for one in known if "=" in one):
        if re.search(rf"\b{re.escape(value)}\b(?: {name})?", words, re.IGNORECASE) and value != "none":
            arguments.setdefault(name, value)
    return Called(id=f"call_{ident}_{number}", name=wish.tool, arguments=_json(arguments))


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _broken(made: Answer, fault: str, tools: Tools, ident: str, words: str) -> Answer:
    """The answer as the fault has it; a fault that breaks calls makes one where the words ask for none."""
    if not fault.startswith("tools_"):
        return made
    first = Called(id=f"call_{ident}_0", name=next(iter(tools)), arguments=_json({"prompt": words}))
    calls = made.calls or (first,)
    match fault:
        case "tools_broken":
            calls = tuple(call.cut(len(call.arguments) * 2 // 3) for call in calls)
        case "tools_unknown":
            calls = tuple(replace(call, name="teleport") for call in calls)
        case "tools_same_id":
            other = _json({"prompt": f"{words}, again"})
            calls = (*calls, replace(calls[-1], id=calls[0].id, arguments=other))
        case "tools_five":
            calls = tuple(replace(calls[n % len(calls)], id=f"call_{ident}_{n}") for n in range(_FIVE))
        case _:
            pass
    text = "Here is what I would do." if fault == "tools_words" else ""
    return Answer(calls=calls, text=made.text or text)
