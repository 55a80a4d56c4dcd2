"""Names of models as policy reads them: one model has many spellings, and a list must catch all of them.

A gateway takes a variant behind a colon (`openai/gpt-5.4:online`) and a route before the name
(`vertex/openai/gpt-5.4`). So a deny pattern counts if any reading of the name matches it, and an allow
pattern only if the name itself does, without its variant, or the model that the catalogue knows it as.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from fnmatch import fnmatchcase

NAME_MAX = 200
"""Characters of a model's name or of a pattern; the longest known name has about 60."""
_SEGMENT = r"[A-Za-z0-9][A-Za-z0-9._+@~-]*"
_NAME = re.compile(rf"{_SEGMENT}(?:/{_SEGMENT}){{0,5}}(?::[A-Za-z0-9._-]+){{0,3}}")
_PATTERN = re.compile(r"[\w./:*?+@~\[\]!-]+")


def well_formed(name: str) -> bool:
    """True for what can be a model's name: up to six segments of plain letters, and perhaps variants."""
    return len(name) <= NAME_MAX and _NAME.fullmatch(name) is not None


def well_formed_pattern(pattern: str) -> bool:
    """True for what can be a pattern of names, such as `flux*`."""
    return len(pattern) <= NAME_MAX and _PATTERN.fullmatch(pattern) is not None


def canonical(name: str) -> str:
    """The name in one case and one form of Unicode, without its variant (`:online`)."""
    return _folded(name).partition(":")[0].strip("/")


def readings(name: str) -> frozenset[str]:
    """Everything the name can be read as: with and without variant, route and provider.

    Of `x/openai/gpt-5.4:online` these are the whole, `openai/gpt-5.4:online`, `gpt-5.4:online`, each of
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
    """True where one of the names, as `canonical` or `readings` give them, fits one of the patterns."""
    folded = [_folded(pattern) for pattern in patterns]
    return any(fnmatchcase(name, pattern) for name in names for pattern in folded)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip().casefold()
