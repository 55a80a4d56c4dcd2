"""Amounts of money as people type them, on every surface."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from bot.core.errors import InvalidOrder
from bot.core.money import Micros, from_dollars, parse_amount
from bot.core.text.translation import gettext as _

_PART = re.compile(r"\W{0,3}(US\$)?\d[\d.,'’]*\W{0,2}(USD)?|US\$|USD|[$€£]|dollars?", re.IGNORECASE)


def amount_of(given: Any, field: str) -> Micros:
    """Dollars as a person types them (`"1,50"`) or as JSON's number (`2`), from $0 to 10^12.

    Raises InvalidOrder for `field`, with what is wrong and how to write it.
    """
    try:
        if isinstance(given, str) and given.strip():
            return parse_amount(given)
        if isinstance(given, int | float) and not isinstance(given, bool):
            return _of_number(given)
    except ValueError as error:
        raise InvalidOrder(str(error), field=field) from None
    raise InvalidOrder(_("An amount is missing. Write dollars, for example 5 or 0.50."), field=field)


def _of_number(given: float) -> Micros:
    amount = from_dollars(given)
    if amount < 0:
        raise ValueError(_("An amount is $0 or more."))
    return amount


def looks_like_amount(word: str) -> bool:
    """True for a word meant as an amount or a part of one (`1`, `$5`, `USD`, `-5`), right or wrong."""
    return _PART.fullmatch(word) is not None


def split_amount(words: Sequence[str]) -> tuple[str, list[str]]:
    """The amount at the beginning of some words (`1 000 $ a month`), and the words after it."""
    count = next((i for i, word in enumerate(words) if not looks_like_amount(word)), len(words))
    return " ".join(words[:count]), list(words[count:])
