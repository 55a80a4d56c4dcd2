"""What a ledger must allow, worked out again from charges, their moments and the history of limits.

It shares nothing with the bot but numbers: no rule, no window, no balance. Every answer is added up from the
beginning, in the plainest way.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

HALF_US = {"day": 12 * 3_600_000_000, "week": 84 * 3_600_000_000, "month": 360 * 3_600_000_000}
FOREVER = 2**62
IN_A_MONTH = {"day": 30, "week": 4, "month": 1, "total": 1}


class Disagreement(AssertionError):
    """The ledger allowed what it must refuse, or refused what it must allow."""


@dataclass
class Calendar:
    """The windows of one kind in one place, followed from the first day; asked with moments in order."""

    kind: str
    zone: str
    start: int = 0
    end: int = 0
    changes: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])

    def move(self, now: int, zone: str) -> None:
        self.changes.append((now, zone))

    def at(self, now: int) -> tuple[int, int]:
        """Start and end of the window around `now`."""
        if not self.end:
            self.start, self.end = self._around(now, self.zone)
        while now >= self.end:
            before, self.start = self.zone, self.end
            for moment, zone in self.changes:
                if moment < self.start:
                    self.zone = zone
            soonest = self.start + (HALF_US[self.kind] if self.zone != before else 1)
            first, then = self._around(soonest, self.zone)
            self.end = first if first == soonest else then
        return self.start, self.end

    def _around(self, moment: int, zone: str) -> tuple[int, int]:
        day = datetime.fromtimestamp(moment / 1e6, UTC).astimezone(ZoneInfo(zone)).date()
        if self.kind == "week":
            day -= timedelta(days=day.weekday())
        if self.kind == "month":
            day = day.replace(day=1)
        after = day + timedelta(days={"day": 1, "week": 7, "month": 32}[self.kind])
        if self.kind == "month":
            after = after.replace(day=1)
        first, then = (
            int(datetime(one.year, one.month, one.day, tzinfo=ZoneInfo(zone)).timestamp()) * 1_000_000
            for one in (day, after)
        )
        return first, then


@dataclass
class Charged:
    """One request's money: held now, spent so far, at one moment."""

    moment: int
    tenant: str
    channel: str
    person: str
    approved: bool
    held: int = 0
    spent: int = 0


@dataclass
class Stay:
    """An account in a group of linked ones, from `since` until before `until`."""

    group: int
    person: str
    since: int
    until: int = FOREVER


@dataclass(frozen=True)
class Limit:
    """`scope` installation, tenant, channel, role, person or everywhere; `subject` `*` is everyone."""

    scope: str
    tenant: str
    subject: str
    window: str


@dataclass
class Granted:
    limit: Limit
    person: str
    amount: int
    until: int


@dataclass
class Oracle:
    """The history so far. `exempt` are roles that lift people out of their own and the channel's limits."""

    exempt: str
    charges: dict[str, Charged] = field(default_factory=dict[str, Charged])
    limits: dict[Limit, int] = field(default_factory=dict[Limit, int])
    grants: list[Granted] = field(default_factory=list[Granted])
    calendars: dict[tuple[str, str], Calendar] = field(default_factory=dict[tuple[str, str], Calendar])
    stays: list[Stay] = field(default_factory=list[Stay])

    def link(self, one: str, other: str, now: int) -> None:
        """Both belong to one group from now on: to that of either, or to a new one."""
        groups = [self._group(person, now) for person in (one, other)]
        group = next((found for found in groups if found is not None), len(self.stays))
        for person, before in zip((one, other), groups, strict=True):
            mine = [stay for stay in self.stays if stay.person == person and stay.until > now]
            for stay in mine:
                stay.until = FOREVER if stay.group == group else now
            if before is None:
                self.stays.append(Stay(group, person, now))

    def leave(self, person: str, now: int) -> None:
        """Out of the group when the month ends."""
        end = self._calendar("*", "month").at(now)[1]
        for stay in self.stays:
            if stay.person == person and stay.until == FOREVER:
                stay.until = end

    def _group(self, person: str, now: int) -> int | None:
        here = [stay for stay in self.stays if stay.since <= now < stay.until]
        mine = {stay.group for stay in here if stay.person == person}
        return next((stay.group for stay in here if stay.group in mine and stay.person != person), None)

    def linked(self, person: str, start: int, now: int) -> set[str]:
        """Whom the person was linked with at some time since `start`, and the person."""
        found = {person}
        for mine in self.stays:
            for other in self.stays:
                both = min(mine.until, other.until)
                if (
                    mine.person == person
                    and mine.group == other.group
                    and both > max(mine.since, other.since)
                ):
                    found |= {other.person} if both > start else set()
        return found

    def window(self, limit: Limit, now: int) -> tuple[int, int]:
        """The limit's window around `now`."""
        if limit.window == "total":
            return 0, 2**62
        place = "*" if limit.scope in ("installation", "everywhere") else limit.tenant
        return self._calendar(place, limit.window).at(now)

    def move(self, tenant: str, now: int, zone: str) -> None:
        for kind in HALF_US:
            calendar = self._calendar(tenant, kind)
            calendar.at(now)
            calendar.move(now, zone)

    def _calendar(self, place: str, kind: str) -> Calendar:
        return self.calendars.setdefault((place, kind), Calendar(kind, "UTC"))

    def remove(self, limit: Limit) -> None:
        self.limits.pop(limit, None)
        self.grants = [one for one in self.grants if one.limit != limit]

    def grant(self, limit: Limit, person: str, amount: int, now: int) -> None:
        each = limit.scope == "role" or limit.subject == "*"
        self.grants.append(Granted(limit, person if each else "", amount, self.window(limit, now)[1]))

    def binding(self, tenant: str, channel: str, person: str, roles: Sequence[str], now: int) -> list[Limit]:
        """The limits that bind somebody now."""
        here = [one for one in self.limits if one.tenant == tenant and one.scope != "installation"]
        found = [one for one in self.limits if one.scope == "installation"]
        found += [one for one in here if one.scope == "tenant"]
        every = [one for one in self.limits if one.scope == "everywhere"]
        accounts = self.linked(person, now, now)
        mine = [one for one in every if one.subject in accounts]
        found += mine or [one for one in every if one.subject == "*"]
        if self.exempt in roles:
            return found
        found += [one for one in here if one.scope == "channel" and one.subject == channel]
        own = [one for one in here if one.scope == "person" and one.subject == person]
        everyone = [one for one in here if one.scope == "person" and one.subject == "*"]
        return found + (own or self._role(here, roles) or everyone)

    def _role(self, here: Iterable[Limit], roles: Sequence[str]) -> list[Limit]:
        mine = [one for one in here if one.scope == "role" and one.subject in roles]
        worth = {
            role: min(self.limits[one] * IN_A_MONTH[one.window] for one in mine if one.subject == role)
            for role in sorted({one.subject for one in mine})
        }
        best = [role for role in worth if worth[role] == max(worth.values())]
        return [one for one in mine if one.subject == best[0]]

    def room(self, limit: Limit, person: str, now: int) -> int:
        """How much may still be held under the limit."""
        start, end = self.window(limit, now)
        people = self.linked(person, start, now)
        mine = [one for one in self.charges.values() if self._counts(one, limit, person, people)]
        spent = sum(one.spent for one in mine if start <= one.moment < end)
        granted = sum(
            one.amount
            for one in self.grants
            if one.limit == limit and one.person in ("", person) and one.until > now
        )
        return self.limits[limit] + granted - spent - sum(one.held for one in mine)

    def _counts(self, charge: Charged, limit: Limit, person: str, people: set[str]) -> bool:
        if limit.scope == "installation":
            return True
        if limit.scope == "everywhere":
            return charge.person in people
        if charge.tenant != limit.tenant:
            return False
        if limit.scope == "tenant":
            return True
        if charge.approved:
            return False
        return charge.channel == limit.subject if limit.scope == "channel" else charge.person == person

    def judge(self, charge: Charged, roles: Sequence[str], hold: int, *, accepted: bool, now: int) -> None:
        """Raise Disagreement unless exactly what fits under every binding limit was accepted."""
        binding = self.binding(charge.tenant, charge.channel, charge.person, roles, now)
        if charge.approved:
            binding = [one for one in binding if one.scope in ("installation", "tenant", "everywhere")]
        rooms = {one: self.room(one, charge.person, now) for one in binding}
        short = {one: room for one, room in rooms.items() if room < hold}
        if accepted == bool(short):
            said = "accepted" if accepted else "refused"
            raise Disagreement(f"a hold of {hold} was {said}; room: {rooms}, short: {short}, at {now}")
