"""Text in files that people open with a spreadsheet."""

from __future__ import annotations

_FORMULA = "=+-@\t\r\n"


def disarmed(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return "'" + text if text[:1] and text[0] in _FORMULA else text
