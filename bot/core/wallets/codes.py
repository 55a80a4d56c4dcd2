"""Codes that propose to link two accounts, and how an account is named to the other side. Pure."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from bot.core.text.translation import gettext as _

CODE_US = 10 * 60 * 1_000_000
"""Microseconds for which a code, and then the question that it leads to, are open."""
TRIES_US = 3600 * 1_000_000
"""Microseconds over which tries are counted."""
TRIES_PER_PERSON = 5
"""Codes that a person may enter in an hour, and codes that they may ask for."""
TRIES_TOGETHER = 200
"""The same of everybody in one installation, so that many accounts cannot guess together."""
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_ALIKE = str.maketrans({"o": "0", "i": "1", "l": "1", "u": "v"})
_LENGTH = 10


@dataclass(frozen=True, kw_only=True)
class LinkProposal:
    """Two accounts of which one has entered the other's code: each must agree on its own platform.

    `expires_at` in UTC microseconds. `agreed` are the ids of those who have agreed.
    """

    id: str
    proposer: str
    proposer_name: str
    taker: str
    taker_name: str
    agreed: tuple[str, ...] = ()
    expires_at: int

    def other(self, person: str) -> tuple[str, str]:
        """Id and name of the other side."""
        if person == self.proposer:
            return self.taker, self.taker_name
        return self.proposer, self.proposer_name

    def includes(self, person: str) -> bool:
        """Whether the person is one of the two."""
        return person in (self.proposer, self.taker)


def new_code() -> str:
    """Ten characters that are hard to confuse, 50 random bits: `k7m2q-x9w4t`."""
    letters = "".join(secrets.choice(_ALPHABET) for _position in range(_LENGTH))
    return f"{letters[:5]}-{letters[5:]}"


def code_digest(code: str, key: bytes) -> str:
    """The keyed hash of a code as it is stored. Spaces, dashes, capitals and an o for a 0 do not matter."""
    letters = "".join(letter for letter in code.lower()[:100] if letter.isalnum()).translate(_ALIKE)
    return hmac.new(key, letters.encode(), hashlib.sha256).hexdigest()


def platform_of(person: str) -> str:
    """The platform of an account as people call it."""
    name = person.partition(":")[0]
    names = {"discord": "Discord", "slack": "Slack", "web": _("the web page"), "cli": _("the command line")}
    return names.get(name, name)


def shown_name(name: str, person: str) -> str:
    """`Ana on Discord`; the id where there is no name."""
    shown = " ".join(name.split())[:60] or person.partition(":")[2][:60]
    return _("{name} on {platform}").format(name=shown, platform=platform_of(person))
