"""Amounts of money as people type them, on every surface."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.core.errors import InvalidOrder
from bot.core.money import Micros, parse_amount

_PART = re.compile(r"\W{0,3}(US\$)?\d[\d.,'’]*\W{0,2}(USD)?|US\$|USD|[$€£]|dollars?", re.IGNORECASE)


def amount_of(text: str, field: str) -> Micros:
    """Dollars as typed. Raises InvalidOrder for `field`, with what is wrong and how to write it."""
    try:
        return parse_amount(text)
    except ValueError as error:
        raise InvalidOrder(str(error), field=field) from None


def looks_like_amount(word: str) -> bool:
    """True for a word meant as an amount or a part of one (`1`, `$5`, `USD`, `-5`), right or wrong."""
    return _PART.fullmatch(word) is not None


def split_amount(words: Sequence[str]) -> tuple[str, list[str]]:
    """The amount at the beginning of some words (`1 000 $ a month`), and the words after it."""
    count = next((i for i, word in enumerate(words) if not looks_like_amount(word)), len(words))
    return " ".join(words[:count]), list(words[count:])
