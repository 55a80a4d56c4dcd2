"""The strings and template literals of the page's JavaScript.

Enough of the language to tell them from comments and regular expressions; placeholders become `{}`, and the
code inside of them is read too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_CODE = re.compile(
    r"""
    (?P<comment>//[^\n]*|/\*.*?\*/)
    |(?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
    |(?P<template>`)
    |(?P<open>\{)|(?P<close>\})
    |(?P<regex>(?<=[(,=:\[!&|?{};>])\s*/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\[\n])+/[a-z]*)
    """,
    re.VERBOSE | re.DOTALL,
)
_TEMPLATE = re.compile(r"(?P<escaped>\\.)|(?P<end>`)|(?P<open>\$\{)", re.DOTALL)


@dataclass(frozen=True)
class Literal:
    """One literal, without its quotes; `start` is where it begins in the source."""

    start: int
    text: str


def literals(source: str) -> list[Literal]:
    """All literals, those inside of a template before it. Raises ValueError where one has no end."""
    found: list[Literal] = []
    if _code(source, 0, found) != len(source):
        raise ValueError("a brace is closed that was not opened")
    return found


def _code(source: str, at: int, found: list[Literal]) -> int:
    """Read code up to the brace that closes it, or to the end; the place after it comes back."""
    depth = 0
    while match := _CODE.search(source, at):
        at = match.end()
        if match["string"]:
            found.append(Literal(match.start(), match["string"][1:-1]))
        elif match["template"]:
            at = _template(source, at, found)
        elif match["open"]:
            depth += 1
        elif match["close"]:
            depth -= 1
            if depth < 0:
                return at
    return len(source)


def _template(source: str, start: int, found: list[Literal]) -> int:
    text, at = "", start
    while match := _TEMPLATE.search(source, at):
        text += source[at : match.start()]
        at = match.end()
        if match["escaped"]:
            text += match["escaped"]
        elif match["open"]:
            text += "{}"
            at = _code(source, at, found)
        else:
            found.append(Literal(start - 1, text))
            return at
    raise ValueError("a template literal has no end")


def before(source: str, literal: Literal) -> str:
    """What stands on the same line before the literal; it says what the literal is for."""
    return source[source.rfind("\n", 0, literal.start) + 1 : literal.start]
