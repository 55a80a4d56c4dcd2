"""Politeness taken off a sentence, and what its words say about number, shape, length, scale and pictures."""

# ruff: noqa: E501  (a pattern is a line)
from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from sandbox.understanding.patterns import any_of

_NUMBERS = {
    word: number
    for number, words in enumerate(
        (
            "one eins ein eine uno una um uma один одну 一 une un",
            "two couple pair zwei deux dos dois duas два две 两 二",
            "three drei trois tres três три 三",
            "four vier quatre cuatro quatro четыре 四",
            "five fünf cinq cinco пять 五",
            "six sechs seis шесть 六",
            "seven sieben sept siete sete семь 七",
            "eight acht huit ocho oito восемь 八",
            "nine neun neuf nueve nove девять 九",
            "ten zehn dix diez dez десять 十",
        ),
        1,
    )
    for word in words.split()
}
_ORDINALS = {
    word: number
    for number, words in enumerate(
        (
            "first 1st erste ersten première premier primera primeira первую первая",
            "second 2nd zweite zweiten deuxième segunda segundo вторую вторая",
            "third 3rd dritte dritten troisième tercera terceira третью третья",
            "fourth 4th vierte vierten quatrième cuarta quarta четвёртую",
        ),
        0,
    )
    for word in words.split()
} | {"last": -1, "latest": -1, "newest": -1, "letzte": -1, "dernière": -1, "última": -1, "last one": -1}
_VERBS = (
    "make add put remove change turn draw paint use give try replace move create animate crop generate design upscale"
    " enlarge sketch render film illustrate photograph colour color blur sharpen erase swap"
).split()
_GERUNDS = {
    f"{verb.removesuffix('e')}{'p' if verb == 'crop' else 't' if verb == 'put' else ''}ing": verb
    for verb in _VERBS
} | {"blurring": "blur", "swapping": "swap"}
_GERUND = re.compile(
    rf"({'|'.join(_GERUNDS)}) (?=(?:an?|the|it|this|that|these|some|me|us|my|his|her|more|two|three|four|\d)\b)",
    re.IGNORECASE,
)
_WORD = r"[a-zäöüßéèêçãõñ]+|[а-яё]+"

_GREETING = any_of(
    r"(?:hey|hi|actually|hmm+|oh|hello|ok(?:ay)?|so|well|alright|right|great|cool|yes|sure|and now|please|pls|plz|bitte|bot|hallo|also"
    r"|then|now then|por favor|s'il (?:te|vous) pla[iî]t|пожалуйста|请|bonjour|hola|olá|oi|привет)\b(?![-'])[,.!:]? *"
)
_ASKING = any_of(
    r"(?:can|could|may) (?:i|we) (?:please |also )*(?:get|have|see) (?=(?:another|more|one more)\b|(?:it|this|that|them) (?:in|as|with|at|on)\b)",
    r"(?:can|could|would|will|won't) (?:you|u|we|i) (?:please |maybe |possibly |perhaps |quickly |kindly |just |also |now )*(?:get|have|see) (?:me |us )?(?=(?:an?|some|one|two|three|four|\d|another) )",
    r"(?:can|could|would|will|won't) (?:you|u|we) (?:please |maybe |possibly |perhaps |quickly |kindly |just |also |now |try to |be able to )*(?:mind |like to )?",
    r"(?:i|we)(?:'d| would|'ll)? (?:really |just |also |still )?(?:like|love|want|need|prefer|wanna)(?: you)?(?: to)?(?: (?:have|get|see))? ",
    r"(?:i|we) (?:am|are|'m) looking for ", r"i'm (?:looking for|after) ", r"(?:would love|would like|need|want|looking for) (?=an? |some |one )", r"(?:let's|let us|lets|let me) (?:have|see|get|try|do|go with) ", r"(?:how|what) about ", r"(?:do|try|please do) (?=an? )", r"(?:give|get|show|send)(?: me| us)? (?=(?:an?|some|one|two|three|four|five|\d) )",
    r"(?:can|could|would|will) (?:someone|somebody|anyone|anybody|one of you) (?:please )?", r"(?:i|we)'d appreciate ", r"would it be possible to ", r"would you mind ", r"go ahead and ", r"let's (?=[a-z])", r"just ", r"maybe ", r"quickly ", r"kindly ", r"any chance (?:of|you could) ", r"is it possible to ", r"(?:is there|any) (?:a )?(?:way|chance) (?:you (?:can|could)|to) ",
    r"(?:kannst|könntest|würdest|magst) du (?:mir |uns |bitte |mal |das |es )*", r"ich (?:hätte gern\w*|möchte|will|brauche|wünsche mir) ", r"(?:wir (?:brauchen|hätten gern\w*)) ",
    r"(?:peux|pourrais)[- ]tu (?:me |nous )?", r"pouvez[- ]vous (?:me |nous )?", r"(?:je (?:voudrais|veux)|j'aimerais|j'ai besoin d') ?", r"(?:puedes|podrías|me puedes) ", r"(?:quiero|quisiera|necesito) ", r"(?:você pode|pode|poderia) ", r"(?:quero|queria|preciso de) ", r"(?:можешь|мог бы ты|хочу|мне нужн\w+) ",
)  # fmt: skip
_ENDING = re.compile(
    r"[\s,]*(?:\b(?:please|pls|plz|thanks|thank you|thx|bitte|danke|merci|por favor|gracias|obrigad[oa]|s'il (?:te|vous) pla[iî]t|svp|пожалуйста|for me|if you can|if possible|when you can|mal|ok|okay|now|today|real quick)\b|[!.?。？！…]+|[:;]-?[)D])\s*$",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"|«[^»]*»|„[^“”]*[“”]|(?m:^>.*$)|```.*?```", re.DOTALL)

_SHAPES: Sequence[tuple[re.Pattern[str], str]] = (
    (re.compile(r"\b(\d{1,2}):(\d{1,2})\b"), ""),
    (re.compile(r"\b(?:square|quadratisch\w*|carrée?|cuadrad[oa]|quadrad[oa]|квадратн\w+)\b|正方形", re.IGNORECASE), "1:1"),
    (re.compile(r"\b(?:portrait(?= format| mode| orientation|\W*$)|vertical(?:ly)?|upright|tall(?:er)?|hochformat|hochkant|vertical|phone wallpaper|story format|вертикальн\w+)\b|竖|縦", re.IGNORECASE), "2:3"),
    (re.compile(r"\b(?:wide-?screen|panorama|panoramic|ultra-?wide|wide[rs]?(?: format| shot)?(?=\W*$|,)|wide format|banner)\b", re.IGNORECASE), "16:9"),
    (re.compile(r"\b(?:landscape(?= format| mode| orientation|\W*$)|horizontal(?:ly)?|querformat|paysage(?=\W*$)|apaisad[oa]|горизонтальн\w+)\b|横", re.IGNORECASE), "3:2"),
)  # fmt: skip
_SIZE = re.compile(r"\b(\d{3,4}) ?[x×] ?(\d{3,4})\b")
_SECONDS = re.compile(rf"\b(\d{{1,2}}(?:\.\d)?|{'|'.join(_NUMBERS)})[ -]?(?:s|secs?|seconds?|sekunden|secondes|segundos|секунд\w*)\b|(\d{{1,2}})秒", re.IGNORECASE)  # fmt: skip
_SCALE = re.compile(rf"\b(\d(?:\.\d)?) ?(?:x|times|fold|fach|倍)|\b(twice|double|doppelt|{_WORD})(?:[ -](?:times|fold|the size|as (?:big|large))|\b(?= (?:the|its) (?:size|resolution)))|\bx ?([2348])\b", re.IGNORECASE)  # fmt: skip
_HANDLE = re.compile(r"\bp([1-9]\d{0,3})\b", re.IGNORECASE)
_NTH = re.compile(
    rf"\b(?:the|das|die|la|le|el|a)? ?({'|'.join(_ORDINALS)})(?: (?:one|picture|image|photo|pic|version|bild|foto|image|imagen|imagem|картинк\w+|of them)\b|,|\W*$)",
    re.IGNORECASE,
)
_COUNT = re.compile(rf"\b(\d{{1,2}}|{'|'.join(_NUMBERS)}|a couple of|a pair of) ", re.IGNORECASE)
_NEVER_COUNTED = frozenset("one ein eine un une um uma una uno один одну eins 一".split())
_FORMAT = re.compile(r"\b(?:as|in|als|en)(?: an?)? (png|jpe?g|webp|avif)\b", re.IGNORECASE)
_TIER = re.compile(r"\b([124]k|720p|1080p)\b", re.IGNORECASE)


def unquoted(text: str) -> str:
    """The text on one line, with everything in quotes as `“”`: it is not the speaker's own wish."""
    flat = _QUOTED.sub("“”", text.replace("’", "'"))
    return " ".join(flat.split())


def plain(text: str) -> str:
    """The words without what is only polite, before and after."""
    text = text.strip(" \n-–—,")
    while True:
        found = _GREETING.match(text) or _ASKING.match(text)
        left = text[found.end() :] if found and found.end() < len(text) else text
        left = left[: end.start()] if (end := _ENDING.search(left)) and end.start() > 0 else left
        left = left.strip(" ,-–—")
        if left == text or not left:
            return text
        text = left


def commanded(core: str) -> str:
    """`making it blue` as `make it blue`: some ways of asking leave the verb in another form."""
    found = _GERUND.match(core)
    return f"{_GERUNDS[found[1].lower()]}{core[found.end(1) :]}" if found else core


def number(word: str) -> int | None:
    """A small number in figures or words."""
    return int(word) if word.isdecimal() else _NUMBERS.get(word.lower())


def options(text: str) -> dict[str, Any]:
    """Shape, size, format and tier, under the names that the tools have."""
    found: dict[str, Any] = {}
    if size := _SIZE.search(text):
        found["size"] = f"{size[1]}x{size[2]}"
    for pattern, ratio in _SHAPES:
        if shape := pattern.search(text):
            found["aspect_ratio"] = ratio or shape[0]
            break
    if form := _FORMAT.search(text):
        found["format"] = form[1].lower().replace("jpg", "jpeg")
    if tier := _TIER.search(text):
        found["resolution"] = tier[1].upper() if tier[1].lower().endswith("k") else tier[1]
    return found


def count(head: str) -> int | None:
    """How many are asked for, if it is more than one; `head` is what stands before the thing."""
    found = _COUNT.search(head)
    if found is None or found[1].lower() in _NEVER_COUNTED:
        return None
    many = 2 if found[1].lower().startswith("a ") else number(found[1])
    return many if many and 1 < many <= 10 else None


def seconds(text: str) -> float | None:
    found = _SECONDS.search(text)
    if found is None:
        return None
    word = found[1] or found[2]
    return float(word) if word[0].isdecimal() else _NUMBERS.get(word.lower())


def scale(text: str) -> float | None:
    found = _SCALE.search(text)
    if found is None:
        return None
    if found[1] or found[3]:
        return float(found[1] or found[3])
    word = found[2].lower()
    return 2 if word in {"twice", "double", "doppelt"} else _NUMBERS.get(word)


def pictures(text: str, known: Sequence[str]) -> list[str]:
    """The handles that the words name, by themselves or by their place in the order of `known`."""
    named = [f"p{found[1]}" for found in _HANDLE.finditer(text)]
    for found in _NTH.finditer(text):
        place = _ORDINALS[found[1].lower()]
        if -len(known) <= place < len(known):
            named.append(known[place])
    return list(dict.fromkeys(named))
