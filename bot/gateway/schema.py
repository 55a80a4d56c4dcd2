"""Parameters of a model, read from `?schema=true` in any form.

The schema's JSON is not published (Lumenfall API, models). A parameter is recognised as a list item
with a `name`, or as a named object that has a `type`, an `enum` or a limit; groups around them are
ignored. A parameter that appears twice, for two modes, allows the values of both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

_ROOTS = ("schema", "parameters", "parameter_schema", "input_schema")
_HINTS = frozenset(
    {"type", "enum", "values", "options", "maximum", "max", "maxLength", "max_length", "default"}
)
_VALUES = ("enum", "values", "options", "allowed_values")
_MOST = ("maximum", "max", "max_value", "maxItems", "max_items", "max_count")
_LEAST = ("minimum", "min", "min_value")
_LONGEST = ("maxLength", "max_length", "max_chars")
_DEEPEST = 8
_LARGEST = 100_000


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """What is allowed: a list of `values`, a range `least`–`most` (of a number or a count), a length."""

    values: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    longest: int | None = None
    default: str = ""


def parameters(item: Mapping[str, Any]) -> dict[str, Parameter]:
    """Every parameter of a model item by name; empty when it has no schema."""
    found: dict[str, Parameter] = {}
    for root in _ROOTS:
        for name, spec in _walk(item.get(root), 0):
            parameter = _parameter(spec)
            found[name] = _either(found[name], parameter) if name in found else parameter
    return found


def _walk(node: object, depth: int) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if depth > _DEEPEST:
        return
    if isinstance(node, list):
        for child in cast("list[object]", node):
            yield from _walk(child, depth + 1)
    elif isinstance(node, dict):
        fields = cast("dict[str, Any]", node)
        name = fields.get("name")
        if isinstance(name, str) and _HINTS & fields.keys():
            yield name, fields
            return
        for key, child in cast("dict[str, object]", node).items():
            spec = cast("dict[str, Any]", child) if isinstance(child, dict) else {}
            if _is_spec(spec):
                yield key, spec
            else:
                yield from _walk(child, depth + 1)  # pyright: ignore[reportUnknownArgumentType]


def _is_spec(fields: Mapping[str, Any]) -> bool:
    return bool(_HINTS & fields.keys()) and "properties" not in fields and "name" not in fields


def _parameter(spec: Mapping[str, Any]) -> Parameter:
    longest = _number(spec, _LONGEST)
    return Parameter(
        values=_values(spec),
        least=_number(spec, _LEAST),
        most=_number(spec, _MOST),
        longest=int(longest) if longest else None,
        default=_word(spec.get("default")),
    )


def _values(spec: Mapping[str, Any]) -> tuple[str, ...]:
    for key in _VALUES:
        listed: object = spec.get(key)
        if isinstance(listed, list):
            words = (_word(item) for item in cast("list[object]", listed)[:200])
            return tuple(dict.fromkeys(word for word in words if word))
    return ()


def _word(item: object) -> str:
    if isinstance(item, dict):
        item = cast("dict[str, Any]", item).get("value")
    if isinstance(item, bool):
        return "true" if item else "false"
    if isinstance(item, int | Decimal):
        return f"{item:g}" if isinstance(item, int) else f"{item.normalize():f}"
    return item[:100] if isinstance(item, str) else ""


def _number(spec: Mapping[str, Any], keys: tuple[str, ...]) -> float | None:
    for key in keys:
        value: object = spec.get(key)
        if isinstance(value, int | Decimal | float) and not isinstance(value, bool) and abs(value) < 10**9:
            return float(value)
    return None


def _either(one: Parameter, other: Parameter) -> Parameter:
    return Parameter(
        values=tuple(dict.fromkeys((*one.values, *other.values))) if one.values and other.values else (),
        least=_outer(one.least, other.least, lower=True),
        most=_outer(one.most, other.most, lower=False),
        longest=max(one.longest, other.longest) if one.longest and other.longest else None,
        default=one.default or other.default,
    )


def _outer(one: float | None, other: float | None, *, lower: bool) -> float | None:
    if one is None or other is None:
        return None
    return min(one, other) if lower else max(one, other)
