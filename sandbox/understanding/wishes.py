"""One sentence becomes tool calls, or none: then it is a chat."""

# ruff: noqa: E501  (a pattern is a line)
from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.understanding import patterns, wording
from sandbox.understanding.patterns import any_of

LONGEST = 600
"""Longer texts are read as something to talk about."""

_NEXT = re.compile(
    r",? (?:and|then|and then|und|und dann|et|et puis|y|luego) (?=(?:upscale|enlarge|animate|make (?:it|a video|that)(?! (?:square|portrait|landscape|wide|vertical|\d))|turn it|vergrößer|animier|bring it|remove|add |put |mach (?:daraus|ein))\b)",
    re.IGNORECASE,
)
_NOW = any_of(
    r"(?:and |but )?(?:now|then|next|instead|jetzt|nun|maintenant|ahora|agora|теперь|现在)\b[,:]? ?"
)
_AFTER_REMARK = re.compile(r"[^,.!;:]*?(?:[,.!;:]+ ?(?:but |so |and |then )?|,? but )(.+)$", re.IGNORECASE)
_ASKS = re.compile(
    r"(?!how about|what about|what if).*\b(?:how|what|who|why|when|where|which)\b(?! (?:much|expensive)\b)[^,]*\?$",
    re.IGNORECASE,
)
_STEPS = re.compile(r"\b(\w+) (?:steps?|times|versions?)\b", re.IGNORECASE)
_AT_END = re.compile(
    r"(?:,? (?:(?:and )?make it |in |as )?(?:an? )?(?:square|portrait|landscape|wide|vertical|hochformat|querformat|quadratisch\w*|\d{1,2}:\d{1,2}|\d+ ?s(?:ec\w*)?)(?: (?:format|mode|long))?| (?:zeichnen|malen|machen|erstellen)(?: bitte)?)+$",
    re.IGNORECASE,
)
_COUNTED = re.compile(rf"{patterns.COUNT} (?:[\w-]+ ){{0,2}}?{patterns.PICTURE}\b", re.IGNORECASE)
_PRICED = any_of(
    r"(?:how (?:much|expensive)|what) (?:would|does|do|will|is|are) (?:it )?(?:cost )?(?:be |to |for )*(?P<rest>.+?)(?: (?:cost|be|cost me))?\W*$",
    r".*?\b(?:cost|price|estimate)(?: (?:of|for|to))?(?: make| get)? (?P<other>.+)$",
)
_KINDS = (
    ("upscale", re.compile(r"upscal|enlarg|vergrößer|agrandi", re.IGNORECASE)),
    ("video", re.compile(rf"\b{patterns.VIDEO}\b|animat", re.IGNORECASE)),
    ("edit", re.compile(r"\b(?:edit|change|remove|add|replace)\b", re.IGNORECASE)),
)
_VERB = any_of(
    rf"(?:{patterns.DRAW}|{patterns.MAKE}|imagine|film|shoot|record|animate)(?:-moi|-nous)?\b(?: (?:me|us|mir|uns|moi|nous)\b)?(?: of)? ?"
)
_NOUN = re.compile(
    rf"^(?P<head>{patterns.INDEFINITE}(?:{patterns.VIDEO}|pictures?|pics?|images?|bild(?:er)?|imagen|imagem|изображение|картинк\w+))(?: (?:of|with|showing|von|vom|mit|de|du|con|com|с|со)| d[’']|:)\s*(?P<rest>.+)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A tool and its arguments, as a model would call it."""

    tool: str
    arguments: dict[str, Any] = field(default_factory=dict[str, Any])


def understand(
    words: str, pictures: Sequence[str] = (), *, seen: bool = False, current: str = ""
) -> list[Wish]:
    """What the words ask for.

    `pictures` are the handles so far, `current` the one meant by "it" (default: the last); `seen`: a picture
    came with the words.
    """
    if len(words) > LONGEST:
        return []
    known, wishes = list(pictures), list[Wish]()
    parts = _NEXT.split(wording.unquoted(words))
    for part in parts:
        it = current or (known[-1] if known else "")
        wish = _wish(part if len(parts) > 1 else words, part, known, it, shown=bool(known) or seen)
        if wish is None:
            return []
        if wish in wishes:  # "sharpen and enlarge" is one thing
            continue
        wishes.append(wish)
        current = f"p{len(known) + 1}"
        known.append(current)
    return wishes


def _wish(words: str, said: str, known: Sequence[str], it: str, *, shown: bool) -> Wish | None:
    core = wording.commanded(wording.plain(said))
    full = wording.commanded(wording.plain(" ".join(words.split())))
    named = wording.pictures(core, known)
    tool = _tool(core, shown, asks=_ASKS.match(said) is not None)
    if not tool:
        asked = patterns.QUESTION.match(core) and named
        return Wish(tool="look", arguments={"question": full, "picture": named[0]}) if asked else None
    arguments = _ARGUMENTS[tool](core, full, it)
    if named and tool in ("edit", "upscale", "video", "repeat"):
        arguments |= {"pictures": named} if tool == "edit" else {"picture": named[0]}
    return Wish(tool=tool, arguments={name: value for name, value in arguments.items() if value})


def _tool(core: str, shown: bool, *, asks: bool = False) -> str:
    """The name of the tool, or an empty text for what is only talk; `asks`: it is a question all through."""
    for tool, pattern, allowed in (
        ("undo", patterns.UNDO, shown),
        ("balance", patterns.BALANCE, True),
        ("estimate", patterns.COST, True),
        ("repeat", patterns.REPEAT, shown),
        ("edit", patterns.TEXT_IN_PICTURE, shown),
    ):
        if allowed and pattern.match(core) and (tool != "estimate" or patterns.PRICED.match(core)):
            return tool
    if shown and patterns.ASKED_CHANGE.match(core):
        return "edit"
    if patterns.PRAISE.match(core):
        more = _AFTER_REMARK.match(core) if shown else None
        return _tool(wording.commanded(wording.plain(more[1])), shown) if more else ""
    now = _NOW.match(core)
    rest = core[now.end() :] if now and now.end() < len(core) else core
    if asks or patterns.QUESTION.match(rest) or patterns.CHAT.match(rest):
        return ""
    if found := _made(rest, shown) or ("edit" if now and shown else ""):
        return found
    more = _AFTER_REMARK.match(rest) if shown else None
    return _made(wording.commanded(wording.plain(more[1])), shown) if more else ""


def _made(core: str, shown: bool) -> str:
    for tool, pattern, allowed in (
        ("upscale", patterns.UPSCALE, shown),
        ("video", patterns.VIDEO_OF_PICTURE, shown),
        ("edit", patterns.ON_PICTURE, shown),
        ("video", patterns.VIDEO_NEW, True),
        ("generate", patterns.GENERATE, True),
        ("edit", patterns.EDIT, shown),
    ):
        if allowed and pattern.match(core):
            return tool
    return ""


Arguments = dict[str, Any]


def _after_verb(full: str) -> str:
    text = wording.plain(_after_now(full))
    verb = _VERB.match(text)
    return wording.plain(text[verb.end() :]) if verb and verb.end() < len(text) else text


def _subject(full: str, many: int | None = None) -> str:
    """The thing that is wanted, without what goes into other arguments."""
    text = _after_verb(full)
    noun = _NOUN.match(text)
    if noun:
        text = noun["rest"]
    elif many:
        text = text.split(" ", 1)[-1]
    return _AT_END.sub("", text).strip(" ,") or text


def _generate(core: str, full: str, it: str) -> Arguments:
    counted = _COUNTED.match(_after_verb(full))
    many = wording.count(counted[0]) if counted else None
    return {"prompt": _subject(full, many), "n": many, **wording.options(core)}


def _edit(core: str, full: str, it: str) -> Arguments:
    return {"prompt": full, **wording.options(core)}


def _upscale(core: str, full: str, it: str) -> Arguments:
    return {"scale": wording.scale(core)}


def _video(core: str, full: str, it: str) -> Arguments:
    more: Arguments = {"seconds": wording.seconds(core), **wording.options(core)}
    if patterns.VIDEO_OF_PICTURE.match(_after_now(core)):
        return {"prompt": full, "picture": it, **more}
    return {"prompt": _subject(full), **more}


def _after_now(core: str) -> str:
    now = _NOW.match(core)
    return core[now.end() :] if now else core


def _repeat(core: str, full: str, it: str) -> Arguments:
    return {"n": wording.count(core), **wording.options(core)}


def _undo(core: str, full: str, it: str) -> Arguments:
    found = _STEPS.search(core)
    return {"steps": wording.number(found[1]) if found else None}


def _balance(core: str, full: str, it: str) -> Arguments:
    return {}


def _estimate(core: str, full: str, it: str) -> Arguments:
    """The tool that would make it, and the options that it would get."""
    found = _PRICED.match(core)
    rest = (found["rest"] or found["other"]) if found else core
    tool = next((name for name, pattern in _KINDS if pattern.search(rest)), "generate")
    arguments = _ARGUMENTS[tool](rest, rest, it)
    return {"tool": tool, "options": {name: value for name, value in arguments.items() if value}}


_ARGUMENTS: Mapping[str, Callable[[str, str, str], Arguments]] = {
    "generate": _generate,
    "edit": _edit,
    "upscale": _upscale,
    "video": _video,
    "repeat": _repeat,
    "undo": _undo,
    "balance": _balance,
    "estimate": _estimate,
}
