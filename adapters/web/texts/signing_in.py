"""What the playground's server says to people who are not signed in, or may not be."""

from __future__ import annotations

from bot.core.text.translation import gettext as _


def sign_in_first() -> str:
    return _("Please sign in first.")


def nobody_called(name: str, people: str) -> str:
    return _("There is nobody called “{name}” here; try {people}.").format(name=name, people=people)


def own_address_only() -> str:
    return _("This page works on its own address only. Set PLAYGROUND_PASSWORD to use another host name.")


def other_site() -> str:
    return _("This request came from another site's page, so it was refused.")


def wrong_password() -> str:
    return _("That is not the password.")


def too_many_wrong_passwords() -> str:
    return _("Too many wrong passwords. Please wait a minute.")
