"""A language in which each marked text stands in brackets: `⟦Approved by ⟧ada⟦.⟧`.

The bot speaks it as its English. What a fake platform is told is taken out of the brackets again before it
goes on, so a walk reads as ever; what stood outside of them is kept, to be held against what may stand there:
names, numbers, money, what people wrote.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog

from bot.core.text import translation
from tests.architecture.marked_texts import marked_texts, write

LEFT, RIGHT = "⟦", "⟧"
PLACEHOLDER = re.compile(r"(\{[^{}]*\})")
NAMES = (
    "lumenfall seedream flux pro max klein kontext schnell dev fal topaz image crisp recraft clarity crystal",
    "upscaler real esrgan seedvr google gpt imagen sora gemini flash preview ana ada mira boss art artists",
    "generate edit upscale chat video compare estimate Europe Vienna Berlin UTC low medium high grok imagine",
)
"""What is the same in each language: people, models, commands, values of options."""
SAID = (
    "a red fox in the snow, draw make it night, another one, undo that, thanks! why is the sky blue?",
    "a whole zoo, a fox at dusk, a quiet sea, waves, a hundred foxes, hello, what can you draw?",
    "I see a square image of 1024×1024 pixels; its dominant colour is dark grey, with silver and navy blue.",
    "give it a hat, a hare, a bear, my cat, my ca… teal, wide picture message",
    "About sky blue: you wrote. You asked: From its colours and format alone I would call it.",
    "I draw pictures, change and enlarge them, make short videos, talk: say draw a lighthouse at dusk, then.",
    "You are welcome! Written by the sandbox; with a real key a real model answers here.",
)
"""What people and models say in the walks."""
SHOWN = {"content", "description", "label", "name", "placeholder", "text", "title", "initial_comment"}
"""Keys of Discord's and Slack's payloads whose strings people read."""
NO_WORDS = re.compile(
    r"`[^`]*`"  # what is typed, and ids
    r"|--[a-z]+ \w+"  # options
    r"|\b[a-z]+[a-z-]*-[a-z0-9.-]*\d[\w.-]*|\b[a-z-]+/[\w./-]+"  # models
    r"|<[^<>]*>|https?://\S+"  # mentions and addresses
    r"|\(/?[a-z]+/[^)\s]*\)"
    r"|(?<![\w/])/[a-z]+"  # commands
    r"|\$?\d[\d.,:x×]*\s?(KiB|MiB|MB|kB|KB|B|s|UTC)?\b"
    r"|:[a-z_]+:"  # emoji
    r"|\b[\w-]+\.(png|mp4|jpg|csv)\b"
    r"|\breq_\w+"
)
WORD = re.compile(r"[A-Za-z]{2,}")


def bracketed(text: str) -> str:
    """What is fixed in a text, in brackets; its placeholders stay outside."""
    parts = PLACEHOLDER.split(text)
    return "".join(part if PLACEHOLDER.fullmatch(part) or not part else LEFT + part + RIGHT for part in parts)


@cache
def _catalogue() -> Catalog:
    catalogue = Catalog(locale="en", header_comment="# English in brackets.")
    for text in marked_texts():
        catalogue.add(text, bracketed(text) if isinstance(text, str) else tuple(map(bracketed, text)))
    return catalogue


def speak_in_brackets(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on English is the language in brackets; `folder` gets its catalogue."""
    write(folder / "en.po", _catalogue())
    monkeypatch.setattr(translation, "LOCALES", folder)


class Reader:
    """Takes what a platform is told out of its brackets, and keeps what stood outside."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def __call__(self, told: Any, key: str = "") -> Any:
        """The same without brackets."""
        match told:
            case dict():
                return {name: self(value, name) for name, value in told.items()}
            case list():
                return [self(value, key) for value in told]
            case str():
                if key in SHOWN:
                    self.heard.append(told)
                return told.replace(LEFT, "").replace(RIGHT, "")
        return told

    def finds_nothing_unmarked(self, known: Iterable[str]) -> None:
        """Fails with what was told with words outside of brackets that are none of the `known` ones."""
        own = {word.lower() for text in known for word in WORD.findall(text)}
        unmarked = [told for told in dict.fromkeys(self.heard) if set(words_outside(told)) - own]
        assert self.heard, "nothing was heard"
        assert not unmarked, "not marked for translation:\n" + "\n".join(unmarked)


def words_outside(told: str) -> Iterator[str]:
    """The words of a text that are in no brackets, in small letters."""
    outside, depth = "", 0
    for letter in told:
        depth += (letter == LEFT) - (letter == RIGHT)
        outside += letter if not depth and letter != RIGHT else " "
    yield from (word.lower() for word in WORD.findall(NO_WORDS.sub(" ", outside)))
