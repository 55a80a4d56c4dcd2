"""Readers of single JSON values that use what they can and ignore the rest; none of them raises."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, cast

from pydantic import BeforeValidator

from bot.core.money import Micros, from_dollars


def text(value: object) -> str:
    """A string, or a number as one; empty for anything else."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else ""


def texts(value: object) -> list[str]:
    """The strings of a list."""
    if not isinstance(value, list):
        return []
    return [item for item in cast("list[object]", value) if isinstance(item, str) and item]


def metrics(value: object) -> list[str]:
    """The `metric` of each of a list of objects, empty where it is not a string; no list, no metrics."""
    listed = [cast("dict[str, object]", item) for item in objects(value)]
    return [text(item.get("metric")) for item in listed]


def an_object(value: object) -> object:
    """An object, or an empty one."""
    return cast("object", value) if isinstance(value, dict) else {}


def objects(value: object) -> list[object]:
    """The objects of a list, or a single object."""
    if isinstance(value, dict):
        return [cast("object", value)]
    return (
        [item for item in cast("list[object]", value) if isinstance(item, dict)]
        if isinstance(value, list)
        else []
    )


def links(value: object) -> list[object]:
    """The objects of a list or a single object; a plain URL counts as an object with that `url`."""
    listed = cast("list[object]", value) if isinstance(value, list) else [value]
    addressed = [{"url": item} if isinstance(item, str) and "/" in item else item for item in listed]
    return objects(addressed)


def an_error(value: object) -> object:
    """An error's object; a plain string is its message."""
    return {"message": value} if isinstance(value, str) else an_object(value)


def micros(value: object) -> object:
    """Whole micro-dollars from an integer, a decimal without a fraction, or digits."""
    if isinstance(value, Decimal) and value.is_finite() and value == value.to_integral_value():
        return int(value)
    return int(value) if isinstance(value, str) and value.isascii() and value.isdecimal() else value


def whole(value: object) -> int | None:
    """A whole number below 10^15."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    return int(value) if abs(value) < 10**15 else None


def dollars(value: object) -> Micros | None:
    """Dollars from a JSON number or a numeric string; None for anything that is not a valid amount."""
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        return None
    try:
        amount = from_dollars(value)
    except ValueError:
        return None
    return amount


def price(value: object) -> Micros | None:
    """Dollars of zero or more."""
    amount = dollars(value)
    return amount if amount is not None and amount >= 0 else None


def moment(value: object) -> int | None:
    """UTC microseconds from unix seconds or ISO 8601; None when it is neither."""
    try:
        if isinstance(value, str):
            when = datetime.fromisoformat(value)
            return int(when.replace(tzinfo=when.tzinfo or UTC).timestamp() * 1_000_000)
        seconds = whole(value)
        return None if seconds is None else seconds * 1_000_000
    except (ValueError, OverflowError):
        return None


Text = Annotated[str, BeforeValidator(text)]
Metrics = Annotated[list[str], BeforeValidator(metrics)]
Texts = Annotated[list[str], BeforeValidator(texts)]
Whole = Annotated[int | None, BeforeValidator(whole)]
Dollars = Annotated[Micros | None, BeforeValidator(price)]
SignedDollars = Annotated[Micros | None, BeforeValidator(dollars)]
Moment = Annotated[int | None, BeforeValidator(moment)]
Flag = Annotated[bool, BeforeValidator(lambda value: value is True)]
