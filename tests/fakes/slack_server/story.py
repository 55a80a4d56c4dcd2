"""A story: what a person does and what they see, in order, as one text for golden files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.fakes.slack_server.state import Message
from tests.fakes.slack_server.transcript import without_sizes

if TYPE_CHECKING:
    from tests.fakes.slack_server.state import User
    from tests.fakes.slack_server.views import View


class Story:
    """Collects steps. `replace` maps regular expressions to replacements for what differs from run to run."""

    def __init__(self, title: str, *, sizes: bool = False, replace: dict[str, str] | None = None) -> None:
        self._lines = [f"# {title}"]
        self._sizes = sizes
        self._replace = replace or {}

    def does(self, user: User, what: str) -> None:
        """`ana types /lumen balance`."""
        self._lines += ["", f"{user.name} {what}"]

    def sees(self, user: User, *things: Message | View) -> None:
        """What appears on this person's screen now. AssertionError when they cannot see it."""
        for thing in things:
            if isinstance(thing, Message):
                assert thing.visible_to(user), f"{user.name} cannot see: {thing.rendered}"
                self._add(_where(thing), thing.rendered)
            else:
                assert thing.user is user, f"the view is on {thing.user.name}'s screen"
                self._add("", thing.rendered)

    def _add(self, where: str, text: str) -> None:
        if where:
            self._lines.append(f"  {where}")
        self._lines += [f"  | {line}" for line in text.splitlines()]

    @property
    def text(self) -> str:
        told = "\n".join(self._lines) + "\n"
        if not self._sizes:
            told = without_sizes(told)
        for pattern, replacement in self._replace.items():
            told = re.sub(pattern, replacement, told)
        return told


def _where(message: Message) -> str:
    room = "in a direct message" if message.channel.kind == "im" else f"in #{message.channel.name}"
    thread = ", in the thread" if message.thread_ts else ""
    private = " (only you)" if message.ephemeral_to else ""
    return f"{message.user.real_name}, {room}{thread}{private}:"
