"""Lists of several pages: what a first look shows, and what “Next”, “Back” and “Older” show."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable

from discord import ui

from adapters.common.audit.pages import wanted_by
from adapters.discord.context import AdapterContext, context_of
from adapters.discord.identity import actor_of, snowflake
from adapters.discord.responses import Interaction, redraw
from adapters.discord.views import admin as admin_view
from adapters.discord.views import lists as list_view
from adapters.discord.views import texts
from bot.core.capability import Capability
from bot.core.errors import NotFound
from bot.core.request import Actor

_SUBJECT = 60
"""Characters of a button's subject."""


async def turned(interaction: Interaction, subject: str, number: int) -> None:
    """A button under a list: the list is read again and another page of it shown."""
    name, _, rest = subject.partition(".")
    read = _LISTS.get(name)
    if read is None:
        raise NotFound(texts.outdated_button())
    await interaction.response.defer()
    await redraw(interaction, await read(context_of(interaction), await actor_of(interaction), rest, number))


async def budgets(context: AdapterContext, actor: Actor, _rest: str = "", number: int = 0) -> ui.LayoutView:
    """All budgets. Raises NotAllowed for people who are no admins, as `settings` does."""
    return admin_view.budgets(await context.admin.budgets(actor), number)


async def settings(context: AdapterContext, actor: Actor, _rest: str = "", number: int = 0) -> ui.LayoutView:
    """All settings, and what binds everybody."""
    lines = await context.admin.budgets(actor)
    return admin_view.settings(await context.admin.tenant(actor), number, lines)


async def audit(context: AdapterContext, actor: Actor, rest: str = "", _number: int = 0) -> ui.LayoutView:
    """Who changed what, as `/audit`: the filter, and the line that the page begins after."""
    wanted = wanted_by(rest, "discord")
    return admin_view.audit(await context.admin.audit(actor, wanted), wanted)


async def balance(context: AdapterContext, actor: Actor, _rest: str = "", number: int = 0) -> ui.LayoutView:
    """What is left, and what is under way."""
    payer = await context.payers.name_of(snowflake(actor.tenant)) if actor.elsewhere else ""
    return list_view.balance(
        await context.service.balance(actor), await context.service.running(actor), number, payer=payer
    )


async def history(
    context: AdapterContext, actor: Actor, rest: str = "mine", _number: int = 0
) -> ui.LayoutView:
    """Past requests: `mine` or `all`, behind a dot the request that the page begins after, then a project."""
    whose, before, project = [*rest.split("."), "", ""][:3]
    everyone = whose == "all"
    most = list_view.HISTORY + 1
    requests = await context.service.history(
        actor, everyone=everyone, limit=most, before=before, project=project
    )
    if not everyone and not project:
        requests = await context.service.links.beside(actor, requests, limit=most, before=before)
    reader = "" if everyone else actor.person
    return list_view.history(requests, reader=reader, before=before, project=project)


async def history_of(context: AdapterContext, actor: Actor, project: str, *, everyone: bool) -> str:
    """What `history` reads. Raises InvalidOrder for an unknown project."""
    found = await context.admin.projects.find(actor, project) if project else None
    whose = "all" if everyone else "mine"
    return f"{whose}..{found.id}" if found else whose


async def models(context: AdapterContext, actor: Actor, rest: str = "all.", number: int = 0) -> ui.LayoutView:
    """Models: a capability or `all`, and behind a dot the words searched for."""
    name, _, packed = rest.partition(".")
    wanted = Capability(name) if name in set(Capability) else None
    found = await context.service.models(actor, _unpacked(packed), wanted, details=True)
    tenant = await context.service.tenant(actor.tenant)
    subject = f"models.{rest}"
    fits = subject if len(subject) <= _SUBJECT else ""
    return list_view.models(found, wanted, tenant.defaults, fits, number)


def models_named(capability: Capability | None, search: str) -> str:
    """What `models` reads: base64 of the words, since a button's id takes few characters."""
    packed = base64.urlsafe_b64encode(search.encode()).decode().rstrip("=")
    return f"{capability or 'all'}.{packed}"


def _unpacked(packed: str) -> str:
    try:
        return base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise NotFound(texts.outdated_models_button()) from None


_LISTS: dict[str, Callable[[AdapterContext, Actor, str, int], Awaitable[ui.LayoutView]]] = {
    "budgets": budgets,
    "settings": settings,
    "audit": audit,
    "balance": balance,
    "history": history,
    "models": models,
}
