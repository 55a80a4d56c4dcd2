"""A sentence becomes tool calls, or none: then it is talk."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sandbox.understanding.language import ARGUMENTS, LANGUAGES, RULES
from sandbox.understanding.templates import Language, Said, Words, said

LONGEST, MOST_WORDS = 600, 150  # characters and words; longer texts are read as something to talk about
_MADE = ("generate", "edit", "upscale", "video")
Arguments = dict[str, Any]


class Wish(NamedTuple):
    """A tool and its arguments, as a model would call it."""

    tool: str
    arguments: Arguments


def understand(
    words: str, pictures: Sequence[str] = (), *, seen: bool = False, current: str = ""
) -> list[Wish]:
    """What the words ask for, none for talk. `pictures` are the handles so far, `current` the one
    that "it" means (default: the last); `seen`: a picture came with the words.
    """
    whole, known, wishes = said(words[: LONGEST + 1]), list(pictures), list[Wish]()
    if len(words) > LONGEST or len(whole.words) > MOST_WORDS:
        return []
    language = max(LANGUAGES, key=lambda one: one.known(whole.words))
    for part in _orders(whole, language):
        it = current or (known[-1] if known else "")
        wish = _Reading(language, known, it).wish(part, shown=bool(known) or seen)
        if wish is None:
            return []
        if wish not in wishes:  # "sharpen and enlarge" is one thing
            wishes.append(wish)
            known.append(current := f"p{len(known) + 1}")
    return wishes


def _orders(whole: Said, language: Language) -> Iterator[Said]:
    """The parts of a sentence that ask for one thing after another."""
    start = 0
    for place in range(1, len(whole.words)):
        joint = max(language.ends("joint", whole.words, place), default=0)
        if place > start and joint and language.ends("next_order", whole.words, joint):
            yield whole.part(start, place)
            start = joint
    yield whole.part(start)


class _Reading(NamedTuple):
    """One order, read in a language; `known` are the pictures so far, `it` the one that is meant."""

    language: Language
    known: Sequence[str]
    it: str

    def wish(self, part: Said, *, shown: bool) -> Wish | None:
        tool, core = self._tool(self._without("before", "after", part), shown=shown)
        named = self._named(core.words)
        if tool == "talk":
            asked = named and self.language.ends("question", core.words)
            return Wish("look", {"question": core.text, "picture": named[0]}) if asked else None
        if tool == "price":
            tool, core = self._priced(core)
            return Wish("estimate", {"tool": tool, "options": self._arguments(tool, core)})
        found = self._arguments(tool, core)
        if named:
            found |= {"pictures": named} if tool == "edit" else {"picture": named[0]}
        return Wish(tool, found)

    def _tool(self, core: Said, *, shown: bool) -> tuple[str, Said]:
        """The tool of the first rule that fits, and the words that it is about."""
        words = core.words
        for rule in (rule for rule in RULES if shown or not rule.get("picture")):
            ends, tool = self.language.ends(f"says {rule['name']}", words), rule["tool"]
            if tool == "rest" and (skipped := min(ends - {len(words)}, default=0)):
                return self._tool(self._without("before", "after", core.part(skipped)), shown=shown)
            means = len(words) in ends and not self.language.fits(f"but_not {rule['name']}", words)
            if means and (tool != "price" or self._priced(core)[0] in _MADE):
                return tool, core
        return "talk", core

    def _priced(self, core: Said) -> tuple[str, Said]:
        """The tool whose price is asked for, and what it would make."""
        made = self._without("price_before", "price_after", core)
        return self._tool(made, shown=True) if made != core else ("talk", core)

    def _without(self, before: str, after: str, part: Said) -> Said:
        """What is left when entries of both lists are taken off, as often as they stand there."""
        words = part.words
        start = max(self.language.ends(before, words), default=0)
        ending = (at for at in range(start, len(words)) if self.language.fits(after, words[at:]))
        less = part.part(start, next(ending, len(words)))
        return part if less == part or not less.words else self._without(before, after, less)

    def _arguments(self, tool: str, core: Said) -> Arguments:
        found: Arguments = {name: self._value(name, core.words) for name in ARGUMENTS[tool]}
        moves = tool == "video" and self.language.fits("says the picture moves", core.words)
        if tool == "edit" or moves:
            found |= {"prompt": core.text, "picture": self.it if moves else None}
        elif tool in ("generate", "video"):
            made = self._without("subject_before", "subject_after", core)
            counted = found.get("n") and self.language.ends("number", made.words)
            found["prompt"] = made.part(1).text if counted else made.text
        return {name: one for name, one in found.items() if one and (name != "n" or one in range(2, 11))}

    def _value(self, name: str, words: Words) -> float | str | None:
        """What the words say for this argument: one of its meanings, or a number."""
        if meant := self.language.meaning(name, words):
            return int(meant) if meant.isdecimal() else meant
        for word in self.language.anywhere(name, words):
            found = re.match(r"\D?(\d+(?:\.\d+)?)", word)
            if number := found[1] if found else self.language.meaning("number", (word,)):
                return float(number) if "." in number else int(number)
        return None

    def _named(self, words: Words) -> list[str]:
        """The handles that the words name, by themselves or by their place in the order of the pictures."""
        named = [word for word in words if re.fullmatch(r"p[1-9]\d{0,3}", word)]
        if nth := self.language.anywhere("nth", words):
            place = int(self.language.meaning("ordinal", nth) or 1)
            named += self.known[place - (place > 0) :][:1]
        return list(dict.fromkeys(named))
