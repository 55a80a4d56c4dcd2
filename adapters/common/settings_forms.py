"""Settings as the fields of forms, on as many pages as they need.

A field is a whole setting, one capability's default model, or, where a list is longer than a select can
hold, one part of it. Its name says which, so a form is read without knowing how it was built.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.common.settings_table import GROUP_TITLES, LISTS, SETTINGS, Group, Kind, Setting, setting_of
from adapters.common.settings_values import Given, Names, as_is, parsed, revised
from bot.core.capability import Capability
from bot.core.errors import InvalidOrder, TooLate
from bot.core.tenant import Tenant
from bot.core.text.translation import gettext as _

_PART = re.compile(r"(?P<start>\d{1,6})-(?P<end>\d{1,6})\.(?P<mark>[0-9a-f]{8})")
_PICKED = LISTS - {Kind.PATTERNS, Kind.CAPABILITIES, Kind.WORDS, Kind.CHANNEL_TEXTS}
"""Kinds that are picked in lists of a limited length."""


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field of a form. `key` is the capability of a default model.

    `part` is set where the field shows only some values of a list: from where to where (from 0), and a
    checksum of the whole list, so that a form that was opened before the list changed is noticed.
    """

    row: Setting
    key: str = ""
    part: str = ""
    values: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The field's id, at most 60 characters."""
        return self.row.name + (f".{self.key}" if self.key else "") + (f"@{self.part}" if self.part else "")

    @property
    def title(self) -> str:
        """The label."""
        if self.key:
            return _("Model for {capability}").format(capability=self.key)
        if self.part:
            start = int(self.part.partition("-")[0])
            return _("{title}, from {number}").format(title=_(self.row.title)[:34], number=start + 1)
        return _(self.row.title)


@dataclass(frozen=True, kw_only=True)
class FormPage:
    """One form: `name` leads back to it, `title` is short enough for a button."""

    name: str
    title: str
    fields: Sequence[Field]


def field_of(name: str) -> Field:
    """The field that a form or a person names. Raises InvalidOrder for a name that is none."""
    whole, _at, part = name.partition("@")
    base, _dot, key = whole.partition(".")
    if not key and base.lower().replace("-", "_").startswith("default_"):
        base, key = "defaults", base[len("default_") :]
    row = setting_of(base)
    if key and (row.kind is not Kind.MODELS or key not in set(Capability)):
        raise InvalidOrder(_("There is no setting called “{name}”.").format(name=name[:40]), field="setting")
    if part and (row.kind not in _PICKED or not _PART.fullmatch(part)):
        raise InvalidOrder(_("There is no setting called “{name}”.").format(name=name[:40]), field="setting")
    return Field(row=row, key=key, part=part)


def fields_of(row: Setting, tenant: Tenant, most: int) -> list[Field]:
    """The fields of a row, at most `most` values in each; after a full part comes an empty one."""
    value: Any = getattr(tenant, row.name)
    if row.kind is Kind.MODELS:
        return [Field(row=row, key=one, values=(value[one],) if one in value else ()) for one in Capability]
    if row.kind not in _PICKED:
        return [Field(row=row)]
    if len(value) < most:
        return [Field(row=row, values=tuple(value))]
    return [
        Field(
            row=row, part=f"{start}-{start + most}.{_mark(value)}", values=tuple(value[start : start + most])
        )
        for start in range(0, len(value) + 1, most)
    ]


def _mark(values: Sequence[str]) -> str:
    return f"{zlib.crc32(','.join(values).encode()):08x}"


def pages_of(
    tenant: Tenant, *, fields: int, values: int, rows: Sequence[Setting] = SETTINGS
) -> list[FormPage]:
    """All settings on forms of at most `fields` fields, each field of at most `values` chosen values."""
    pages: list[FormPage] = []
    for group in Group:
        mine = [field for row in rows if row.group is group for field in fields_of(row, tenant, values)]
        for number, start in enumerate(range(0, len(mine), fields), start=1):
            title = _(GROUP_TITLES[group]) + (f" {number}" if number > 1 else "")
            pages.append(FormPage(name=f"{group}.{number}", title=title, fields=mine[start : start + fields]))
    return pages


def problems_of(given: Mapping[str, Given], ident: Names = as_is) -> dict[str, str]:
    """What is wrong with a form, by field; {} where it can be saved."""
    wrong: dict[str, str] = {}
    for name, value in given.items():
        try:
            changes_of(Tenant(id=""), {name.partition("@")[0]: value}, ident)
        except InvalidOrder as error:
            wrong[name] = error.message
    return wrong


def changes_of(now: Tenant, given: Mapping[str, Given], ident: Names = as_is) -> dict[str, Any]:
    """The fields of `Tenant` that a form or a command changes; what it does not name stays.

    Raises InvalidOrder for a name or value that is none, TooLate where part of a list was chosen and the
    list has changed since.
    """
    changes: dict[str, Any] = {}
    for name, value in given.items():
        field = field_of(name)
        before: Any = changes.get(field.row.name, getattr(now, field.row.name))
        changes[field.row.name] = _changed(field, now, before, value, ident)
    return changes


def _changed(field: Field, now: Tenant, before: Any, given: Given, ident: Names) -> Any:
    if field.key:
        model = given if isinstance(given, str) else next(iter(given), "")
        only = parsed(field.row, [f"{field.key}={model.strip()}"], ident)
        return {**{name: kept for name, kept in before.items() if name != field.key}, **only}
    if field.part:
        return _with_part(field, getattr(now, field.row.name), before, parsed(field.row, given, ident))
    return revised(field.row, before, given, ident)


def _with_part(
    field: Field, now: Sequence[str], before: Sequence[str], chosen: Sequence[str]
) -> tuple[str, ...]:
    """A list of which one part was chosen again."""
    part = _PART.fullmatch(field.part)
    if part is None or part["mark"] != _mark(now):
        raise TooLate(
            _("This list was changed while the form was open. Nothing was saved. Please open the form again.")
        )
    gone = set(now[int(part["start"]) : int(part["end"])]) - set(chosen)
    return tuple(dict.fromkeys([*(one for one in before if one not in gone), *chosen]))
