"""What was said as one text for a model that is given words only: the speaker's, then what came along.

Whatever came along stands between marked lines, so that nobody's words pass for the speaker's.
"""

from __future__ import annotations

from adapters.common.intake import unread_texts
from bot.core.said import Said
from bot.core.text.translation import gettext as _

_ROOM = 200
"""Characters of a document that are worth sending, at least."""


def together(said: Said[object], most: int) -> tuple[str, tuple[str, ...]]:
    """The words with documents and quotes, at most `most` characters; and sentences about what did not fit.

    The speaker's own words are never cut: where they alone are too long, an order of them is refused.
    """
    along = bool(said.documents or said.quoted)
    text = said.words or (unread_texts.what_is_this() if along else "")
    unread, left_out = list(said.unread), list[str]()
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


def unused(said: Said[object]) -> tuple[str, ...]:
    """Sentences about what came along with an order that takes no more than its own words and pictures."""
    names = tuple(quote.author or unread_texts.a_message() for quote in said.quoted if not said.pictures)
    names += tuple(document.name for document in said.documents)
    return (*said.unread, *((unread_texts.only_in_chat(names),) if names else ()))


def _parts(said: Said[object]) -> list[tuple[str, str, bool]]:
    quotes = [(quote.author, quote.words, False) for quote in said.quoted]
    return quotes + [(document.name, document.text, True) for document in said.documents]


def _fence(name: str, *, is_file: bool) -> tuple[str, str]:
    """The lines before and after. A name cannot end its own part, since it has no hyphens left."""
    shown = " ".join(name.split()).replace("-", "‐")[:60]
    if is_file:
        title = _("attached file {name}").format(name=shown)
    else:
        title = _("message by {name}").format(name=shown) if shown else _("forwarded message")
    end = _("end of {title}").format(title=title)
    return f"----- {title} -----", f"----- {end} -----"
