"""Projects: what an order is for, so that spending can be limited and looked at by project.

Admins keep the list. A project has an id that is stored with orders and charges, and a name that may change.
A closed project takes no orders; what was spent for it stays.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.core.errors import InvalidOrder
from bot.core.place_lists.names import NONE, advice, find, folded, new_name
from bot.core.text.translation import gettext as _

PROJECTS_MAX = 200
"""Projects of one place, closed ones included."""
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


@dataclass(frozen=True, kw_only=True)
class Project:
    """One project of a place."""

    id: str
    name: str
    closed: bool = False


Projects = Sequence[Project]


def new_id(prefix: str) -> str:
    """`prj_` or `sty_` and ten random characters."""
    return f"{prefix}_" + "".join(secrets.choice(_ALPHABET) for _number in range(10))


def open_projects(projects: Projects) -> list[Project]:
    """Those that take orders, by name."""
    return sorted((one for one in projects if not one.closed), key=lambda one: folded(one.name))


def project_named(projects: Projects, name: str) -> Project:
    """The project with this name or id, also a closed one. Raises InvalidOrder with the nearest names."""
    found = find(name, projects)
    if found is None:
        said = _("There is no project “{name}” here.").format(name=name[:60])
        near = advice(name, [one.name for one in open_projects(projects)])
        raise InvalidOrder(f"{said} {near} " + _("Nothing was charged."), field="project")
    return found


def project_for_order(projects: Projects, name: str) -> Project | None:
    """The project that an order names; None for `none`. Raises InvalidOrder, also for a closed one."""
    if folded(name) == NONE:
        return None
    found = project_named(projects, name)
    if found.closed:
        text = _("The project “{name}” is closed and takes no more orders. Nothing was charged.")
        raise InvalidOrder(text.format(name=found.name), field="project")
    return found


def added(projects: Projects, name: str) -> tuple[Project, ...]:
    """With a new project at the end. Raises InvalidOrder."""
    if len(projects) >= PROJECTS_MAX:
        text = _("A place can have at most {most} projects, closed ones included.")
        raise InvalidOrder(text.format(most=PROJECTS_MAX), field="project")
    return (*projects, Project(id=new_id("prj"), name=new_name(name, projects, field="project")))


def renamed(projects: Projects, old: str, new: str) -> tuple[Project, ...]:
    """With another name for one. Raises InvalidOrder."""
    found = project_named(projects, old)
    others = [one for one in projects if one.id != found.id]
    return _replaced(projects, replace(found, name=new_name(new, others, field="project")))


def closed(projects: Projects, name: str, *, is_closed: bool = True) -> tuple[Project, ...]:
    """With one closed, or open again. Raises InvalidOrder."""
    return _replaced(projects, replace(project_named(projects, name), closed=is_closed))


def _replaced(projects: Projects, changed: Project) -> tuple[Project, ...]:
    return tuple(changed if one.id == changed.id else one for one in projects)


def name_of(projects: Projects, project_id: str) -> str:
    """A project's name by its id; the id itself where there is none."""
    return next((one.name for one in projects if one.id == project_id), project_id)
