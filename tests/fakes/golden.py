"""Texts that stay as they were read once: `UPDATE_GOLDEN=1` writes them again."""

from __future__ import annotations

import os
import re
from pathlib import Path

GOLDEN = Path(__file__).parents[1] / "golden"
CHANGING = {
    r"\d{4}-\d\d-\d\d \d\d:\d\d UTC": "<date>",
    r"\d{4}-\d\d-\d\d": "<day>",
    r"<t:\d+:": "<t:…:",
    r", \d+(\.\d+)? (B|kB|KiB|MB)\)": ")",
    r" \d+(\.\d+)? (B|kB|KiB|MB)\b": "",
}


def agrees(name: str, pages: dict[str, str]) -> None:
    """Compare pages, by their titles, with the file of that name."""
    text = "\n".join(f"--- {title}\n{page.strip()}\n" for title, page in pages.items())
    for pattern, replacement in CHANGING.items():
        text = re.sub(pattern, replacement, text)
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text)
    assert text == path.read_text(), f"{name} differs; UPDATE_GOLDEN=1 writes it again"
