"""The lines of the audit log that settings, limits and grants make: one for each value that changes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any, cast

from bot.core.audit.entries import NO_LIMIT, Act, AuditEntry, entry_by
from bot.core.identity import Actor, Home
from bot.core.ledger import Budget
from bot.core.money import Micros
from bot.core.place_lists.projects import Project
from bot.core.place_lists.styles import Style
from bot.core.tenant import KEPT, Tenant


def settings_changed(old: Tenant, new: Tenant, by: Actor) -> list[AuditEntry]:
    """A line for each setting; of lists for each entry that came or went, of tables for each key."""
    found: list[AuditEntry] = []
    for field in fields(Tenant):
        before, after = getattr(old, field.name), getattr(new, field.name)
        if field.name in NAMED and before != after:
            found += _named(new.id, field.name, before, after, by)
        elif (field.name not in KEPT or field.name == "channel_projects") and before != after:
            found += _setting(new.id, field.name, before, after, by)
    return found


NAMED = ("projects", "styles")
"""Lists of the place whose entries have ids and names."""


def _named(
    tenant: str, name: str, before: Sequence[Project | Style], after: Sequence[Project | Style], by: Actor
) -> Iterable[AuditEntry]:
    """A line for each project or style that was added, changed or removed; called as it is now."""
    were, are = {one.id: one for one in before}, {one.id: one for one in after}
    for ident in sorted(key for key in were.keys() | are.keys() if were.get(key) != are.get(key)):
        old, new = were.get(ident), are.get(ident)
        subject = (new or old or after[0]).name
        yield entry_by(
            by, Act.SETTING, tenant=tenant, what=name, subject=subject, old=_entry(old), new=_entry(new)
        )


def _entry(one: Project | Style | None) -> str:
    match one:
        case None:
            return ""
        case Project():
            return f"{one.name}, closed" if one.closed else one.name
        case Style():
            options = [f"{name} {value}" for name, value in one.options.items()]
            return ", ".join(filter(None, (one.name, one.words, one.model, *options)))


def _setting(tenant: str, name: str, before: Any, after: Any, by: Actor) -> Iterable[AuditEntry]:
    for subject, old, new in _parts(before, after):
        yield entry_by(by, Act.SETTING, tenant=tenant, what=name, subject=subject, old=old, new=new)


def _parts(before: Any, after: Any) -> Iterable[tuple[str, str, str]]:
    """Subject, old and new value of everything that differs."""
    if isinstance(after, Mapping):
        was, now = cast(Mapping[str, Any], before), cast(Mapping[str, Any], after)
        keys = sorted(key for key in was.keys() | now.keys() if was.get(key) != now.get(key))
        return [(key, _text(was.get(key)), _text(now.get(key))) for key in keys]
    if isinstance(after, tuple):
        were, are = cast(Collection[str], before), cast(Collection[str], after)
        gone = [(item, item, "") for item in were if item not in are]
        return [*gone, *((item, "", item) for item in are if item not in were)]
    return [("", _text(before), _text(after))]


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case _:
            return str(value)


def limit_changed(old: Budget | None, new: Budget | None, by: Actor) -> list[AuditEntry]:
    """The line for a limit that was set, replaced or removed; none when it is as it was."""
    budget = new or old
    if budget is None or _limit(old) == _limit(new):
        return []
    what = f"{budget.scope}/{budget.window}"
    place = {"tenant": budget.tenant, "what": what, "subject": budget.subject}
    return [entry_by(by, Act.LIMIT, **place, old=_limit(old), new=_limit(new))]


def _limit(budget: Budget | None) -> str:
    if budget is None:
        return ""
    return NO_LIMIT if budget.limit is None else str(budget.limit)


def granted(budget: Budget, person: str, amount: Micros, by: Actor) -> AuditEntry:
    """The line for an extra amount under a limit."""
    subject = person if budget.per_person else budget.subject
    what = f"{budget.scope}/{budget.window}"
    return entry_by(by, Act.GRANT, tenant=budget.tenant, what=what, subject=subject, new=str(amount))


def home_changed(old: Home | None, new: Home) -> list[AuditEntry]:
    """A line for the place that a person chose to pay for them, and one for the place that no longer does.

    Neither place learns of the other.
    """
    if old is not None and old.tenant == new.tenant:
        return []
    person = Actor(tenant=new.tenant, person=new.person)
    found = [entry_by(person, Act.HOME, subject=new.person, new=new.tenant)]
    if old is not None:
        found.insert(0, entry_by(person, Act.HOME, tenant=old.tenant, subject=new.person, old=old.tenant))
    return found
