"""Who can act on the page: three people of the demo, or the one owner who knows the password."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.common.settings_table import Kind
from adapters.web import texts
from bot.core.errors import InvalidOrder
from bot.core.request import Actor
from bot.core.text.translation import language

ORIGIN = "web"
CHANNEL = "web:lobby"


@dataclass(frozen=True, kw_only=True)
class Person:
    """`key` is what `X-Demo-Person` carries; `about` one line for the switch."""

    key: str
    name: str
    about: str = ""
    is_admin: bool = False
    origin: str = ORIGIN

    @property
    def id(self) -> str:
        """The id everywhere else, with its platform."""
        return f"{self.origin}:{self.key}"


@dataclass(frozen=True, kw_only=True)
class DemoPlace:
    """A tenant of the page and its people; the first acts where nobody is named."""

    tenant: str
    people: tuple[Person, ...]

    def actor(self, person: Person) -> Actor:
        """The person as the core knows them, with the language that they are spoken to in now."""
        return Actor(
            tenant=self.tenant,
            person=person.id,
            name=person.name,
            channel=CHANNEL,
            is_admin=person.is_admin,
            language=language(),
        )

    def find(self, key: str) -> Person | None:
        """A person by key or name, in any case."""
        wanted = key.strip().lstrip("@").lower()
        return next((item for item in self.people if wanted in (item.key, item.name.lower(), item.id)), None)

    def name_of(self, person_id: str) -> str:
        """How to call the owner of an id."""
        found = self.find(person_id)
        return found.name if found else person_id.removeprefix(f"{ORIGIN}:")

    def ident(self, kind: Kind, word: str) -> str:
        """A name, or an id of this page, as an id. Raises InvalidOrder."""
        if word.startswith(f"{ORIGIN}:"):
            return word
        if kind is Kind.ROLES:
            return f"{ORIGIN}:{word}"
        if kind in (Kind.CHANNEL, Kind.CHANNELS) and word.lower().lstrip("#") in ("here", "lobby"):
            return CHANNEL
        person = self.find(word) if kind is Kind.PEOPLE else None
        if person is None:
            known = ", ".join(item.name for item in self.people) if kind is Kind.PEOPLE else "lobby"
            raise InvalidOrder(texts.not_here(word[:40], known), field="setting")
        return person.id

    def shown(self, kind: Kind, known: str) -> str:
        """An id as people call it."""
        return self.name_of(known) if kind is Kind.PEOPLE else known.removeprefix(f"{ORIGIN}:")

    def reader(self) -> Actor:
        """The page itself, which may read what stands in its one channel."""
        return Actor(tenant=self.tenant, person=f"{ORIGIN}:page", channel=CHANNEL, is_admin=True)


DEMO = DemoPlace(
    tenant="web:demo",
    people=(
        Person(key="mia", name="Mia", about=texts.FIVE_DOLLARS_A_DAY),
        Person(key="ned", name="Ned", about=texts.NEARLY_AT_LIMIT),
        Person(key="ada", name="Ada", about=texts.ADMIN, is_admin=True),
    ),
)
OWNED = DemoPlace(tenant="web:local", people=(Person(key="owner", name="Owner", is_admin=True),))
