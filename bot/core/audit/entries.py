"""The lines of the audit log. The storage writes each in the transaction of the change that it records.

A line keeps ids and values, never a person's name: names may be erased, lines stay as long as the ledger.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.core.identity import Actor
from bot.core.ledger import INSTALLATION

OPERATOR = Actor(tenant=INSTALLATION, person="operator")
"""The author of what the operator changes on the command line."""
COMMAND_LINE = "command line"
NO_LIMIT = "none"
"""The value of a limit that is explicitly none."""


class Act(StrEnum):
    """What was done: `ended` is an unknown outcome that was decided, `stopped` somebody else's request.

    A home is chosen by its person, all else is an admin's or the operator's.
    """

    SETTING = "setting"
    LIMIT = "limit"
    GRANT = "grant"
    APPROVED = "approved"
    DENIED = "denied"
    ENDED = "ended"
    STOPPED = "stopped"
    HOME = "home"


@dataclass(frozen=True, kw_only=True)
class AuditEntry:
    """One line.

    `tenant` is whose admins see it (`*`: the operator alone). `what` says which one was changed: the name of
    a setting, or `scope/window` of a limit. `subject` is whom or what it is about: the id of a person, role,
    channel or request, or an entry of a list. `old` and `new` are values as plain text, empty for none;
    amounts are micro-dollars. `at` (UTC microseconds) and `number` are given by the Store.
    """

    tenant: str
    act: Act
    by: str
    surface: str
    channel: str = ""
    what: str = ""
    subject: str = ""
    old: str = ""
    new: str = ""
    at: int = 0
    number: int = 0


def entry_by(
    author: Actor,
    act: Act,
    *,
    tenant: str = "",
    what: str = "",
    subject: str = "",
    old: str = "",
    new: str = "",
) -> AuditEntry:
    """A line about what `author` did, in their own tenant unless `tenant` names another."""
    return AuditEntry(
        tenant=tenant or author.tenant,
        act=act,
        by=author.person,
        surface=surface_of(author),
        channel=author.channel,
        what=what,
        subject=subject,
        old=old,
        new=new,
    )


def surface_of(author: Actor) -> str:
    """Where somebody acted: the platform that their id begins with, or the command line."""
    return COMMAND_LINE if author.person == OPERATOR.person else author.person.partition(":")[0]


@dataclass(frozen=True, kw_only=True)
class AuditFilter:
    """Which lines are wanted. Empty fields ask for all; times are UTC microseconds, `until` excluded.

    `person` finds what somebody did and what was done about them. `before` is the number of the last line of
    the page before.
    """

    person: str = ""
    act: Act | None = None
    since: int = 0
    until: int = 0
    before: int = 0
