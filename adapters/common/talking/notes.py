"""What a message was understood as, in plain words; a platform adds its own markup and escaping."""

from __future__ import annotations

from bot.core.spoken import Note, NoteKind
from bot.core.text.translation import gettext as _


def note(found: Note) -> str:
    """What a message was answered besides words and orders; empty for what is answered elsewhere."""
    match found.kind:
        case NoteKind.MISSING | NoteKind.QUESTION:
            return found.text
        case NoteKind.UNDONE:
            return _("Back to {picture}: what you say next starts from it.").format(
                picture=f"p{found.picture}"
            )
        case NoteKind.BALANCE:
            return _("What you have left is shown to you alone.")
        case NoteKind.COMPARE:
            return _("Prices were asked for this:")
