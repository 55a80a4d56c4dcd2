"""Sentences about what came with a message and was not taken, or only in part."""

from __future__ import annotations

from adapters.common.intake.file_kinds import FileKind
from bot.core.text.numbers import whole
from bot.core.text.translation import N_, ngettext
from bot.core.text.translation import gettext as _

NAME_MOST = 60
"""Characters of a file's name in a sentence."""
_DECLINED = {
    FileKind.FILM: N_("“{name}” is a film, and I cannot watch films. Send a picture of the moment you mean."),
    FileKind.SOUND: N_("“{name}” is a recording, and I cannot listen. Please write what it says."),
    FileKind.OFFICE: N_("I cannot read “{name}”. Save it as PDF or as text, and attach that."),
    FileKind.ARCHIVE: N_("I cannot look into “{name}”. Attach the files that are in it."),
}


def named(name: str) -> str:
    """A file's name as it can stand in a sentence: one line, and not too long."""
    line = " ".join(name.split()).replace("“", "'").replace("”", "'") or _("a file without a name")
    return line if len(line) <= NAME_MOST else line[: NAME_MOST - 1] + "…"


def declined(name: str, kind: FileKind) -> str:
    """Why a file of this kind is not read, and what to send instead."""
    text = _DECLINED.get(kind, N_("I cannot read “{name}”. I can read pictures, text files and PDF."))
    return _(text).format(name=named(name))


def not_loaded(name: str) -> str:
    """The platform did not hand it over."""
    return _("“{name}” could not be loaded. Please attach it again.").format(name=named(name))


def not_text(name: str) -> str:
    """Bytes that are no text."""
    return _("“{name}” is not a text file. I can read pictures, text files and PDF.").format(name=named(name))


def empty(name: str) -> str:
    """A file with nothing in it."""
    return _("“{name}” is empty.").format(name=named(name))


def file_too_large(name: str, most_mb: int) -> str:
    """A file of which the beginning is of no use."""
    return _("“{name}” is too large: I read PDF files of up to {most} MB.").format(
        name=named(name), most=most_mb
    )


def only_beginning(name: str, characters: int) -> str:
    """A long text was cut."""
    return _("Of “{name}” I read only the first {count} characters.").format(
        name=named(name), count=whole(characters)
    )


def only_pages(name: str, pages: int, total: int) -> str:
    """A long PDF was cut."""
    return _("Of “{name}” I read only the first {pages} of {total} pages.").format(
        name=named(name), pages=pages, total=total
    )


def encrypted(name: str) -> str:
    """A PDF that wants a password."""
    return _("“{name}” is protected by a password, so I cannot read it.").format(name=named(name))


def only_pictures(name: str) -> str:
    """A scanned PDF."""
    return _("“{name}” has no text, only pictures. Send the page you mean as a picture.").format(
        name=named(name)
    )


def broken(name: str) -> str:
    """A PDF that cannot be parsed, or not in time."""
    return _("“{name}” could not be read: it is damaged or too complicated.").format(name=named(name))


def too_many_pictures(names: tuple[str, ...], most: int) -> str:
    """Pictures beyond the tenth."""
    shown = ", ".join(f"“{named(name)}”" for name in names[:3])
    more = " …" if len(names) > 3 else ""
    return ngettext(
        "I take {most} pictures at most, so this one was left out: {names}.",
        "I take {most} pictures at most, so these were left out: {names}.",
        len(names),
    ).format(most=most, names=shown + more)


def too_many_documents(names: tuple[str, ...], most: int) -> str:
    """Documents beyond the fifth."""
    shown = ", ".join(f"“{named(name)}”" for name in names[:3])
    more = " …" if len(names) > 3 else ""
    return ngettext(
        "I read {most} files at most, so this one was left out: {names}.",
        "I read {most} files at most, so these were left out: {names}.",
        len(names),
    ).format(most=most, names=shown + more)


def documents_left_out(names: tuple[str, ...]) -> str:
    """There was no room for them beside the words."""
    shown = ", ".join(f"“{named(name)}”" for name in names[:3]) + (" …" if len(names) > 3 else "")
    return _("There was no room for {names}.").format(names=shown)


def nothing_read(unread: tuple[str, ...]) -> str:
    """Nothing of what came along could be read, so nothing is done."""
    why = unread or (_("There is nothing in that message that I can read."),)
    return " ".join((*why, _("Nothing was charged.")))


def only_in_chat(names: tuple[str, ...]) -> str:
    """Files with words, sent along with an order for a picture or a film."""
    shown = ", ".join(f"“{named(name)}”" for name in names[:3]) + (" …" if len(names) > 3 else "")
    return _("I did not use {names}: only a chat reads files and other messages.").format(names=shown)


def a_message() -> str:
    """Names a forwarded or quoted message in a list of files."""
    return _("the message")


def what_is_this() -> str:
    """The question about a file or message where somebody wrote none."""
    return _("Say in a few sentences what this is about.")
