"""Names in an answer as the platform's marks again, so that they can be followed there."""

from __future__ import annotations

import re
from collections.abc import Mapping

_CODE = re.compile(r"(```.*?```|`[^`\n]*`)", re.DOTALL)


def with_marks(text: str, marks: Mapping[str, str]) -> str:
    """A text in which names that its reader used (`@Ada`, `#art`) are the platform's marks again, outside of
    code. On Discord nobody is notified: the client sends no mentions (Discord docs, Allowed Mentions).
    """
    if not marks:
        return text
    longest = sorted(marks, key=len, reverse=True)
    names = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest))})(?!\w)")
    parts = _CODE.split(text)
    parts[::2] = [names.sub(lambda found: marks[found[0]], part) for part in parts[::2]]
    return "".join(parts)
