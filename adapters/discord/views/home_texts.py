"""Sentences about who pays in direct messages."""

from __future__ import annotations

from bot.core.text.translation import N_
from bot.core.text.translation import gettext as _

HOME = N_("Which server pays for you in direct messages")


def who_pays() -> str:
    return _("Who pays here?")


def rules() -> str:
    return _(
        "What you ask for in direct messages, or in servers without me, then counts against your budget in"
        " that server. Its admins see how much you spend, when and on which model, but never your words or"
        " results. You can change it once a day."
    )


def nobody_can_pay() -> str:
    return _(
        "I know of no server that could pay for you: you have to be a member of a server that has me, whose"
        " admins let it pay for direct messages, and where you are not blocked."
    )


def not_all_listed() -> str:
    return _("Not every server is listed. For another one, use `/home` in that server.")


def pays_now(name: str) -> str:
    return _("Now: **{name}**.").format(name=name)


def pays_here(name: str) -> str:
    return _("**{name}** pays for you here; `/home` changes that.").format(name=name)


def pays_already(name: str) -> str:
    return _("{name} pays for you in direct messages.").format(name=name)


def shall_pay(name: str) -> str:
    return _("Shall {name} pay for you in direct messages?").format(name=name)


def this_server() -> str:
    return _("This server")


def yes() -> str:
    return _("Yes, this server pays")


def chosen(name: str) -> str:
    return _("**{name}** pays for you in direct messages from now on. Please ask again.").format(name=name)


def that_server() -> str:
    return _("That server")


def stands_until(moment: str) -> str:
    return _("You can change this {moment}. `/balance` shows what you may spend.").format(moment=moment)


def members_unknown() -> str:
    return _("Discord does not tell me who is in that server just now. Please try again.")


def no_member() -> str:
    return _("You are not a member of that server, or it no longer has me.")


def words_hidden() -> str:
    return _("Asked in a direct message or in another server; only the person sees the words.")
