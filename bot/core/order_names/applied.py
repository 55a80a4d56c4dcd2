"""Puts the project and the style that an order names into it. Pure, except that it reads the catalogue.

`style` is one option for two things. A name of a style of the place is that style; anything else is the
gateway's own parameter, which validation then judges. No style of a place can have the name of one of the
gateway's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields, replace
from typing import Any

from bot.core.capability import Capability, about
from bot.core.catalog import Catalog
from bot.core.drafts import draft
from bot.core.errors import InvalidOrder
from bot.core.options import options_of, public_name
from bot.core.place_lists.names import NONE, advice, find, folded
from bot.core.place_lists.projects import Project, project_for_order
from bot.core.place_lists.styles import GATEWAY_STYLES, OPTIONS_MAX, AppliedStyle, Style
from bot.core.request import Actor, EditOrder, GenerateOrder, OrderOf, P
from bot.core.tenant import Tenant
from bot.core.text.translation import gettext as _

_NOT_IN_STYLES = frozenset(("prompt", "model", "image", "mask", "project", "system"))


def with_names(order: OrderOf[P], actor: Actor, tenant: Tenant, catalog: Catalog) -> OrderOf[P]:
    """The order with its project and style found by their names. Raises InvalidOrder."""
    order = with_project(order, _project(order, actor, tenant))
    return _with_style(order, tenant, catalog)


def with_project(order: OrderOf[P], project: Project | None) -> OrderOf[P]:
    """The order for a project, or for none, which an order keeps that said so."""
    if project is not None:
        return replace(order, project=project.id, project_name=project.name)
    return replace(order, project=None if order.project is None else "", project_name="")


def check_project(order: OrderOf[P], tenant: Tenant) -> None:
    """Raise InvalidOrder for an order that waited, and whose project was closed in the meantime."""
    if order.project and find(order.project, tenant.projects) is not None:
        project_for_order(tenant.projects, order.project)


def _project(order: OrderOf[P], actor: Actor, tenant: Tenant) -> Project | None:
    said = order.project
    if said == "":
        return None
    if said is None or (order.project_name and find(said, tenant.projects) is None):
        # An order that is repeated where another place pays names a project that does not exist there.
        return tenant.project_in(actor)
    return project_for_order(tenant.projects, said)


def _with_style(order: OrderOf[P], tenant: Tenant, catalog: Catalog) -> OrderOf[P]:
    said = vars(order).get("style")
    if said is None:
        return order
    if folded(said) == NONE:
        return replace(order, style=None, styled=None)
    found = find(said, tenant.styles)
    if found is not None:
        return styled(replace(order, style=None), found, catalog)
    if folded(said) not in {folded(one) for one in gateway_styles(order, catalog)}:
        raise InvalidOrder(_no_style(order, said, tenant, catalog), field="style")
    return order


def gateway_styles(order: OrderOf[P], catalog: Catalog) -> tuple[str, ...]:
    """The values of the gateway's own `style` that an order can have; none where it takes none."""
    if not isinstance(order, GenerateOrder | EditOrder):
        return ()
    model = catalog.find(order.model) if order.model else None
    return tuple((model.choices.get("style") if model else None) or GATEWAY_STYLES)


def _no_style(order: OrderOf[P], said: str, tenant: Tenant, catalog: Catalog) -> str:
    known = [*(one.name for one in tenant.styles), *gateway_styles(order, catalog)]
    text = _("There is no style “{name}” here.").format(name=said[:60])
    return f"{text} {advice(said, known)} " + _("Nothing was charged.")


def styled(order: OrderOf[P], style: Style, catalog: Catalog) -> OrderOf[P]:
    """The order in a style: its words, and its model and options where the person has named none."""
    applied = AppliedStyle(name=style.name, words=style.words)
    changes: dict[str, Any] = {"styled": applied, **_given(order, style)}
    if style.model and not order.model and _does(catalog, style.model, order.capability):
        changes["model"] = style.model
    return replace(order, **changes)


def _does(catalog: Catalog, name: str, capability: Capability) -> bool:
    model = catalog.find(name)
    return model is None or capability in model.capabilities


def _given(order: OrderOf[P], style: Style) -> dict[str, Any]:
    """The options of the style that this order takes and has not been given."""
    known = {option.name for option in options_of(order.capability)}
    usable = {name: value for name, value in style.options.items() if name in known}
    values = draft(order.capability, usable).values
    return {name: value for name, value in values.items() if getattr(order, name) == _default(order, name)}


def _default(order: OrderOf[P], name: str) -> Any:
    found = next(one for one in fields(order) if one.name == name)
    return None if found.default is MISSING else found.default


def style_options(given: Mapping[str, str]) -> dict[str, str]:
    """The options of a style by their public names. Raises InvalidOrder for one that no style can have."""
    found = {public_name(name): value for name, value in given.items()}
    if len(found) > OPTIONS_MAX:
        text = _("A style can have at most {most} options.")
        raise InvalidOrder(text.format(most=OPTIONS_MAX), field="options")
    takers = {name: _takers(name) for name in found}
    for name, capabilities in takers.items():
        if name in _NOT_IN_STYLES or not capabilities:
            text = _("“{name}” cannot be an option of a style.")
            raise InvalidOrder(text.format(name=name[:40]), field="options")
        draft(capabilities[0], {name: found[name]})
    return found


def _takers(name: str) -> list[Capability]:
    return [
        item
        for item in Capability
        if about(item).takes_prompt and name in {one.name for one in options_of(item)}
    ]


def carried(changes: Mapping[str, Any], order: OrderOf[Any]) -> dict[str, Any]:
    """The changes with what goes over from an order to what is made from its result: its project where they
    name none, and that it is hidden.
    """
    kept = {"hidden": True} if order.hidden else {}
    if changes.get("project") is None:
        kept |= {"project": order.project, "project_name": order.project_name}
    return {**changes, **kept}
