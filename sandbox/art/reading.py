"""Whether a prompt is about something that the painter can draw.

What it is about is the last word of its first phrase: the fox of "a red fox in the snow", the cup of
"a cup of coffee". In French, Spanish and Portuguese, whose adjectives follow, any word of the phrase will do.
"""

from __future__ import annotations

import re
from collections.abc import Collection

_KINDS = (
    r"(?:\w+ ){0,2}?(?:pictures?|pics?|photos?|photographs?|images?|paintings?|drawings?|illustrations?"
    r"|sketch(?:es)?|watercolou?rs?|renders?|cartoons?|shots?|views?|art|bild(?:er)?|foto|zeichnung|dessin"
    r"|imagen|imagem|dibujo)"
)
_OPENING = re.compile(
    r"^(?:please |bitte )?(?:(?:draw|paint|make|create|generate|sketch|imagine|show)(?: me)? )?"
    rf"(?:{_KINDS} (?:of|von|mit|d[eu]|d'|with) ?)?",
    re.IGNORECASE,
)
_END = frozenset(
    (
        "of in on at with without by near under over above behind beside for from to into onto and or but "
        "as like who that which while during against through across among between around wearing is are "
        "im am auf mit ohne von vom unter über bei und oder der die das dans sur avec sous et en con sin "
        "bajo sobre y na no com sem e в на с под и"
    ).split()
)
_ARTICLES = frozenset("un une des la le les una unas unos el los las um uma o os as l d".split())
_GERUND = re.compile(r"\w{3,}ing")
_NOUNS_IN_ING = frozenset("spring evening morning building buildings lightning king wing ring".split())
_WORD = re.compile(r"[^\W\d_]+|[.,;:!?–—(]")


def about(prompt: str) -> list[str]:
    """The words that may name what the prompt is about, in lower case; none for a prompt without words."""
    rest = prompt[match.end() :] if (match := _OPENING.match(prompt)) else prompt
    phrase: list[str] = []
    article = False
    for word in _WORD.findall(rest.lower()):
        if word in _ARTICLES:
            article = article or not phrase
        elif phrase and _ends(word):
            break
        elif word.isalpha() and word not in _END:
            phrase.append(word)
    return phrase if article else phrase[-1:]


def _ends(word: str) -> bool:
    verb = _GERUND.fullmatch(word) is not None and word not in _NOUNS_IN_ING
    return not word.isalpha() or word in _END or verb


def forms(word: str) -> set[str]:
    """A word and what it may be the plural of."""
    found = {word}
    if word.endswith("ies"):
        found.add(word[:-3] + "y")
    if word.endswith("es"):
        found.add(word[:-2])
    if word.endswith("s"):
        found.add(word[:-1])
    return found


def known(prompt: str, words: Collection[str]) -> bool:
    """True if the prompt is about one of these words, or says nothing at all."""
    named = about(prompt)
    return not named or any(forms(word) & set(words) or inside(word, words) for word in named)


def inside(text: str, words: Collection[str]) -> set[str]:
    """The words that stand in a text of a script without spaces, Chinese or Japanese."""
    return {word for word in words if "\u3400" <= word[0] <= "\u9fff" and word in text}
