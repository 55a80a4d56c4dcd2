"""How a text is marked for translation where it cannot be translated yet."""

from __future__ import annotations


def N_(text: str) -> str:  # noqa: N802
    """Mark a text that is needed while modules are imported, such as a command's description.

    It comes back unchanged. Who shows it translates it then, with `gettext(text)`.
    """
    return text
