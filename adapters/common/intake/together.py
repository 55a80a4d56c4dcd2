"""What was said as one text for a model that is given words only: the speaker's, then what came along.

Whatever came along stands between marked lines, so that nobody's words pass for the speaker's.
"""

from __future__ import annotations

from adapters.common.intake import unread_texts
from bot.core.said import Said

_ROOM = 200
"""Characters of a document that are worth sending, at least."""


def together(said: Said[object], most: int) -> tuple[str, tuple[str, ...]]:
    """The words with documents and quotes, at most `most` characters; and sentences about what did not fit.

    The speaker's own words are never cut: where they alone are too long, an order of them is refused.
    """
    text, unread, left_out = said.words, list(said.unread), list[str]()
    for name, words, is_file in _parts(said):
        before, after = _fence(name, is_file=is_file)
        room = most - len(text) - len(before) - len(after) - 4
        if room < min(_ROOM, len(words)):
            left_out.append(name)
            continue
        if len(words) > room:
            unread.append(unread_texts.only_beginning(name, room))
        text = "\n\n".join(part for part in (text, f"{before}\n{words[:room]}\n{after}") if part)
    if left_out:
        unread.append(unread_texts.documents_left_out(tuple(left_out)))
    return text, tuple(dict.fromkeys(unread))


def _parts(said: Said[object]) -> list[tuple[str, str, bool]]:
    quotes = [(quote.author, quote.words, False) for quote in said.quoted]
    return quotes + [(document.name, document.text, True) for document in said.documents]


def _fence(name: str, *, is_file: bool) -> tuple[str, str]:
    """English, as models read it best, and the same in every language: it is not for people."""
    shown = " ".join(name.split()).replace("-", "‐")[:60]
    kind = "attached file" if is_file else "message by"
    title = f"{kind} {shown}".strip() if shown or is_file else "forwarded message"
    return f"----- begin {title} -----", f"----- end {title} -----"
