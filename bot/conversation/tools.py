"""The tools that a chat model may call, in OpenAI's form (Lumenfall API, tool calls).

A tool that orders something has the name of its command, and its parameters are the command's options with
their public names and help, so that a new option is offered here too. Every message pays for the definitions,
so rare options are left out; `reading` takes them all the same.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, assert_never

from bot.core.capability import Capability, about
from bot.core.options import OPTIONS, Option, OptionKind, options_of
from bot.core.place_lists.names import NONE

Json = dict[str, Any]

ESTIMATE, COMPARE, UNDO, REPEAT, ASK, BALANCE = "estimate", "compare", "undo", "repeat", "ask", "balance"
FREE_TOOLS = (ESTIMATE, COMPARE, UNDO, ASK, BALANCE)
"""Tools that buy nothing."""

_RARE = frozenset(("mask hidden compression seed thinking enhance system temperature max_tokens").split())
_REPEATED = ("n", "size", "aspect_ratio", "seconds", "model")
"""What `repeat` may change, of the options that exist."""
_HANDLE: Json = {"type": "string", "description": "handle, such as p1; default: the newest"}
_HANDLES: Json = {"type": "array", "items": {"type": "string"}, "description": "handles; default: the newest"}
_START: Json = {"type": "string", "description": "handle of the picture to begin with; default: none"}


def tool_name(capability: Capability) -> str:
    """The name of the tool that orders it; a chat about a picture is `look`, any other chat is the answer."""
    return "look" if about(capability).converses else capability.value


ORDER_TOOLS = {tool_name(capability): capability for capability in Capability}
"""What each tool orders, by its name."""


def definitions(
    allowed: Collection[Capability], *, projects: Sequence[str] = (), styles: Sequence[str] = ()
) -> list[Json]:
    """The tools for people who may order the `allowed` capabilities, always in the same order.

    `projects` and `styles` are the names that may be given with an order; without any there is no such
    parameter, since every message pays for the definitions.
    """
    ordered = [item for item in Capability if item in allowed]
    made = [item for item in ordered if not about(item).converses]
    names = {"project": projects, "style": styles}
    tools = [_order_tool(capability, names) for capability in ordered]
    if made:
        tools += [_price_tool(ESTIMATE, made), _price_tool(COMPARE, made), *_HISTORY]
    return [*tools, *_ALWAYS]


def _order_tool(capability: Capability, names: Mapping[str, Sequence[str]]) -> Json:
    properties: Json = {}
    for option in options_of(capability):
        if option.name in names:
            properties |= _naming(option.name, names[option.name])
        elif option.name not in _RARE:
            properties |= _property(capability, option)
    required = ["prompt"] if about(capability).takes_prompt and not about(capability).default_prompt else []
    if about(capability).converses:
        properties, required = {"picture": _HANDLE, "question": {"type": "string"}}, ["question"]
    return _tool(tool_name(capability), _when(capability), properties, required)


def _naming(option: str, names: Sequence[str]) -> Json:
    """A parameter for one of these names."""
    if not names:
        return {}
    said = f"only if the speaker names a {option}; “{NONE}” for none"
    if option == "style":
        said = "only if the speaker asks for a style of this place, such as “in our house style”"
    return {option: {"type": "string", "enum": [*names, NONE], "description": said}}


def _when(capability: Capability) -> str:
    match capability:
        case Capability.GENERATE:
            when = "A new picture from words alone."
        case Capability.EDIT:
            when = "Change existing pictures, or combine several."
        case Capability.UPSCALE:
            when = "The same picture with more pixels: larger, sharper."
        case Capability.CHAT:
            return "Answer a question about a picture that you cannot see now."
        case Capability.VIDEO:
            when = "A video from words, or an existing picture brought to life."
        case _:
            assert_never(capability)
    return f"{about(capability).title}. {when}"


def _property(capability: Capability, option: Option) -> Json:
    if option.kind is OptionKind.PICTURE:
        return _picture(capability)
    if option.name == "prompt":
        return {"prompt": {"type": "string", "description": "everything the speaker wants to see"}}
    if option.name == "model":
        return {"model": {"type": "string", "description": "only if the speaker names one"}}
    return {option.name: _schema(option)}


def _picture(capability: Capability) -> Json:
    if not about(capability).needs_picture:
        return {"picture": _START}
    return {"picture": _HANDLE} if about(capability).pictures[1] == 1 else {"pictures": _HANDLES}


def _schema(option: Option) -> Json:
    match option.kind:
        case OptionKind.INTEGER | OptionKind.NUMBER:
            return {"type": option.kind.value, "description": option.help}
        case OptionKind.SWITCH | OptionKind.FLAG:
            return {"type": "string", "enum": list(option.choices), "description": option.help}
        case OptionKind.TEXT | OptionKind.WORD | OptionKind.PICTURE:
            examples = "" if "such as" in option.help or not option.choices else ", ".join(option.choices)
            return {
                "type": "string",
                "description": f"{option.help}: {examples}" if examples else option.help,
            }


def _price_tool(name: str, made: Sequence[Capability]) -> Json:
    """A tool that names prices; `options` are those of the tool that it prices."""
    properties: Json = {
        "tool": {"type": "string", "enum": [tool_name(capability) for capability in made]},
        "options": {"type": "object", "description": "the arguments of that tool"},
    }
    if name == ESTIMATE:
        return _tool(ESTIMATE, "What something would cost, without making it.", properties, ["tool"])
    properties["models"] = {"type": "array", "items": {"type": "string"}}
    return _tool(COMPARE, "What something would cost with several models.", properties, ["tool", "models"])


def _tool(name: str, description: str, properties: Json, required: Sequence[str] = ()) -> Json:
    parameters: Json = {"type": "object", "properties": properties, "required": list(required)}
    return {
        "type": "function",
        "function": {"name": name, "description": description, "parameters": parameters},
    }


_CHANGES = {option.name: _schema(option) for option in OPTIONS if option.name in _REPEATED}
_HISTORY = (
    _tool(REPEAT, "Another one: the last order again, or the picture's, with changed options if any.",
          {"picture": _HANDLE, **_CHANGES}),
    _tool(UNDO, "Go back to the picture before.", {"steps": {"type": "integer", "description": "default 1"}}),
)  # fmt: skip
_ALWAYS = (
    _tool(ASK, "Ask the speaker to choose, when it is unclear what to make.",
          {"question": {"type": "string"}, "choices": {"type": "array", "items": {"type": "string"}}},
          ["question", "choices"]),
    _tool(BALANCE, "What the speaker has left to spend.", {}),
)  # fmt: skip
