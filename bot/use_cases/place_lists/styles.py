"""The styles of a place: everybody may see and use them, its admins change them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.core.capability import Capability
from bot.core.catalog import Catalog
from bot.core.errors import InvalidOrder
from bot.core.order_names.applied import style_options
from bot.core.place_lists.names import advice, find, folded
from bot.core.place_lists.projects import new_id
from bot.core.place_lists.styles import Style, style_name, style_words, with_style
from bot.core.ports.store import Store
from bot.core.request import Actor
from bot.core.tenant import Tenant
from bot.core.text.translation import gettext as _
from bot.use_cases.place_lists.projects import changed_by_admin


class StyleList:
    """Styles by their names. What changes them raises NotAllowed for people who are not admins."""

    def __init__(self, store: Store, catalog: Catalog) -> None:
        self._store = store
        self._catalog = catalog

    async def all(self, actor: Actor) -> list[Style]:
        """Every style of the actor's place, by name."""
        known = (await self._store.tenant(actor.tenant)).styles
        return sorted(known, key=lambda one: folded(one.name))

    async def set(
        self,
        actor: Actor,
        name: str,
        words: str,
        *,
        model: str = "",
        options: Mapping[str, str] | None = None,
    ) -> Style:
        """A new style, or another in the place of the one of that name. `options` by public names.

        Raises InvalidOrder and UnknownModel for what cannot be, WordsBlocked for blocked words.
        """
        style = Style(
            id=new_id("sty"),
            name=style_name(name, self._gateway_names()),
            words=style_words(words),
            model=model.strip(),
            options=style_options(options or {}),
        )
        if style.model:
            self._catalog.require(style.model)

        def changed(now: Tenant) -> dict[str, object]:
            now.check_words((style.words,))
            old = find(style.name, now.styles)
            return {"styles": with_style(now.styles, replace(style, id=old.id) if old else style)}

        await changed_by_admin(self._store, actor, changed)
        return style

    async def remove(self, actor: Actor, name: str) -> None:
        """Remove a style; orders that were accepted with it stay as they are. Raises InvalidOrder."""

        def changed(now: Tenant) -> dict[str, object]:
            found = style_named(now, name)
            return {"styles": tuple(one for one in now.styles if one.id != found.id)}

        await changed_by_admin(self._store, actor, changed)

    def _gateway_names(self) -> set[str]:
        """What the listed models call their own styles."""
        listed = self._catalog.search("", Capability.GENERATE, None)
        return {one for model in listed for one in model.choices.get("style") or ()}


def style_named(tenant: Tenant, name: str) -> Style:
    """The style with that name. Raises InvalidOrder with the nearest names."""
    found = find(name, tenant.styles)
    if found is None:
        text = _("There is no style “{name}” here.").format(name=name[:60])
        raise InvalidOrder(f"{text} {advice(name, [one.name for one in tenant.styles])}", field="style")
    return found
