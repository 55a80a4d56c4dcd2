"""Names of models as policy compares them: one model has many spellings, and a list must match all of them.

A gateway accepts a variant after a colon (`openai/gpt-5.4:online`) and a route before the name
(`vertex/openai/gpt-5.4`). So a deny pattern applies if it matches any reading of the name. An allow pattern
applies only if it matches the name without its variant, or the catalogue's model of that name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import lru_cache

NAME_MAX = 200
"""Characters of a model's name or of a pattern; the longest known name has about 60."""
_SEGMENT = r"[A-Za-z0-9][A-Za-z0-9._+@~-]*"
_NAME = re.compile(rf"{_SEGMENT}(?:/{_SEGMENT}){{0,5}}(?::[A-Za-z0-9._-]+){{0,3}}")
_PATTERN = re.compile(r"[\w./:*?+@~\[\]!-]+")


def well_formed(name: str) -> bool:
    """True for text that can be a model's name: up to six segments of plain letters, and optional
    variants.
    """
    return len(name) <= NAME_MAX and _NAME.fullmatch(name) is not None


def well_formed_pattern(pattern: str) -> bool:
    """True for text that can be a pattern of names, such as `flux*`."""
    return len(pattern) <= NAME_MAX and _PATTERN.fullmatch(pattern) is not None


def canonical(name: str) -> str:
    """The name in one case and one form of Unicode, without its variant (`:online`)."""
    return _folded(name).partition(":")[0].strip("/")


@lru_cache(maxsize=1024)
def readings(name: str) -> frozenset[str]:
    """All readings of the name: with and without variant, route and provider.

    For `x/openai/gpt-5.4:online` these are the whole name, `openai/gpt-5.4:online`, `gpt-5.4:online`, each of
    them without `:online`, and `x/openai`.
    """
    whole, own = _folded(name), canonical(name)
    segments = [part for part in own.split("/") if part]
    variant = whole[len(own) :] if whole.startswith(own) else ""
    found = {whole, own}
    for start in range(len(segments)):
        found.add("/".join(segments[start:]) + variant)
        found |= {"/".join(segments[start:end]) for end in range(start + 2, len(segments) + 1)}
    return frozenset((found | set(segments[-1:])) - {""})


def any_matches(names: Iterable[str], patterns: Iterable[str]) -> bool:
    """True if one of the names, as `canonical` or `readings` return them, matches one of the patterns."""
    folded = [_folded(pattern) for pattern in patterns]
    return any(fnmatchcase(name, pattern) for name in names for pattern in folded)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip().casefold()
