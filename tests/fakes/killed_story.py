"""What a person says and presses in a conversation of twenty turns, and what they wait for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sandbox import Sandbox

PICTURE = r"p\d+, from p\d+"
WORDS = r"charged \*{0,2}\$"
UNDER_WAY = re.compile(r"One moment|Working on it|In the queue|Rendering|is thinking| …")
"""What is shown before an end."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """What the person does, and what they wait for in all that is shown since, or since the step before.

    `press` is how a button begins, on the first message that shows `on`; with `since` on the last one.
    `told`: the answer is no request's, but a line of its own.
    """

    words: str = ""
    wanted: str = WORDS
    picture: bool = False
    press: str = ""
    on: str = ""
    since: int = 0
    told: int = 0


def say(words: str, wanted: str = WORDS, **more: Any) -> tuple[Step, ...]:
    return (Step(words=words, wanted=wanted, **more),)


TURNS: tuple[tuple[Step, ...], ...] = (
    say("draw a red fox", r"p\d+, for"),
    say("make it night", PICTURE),
    say("a hat", PICTURE),
    say("a scarf", PICTURE),
    say("undo that", r"Back to p\d+"),
    say("what is a fox?"),
    say("a moon", PICTURE),
    say("tell me about foxes"),
    say("undo that", r"Back to p\d+"),
    say("what is a hare?"),
    say("a hat", PICTURE),
    say("thanks!"),
    (Step(press="Continue from p", on=r"p\d+, for", wanted=r"continues from p\d+", told=1),),
    say("a scarf", PICTURE),
    say("make it night", PICTURE, picture=True),
    say("what is in it?"),
    (
        Step(words="now a film of it", wanted=r"would cost|confirm it until"),
        Step(words="yes please", wanted=r"\.mp4", since=1, told=1),
    ),
    say("why?"),
    (
        Step(words="a wolf, then night", wanted=r"2 orders"),
        Step(press="Run all", on=r"2 orders", wanted=rf"p\d+, for(?s:.*){PICTURE}", since=1, told=1),
    ),
    say("who is it?"),
    say("thank you"),
)
LAST = say("a moon", PICTURE)
"""Its receipt shows what the whole conversation has cost."""
QUICK = (*TURNS[:2], *TURNS[4:6], TURNS[12], TURNS[13])
"""An edit, an undo, words, a branch."""


def teach(sandbox: Sandbox) -> None:
    """What the sandbox's model makes of the words of the story."""
    for words in ("make it night", "a hat", "a scarf", "a moon"):
        sandbox.script(words, ("edit", {"prompt": words}))
    sandbox.script("a film", ("video", {"prompt": "it runs"}))
    sandbox.script("then night", ("generate", {"prompt": "a wolf"}), ("edit", {"prompt": "night"}))
