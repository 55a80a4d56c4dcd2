"""Implements `bot.core.ports.overview.Overview`; a part of the Store."""

from __future__ import annotations

import json
from functools import partial

from bot.core.ports.for_adapters import Clock
from bot.core.ports.overview import Asked, KnownBy, KnownPerson
from storage.transaction import Driver, Transaction, ask


class OverviewStore:
    """The docstrings of the port apply here."""

    _driver: Driver
    _clock: Clock

    async def asked_between(self, since: int, until: int) -> Asked:
        return await self._driver.read(partial(_asked_between, since, until), report=True)

    async def known_people(self) -> list[KnownPerson]:
        return await self._driver.read(partial(_known_people, self._clock.now()), report=True)


def _asked_between(since: int, until: int) -> Transaction[Asked]:
    rows = yield from ask("asked_between", since=since, until=until)
    people = {person for row in rows for person in json.loads(row["people"] or "[]")}
    return Asked(requests=sum(row["requests"] for row in rows), people=len(people))


def _known_people(now: int) -> Transaction[list[KnownPerson]]:
    rows = yield from ask("known_people", now=now)
    return [
        KnownPerson(person=row["person"], tenant=row["tenant"], known_by=KnownBy(row["known_by"]))
        for row in rows
    ]
