"""What the sandbox's text models say: plain, deterministic, and about what was asked.

No model runs here. The answer is chosen by what the prompt asks for (code, a list, a poem, what was said
earlier, what a picture shows), so that a conversation reads like one and a test can foresee it.
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable

from sandbox.conversation import Conversation, Seen, look

_STOP = frozenset(
    "a an the and or but of to in on at for from with by as is are was were be been do does did can could "
    "would should will shall may might must i you he she it we they me my your our their this that these "
    "those what which who how why when where please tell give show write make create explain describe about "
    "some any more most very just not no yes so if then than into over under there here have has had want "
    "need like let us hi hello hey thanks thank short long one two three four five ideas list".split()
)
_ASKS_MEMORY = re.compile(
    r"\b(what (did|have) i|did i (say|tell|ask|mention)|i (said|told you|asked|mentioned)|do you remember|"
    r"my (first|last|previous) (message|question)|earlier|so far|before that)\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"\b(?:my name is|i am called|call me|i'm called)\s+([\w'-]+)", re.IGNORECASE)
_ASKS_NAME = re.compile(r"\b(what('s| is) my name|who am i)\b", re.IGNORECASE)
_SUM = re.compile(r"(-?\d{1,9}(?:\.\d{1,6})?)\s*([+\-*/×÷x])\s*(-?\d{1,9}(?:\.\d{1,6})?)")
_CODE = re.compile(
    r"\b(code|function|script|program|snippet|python|javascript|typescript|bash|shell|sql|rust|regex)\b",
    re.IGNORECASE,
)
_LIST = re.compile(r"\b(list|ideas?|suggest(ions?)?|options|tips|steps|names for|ways to)\b", re.IGNORECASE)
_POEM = re.compile(r"\b(haiku|poem|verse|limerick|rhyme)\b", re.IGNORECASE)
_SHORTEN = re.compile(r"\b(summari[sz]e|summary|tl;?dr|shorten|in short)\b", re.IGNORECASE)
_PROMPT = re.compile(r"\b(image|picture|video)?\s*prompt\b", re.IGNORECASE)
_GREETING = re.compile(r"^\s*(hi|hello|hey|good (morning|evening|day)|moin|salut|hallo)\b", re.IGNORECASE)
_THANKS = re.compile(
    r"\W*(many )?(thanks?|thank you|thx|cheers|danke|merci|lovely|perfect|great|nice|wow)\b", re.IGNORECASE
)
_ASKS_ABILITY = re.compile(
    r"\b(what (can|do) you (do|know|draw|make)|what are you|who are you)\b|"
    r"\b(how (do|can) i use you|how does this work)\b|^\W*help\W*$",
    re.IGNORECASE,
)
_BRIEF = re.compile(r"\b(brief|briefly|concise|short answers?|one sentence)\b", re.IGNORECASE)
_COUNTS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7}


_SIGNED = "*(Written by the sandbox; with a real key a real model answers here.)*"
_ABILITY = (
    "I draw pictures, change and enlarge them, make short videos and talk: say “draw a lighthouse at dusk”, "
    "then “make it night”."
)


def compose(talk: Conversation, *, as_json: bool = False) -> str:
    """The answer to the last message of the conversation, in Markdown, or as a JSON object."""
    if as_json:
        return json.dumps({"answer": _topic(talk.prompt), "words": _keywords(talk.prompt)[:5]})
    text = _answer(talk)
    return _shortened(text) if _BRIEF.search(talk.system) else text


def _shortened(text: str) -> str:
    """The first sentence, and who wrote it where the text says so."""
    first = re.split(r"(?<=[.!?])\s", text, maxsplit=1)[0]
    return f"{first}\n\n{_SIGNED}" if text.endswith(_SIGNED) and first != text else first


def _answer(talk: Conversation) -> str:
    prompt = talk.prompt
    ways: list[tuple[bool, Callable[[], str]]] = [
        (bool(_THANKS.match(prompt)) and len(prompt) < 40, lambda: "You are welcome!"),
        (bool(_ASKS_ABILITY.search(prompt)), lambda: _ABILITY),
        (bool(talk.images), lambda: _pictures(talk)),
        (bool(_ASKS_NAME.search(prompt)), lambda: _name(talk)),
        (bool(_ASKS_MEMORY.search(prompt)), lambda: _memory(talk)),
        (bool(_SUM.search(prompt)) and len(prompt) < 80, lambda: _arithmetic(prompt)),
        (bool(_SHORTEN.search(prompt)), lambda: _summary(talk)),
        (bool(_POEM.search(prompt)), lambda: _poem(prompt)),
        (bool(_CODE.search(prompt)), lambda: _code(prompt)),
        (bool(_PROMPT.search(prompt)), lambda: _image_prompt(prompt)),
        (bool(_LIST.search(prompt)), lambda: _list(prompt)),
        (bool(_GREETING.search(prompt)) and len(prompt) < 60, lambda: _greeting(talk)),
    ]
    return next((way() for asked, way in ways if asked), None) or _essay(talk)


def _keywords(text: str) -> list[str]:
    words = re.findall(r"[^\W\d_][\w'-]+", text)
    return list(dict.fromkeys(word for word in words if word.lower() not in _STOP)) or ["that"]


def _topic(text: str) -> str:
    return " ".join(_keywords(text)[:4])


def _quote(text: str, limit: int = 160) -> str:
    flat = " ".join(text.split())
    return f"“{flat if len(flat) <= limit else flat[: limit - 1] + '…'}”"


def _pictures(talk: Conversation) -> str:
    lines = [_see(look(url)) for url in talk.images]
    many = len(lines) > 1
    text = "\n".join(f"{n}. {line}" for n, line in enumerate(lines, 1)) if many else lines[0]
    if talk.prompt.strip():
        asked = f"You asked: {_quote(talk.prompt)}. "
        guess = f"From its colours and format alone I would call it **{_topic(talk.prompt)}**."
        return f"{text}\n\n{asked}{guess}"
    return text


def _see(seen: Seen | None) -> str:
    if seen is None:
        return "I could not open the attached image."
    if seen.host is not None:
        return f"I see a link to an image at `{seen.host}`."
    shape = "square" if seen.width == seen.height else "wide" if seen.width > seen.height else "tall"
    others = f", with {' and '.join(seen.colours[1:])}" if len(seen.colours) > 1 else ""
    size = f"**{seen.width}×{seen.height}** pixels"
    main = next(iter(seen.colours), "grey")
    return f"I see a {shape} image of {size}; its dominant colour is **{main}**{others}."


def _name(talk: Conversation) -> str:
    for text in reversed(talk.earlier):
        if match := _NAME.search(text):
            return f"Your name is **{match[1]}**; you told me earlier."
    return "You have not told me your name yet."


def _memory(talk: Conversation) -> str:
    said = talk.earlier
    if not said:
        return "This is the first message of our conversation, so there is nothing before it."
    lines = "\n".join(f"{n}. {_quote(text)}" for n, text in enumerate(said[-6:], 1))
    return f"Here is what you said so far:\n\n{lines}"


def _arithmetic(prompt: str) -> str:
    match = _SUM.search(prompt)
    if match is None:
        return ""
    left, sign, right = match.groups()
    ways: dict[str, Callable[[float, float], float]] = {
        "+": operator.add, "-": operator.sub, "*": operator.mul, "x": operator.mul, "×": operator.mul,
        "/": lambda a, b: a / b, "÷": lambda a, b: a / b,
    }  # fmt: skip
    if sign in "/÷" and float(right) == 0:
        return "Division by zero has no answer."
    return f"{left} {sign} {right} = **{ways[sign](float(left), float(right)):.10g}**"


def _summary(talk: Conversation) -> str:
    source = max([*talk.earlier, talk.prompt], key=len)
    sentences = [s for s in re.split(r"(?<=[.!?])\s+", source.strip()) if len(s) > 20][:3]
    points = "\n".join(f"- {sentence}" for sentence in sentences) or f"- {_quote(source)}"
    return f"In short:\n\n{points}"


def _poem(prompt: str) -> str:
    words = [w for w in _keywords(prompt) if not _POEM.fullmatch(w)] or ["light"]
    first, last = words[0].lower(), words[-1].lower()
    if "haiku" in prompt.lower():
        return f"*Slow light on {first},*\n*the {last} keeps its silence:*\n*one breath, then the wind.*"
    return (
        f"The {first} woke before the day,\nand found the {last} far away;\n"
        f"it followed where the shadows lay,\nand sang, and would not stay."
    )


def _code(prompt: str) -> str:
    words = [w.lower() for w in _keywords(prompt) if not _CODE.fullmatch(w)] or ["task"]
    name = re.sub(r"\W", "_", "_".join(words[:3]))
    about = _quote(prompt)
    if re.search(r"\b(javascript|typescript)\b", prompt, re.IGNORECASE):
        work = "return items.filter(Boolean).map((item) => item.trim());"
        body = f"function {_camel(name)}(items) {{\n  {work}\n}}"
        return _fenced("javascript", body, about, _camel(name))
    if re.search(r"\bsql\b", prompt, re.IGNORECASE):
        table = re.sub(r"\W", "_", words[0])
        tail = "GROUP BY id, name\nORDER BY total DESC\nLIMIT 10;"
        body = f"SELECT id, name, count(*) AS total\nFROM {table}\n{tail}"
        return _fenced("sql", body, about, table)
    if re.search(r"\b(bash|shell)\b", prompt, re.IGNORECASE):
        body = 'set -euo pipefail\nfor file in "$@"; do\n  printf \'%s\\n\' "$file"\ndone'
        return _fenced("bash", body, about, "the loop")
    body = (
        f"def {name}(items: list[str]) -> list[str]:\n"
        f'    """{" ".join(words[:3]).capitalize()}: keep what is not empty, in order, once."""\n'
        "    return list(dict.fromkeys(item.strip() for item in items if item.strip()))"
    )
    return _fenced("python", body, about, name)


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.title() for part in rest)


def _fenced(language: str, body: str, about: str, name: str) -> str:
    return (
        f"Here is a start for {about}:\n\n```{language}\n{body}\n```\n\n"
        f"`{name}` is small on purpose; tell me what your input looks like and I will fit it."
    )


def _image_prompt(prompt: str) -> str:
    subject = (
        " ".join(w for w in _keywords(prompt) if not _PROMPT.fullmatch(w.lower()))[:80] or "a quiet lake"
    )
    return (
        f"Try this one:\n\n> {subject}, golden hour, long shadows, layered hills in the distance, "
        "soft mist, painterly light, wide composition\n\nSwap *golden hour* for *night* to change the mood."
    )


def _list(prompt: str) -> str:
    found = re.search(r"\b([2-9]|10)\b", prompt)
    count = int(found[1]) if found else next((n for w, n in _COUNTS.items() if w in prompt.lower()), 3)
    topic = _topic(prompt)
    lines = [
        f"{n}. **{angle}:** {topic}, {_ENDS[n % len(_ENDS)]}" for n, angle in enumerate(_ANGLES[:count], 1)
    ]
    return "\n".join(lines)


_ANGLES = (
    "Start small",
    "Look at it from above",
    "Turn it around",
    "Make it seasonal",
    "Leave one thing out",
    "Ask who it is for",
    "Borrow from nature",
    "Use only two colours",
    "Slow it down",
    "Tell it as a story",
)
_ENDS = (
    "but with a surprise at the edge.",
    "in its simplest form.",
    "seen through somebody else's eyes.",
    "as it would be in winter.",
)


def _greeting(talk: Conversation) -> str:
    known = next((m[1] for text in [*talk.earlier, talk.prompt] if (m := _NAME.search(text))), None)
    return (
        f"Hello{f', {known}' if known else ''}, what shall we make today: a picture, a video, or just talk?"
    )


def _essay(talk: Conversation) -> str:
    words = _keywords(talk.prompt)
    topic = " ".join(words[:4])
    known = _NAME.search(talk.prompt)
    opening = f"Nice to meet you, **{known[1]}**. " if known else ""
    before = f" It follows on from {_quote(talk.earlier[-1], 60)}." if talk.earlier else ""
    points = "\n".join(f"- **{word}** is where I would look next." for word in words[1:4])
    return (
        f"{opening}About **{topic}**: you wrote {_quote(talk.prompt, 120)}.{before}\n\n"
        f"Three things stand out:\n\n{points or f'- **{words[0]}** matters most.'}\n\n"
        f"{_SIGNED}"
    )
