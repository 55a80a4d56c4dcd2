"""A call that a chat model answered with, as it arrived: nothing of it is checked yet."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ToolCall:
    """`arguments` is meant to be a JSON object, as text, and may be anything (Lumenfall API, tool calls).

    `id` is the model's name for the call: it may be empty, and two calls may have the same.
    """

    id: str = ""
    name: str
    arguments: str = ""
