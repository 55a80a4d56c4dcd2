"""Lists of several pages: what a first look shows, and what “Next”, “Back” and “Older” show.

A button carries `page:<list>:<number>:<rest>`; the list is read again when it is pressed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from adapters.common import wording
from adapters.common.audit.pages import wanted_by
from adapters.common.audit.table import audit_csv
from adapters.common.audit.words import audit_title
from adapters.common.spending_table import as_csv
from adapters.slack.context import AdapterContext
from adapters.slack.delivery.private_files import hand_over
from adapters.slack.intake.payload import Inbound
from adapters.slack.views import admin as admin_view
from adapters.slack.views import admin_texts, texts
from adapters.slack.views import lists as list_view
from adapters.slack.views.layout import Message, section
from bot.core.capability import Capability
from bot.core.command_parser import read
from bot.core.errors import TooLate
from bot.core.options import OPTIONS
from bot.core.request import Actor
from bot.use_cases.reports import AUDIT_MAX, MOST_DAYS

_HISTORY = [option for option in OPTIONS if option.name == "project"]
_ADMINS = ("budgets", "settings", "report", "audit")
"""Lists for which Slack is asked again who is an admin."""
_FILES = {"audit": "audit", "report": "spending"}
"""Lists that can be had as a file, and how it is called."""
ReadPage = Callable[[Actor, int, str], Awaitable[Message]]


class Pages:
    """Reads a list and shows one page of it."""

    def __init__(self, adapter: AdapterContext) -> None:
        self._adapter = adapter
        self._lists: dict[str, ReadPage] = {
            "budgets": self.budgets,
            "settings": self.settings,
            "report": self.report,
            "audit": self.audit,
            "models": self.models,
            "balance": self.balance,
            "history": self.history,
            "running": self.running,
        }

    async def turned(self, inbound: Inbound, carried: str) -> None:
        """A button under a list. Raises Refusal or DeliveryError."""
        _, name, number, rest = [*carried.split(":", 3), "", "", ""][:4]
        read = self._lists.get(name)
        if read is None or not number.isdecimal() or len(number) > 6:
            raise TooLate(texts.outdated())
        actor = await self._adapter.people.actor(inbound, fresh=name in _ADMINS)
        message = await read(actor, int(number), rest)
        seen_by_one = bool((inbound.body.get("container") or {}).get("is_ephemeral"))
        if seen_by_one and await self._adapter.message_routes.replace_private(inbound.address, message):
            return
        await self._adapter.message_routes.private(inbound.address, message)

    async def budgets(self, actor: Actor, number: int = 0, _rest: str = "") -> Message:
        """All budgets. Raises NotAllowed for people who are no admins, as `settings` and `report` do."""
        return admin_view.budgets(await self._adapter.admin.budgets(actor), number)

    async def settings(self, actor: Actor, number: int = 0, _rest: str = "") -> Message:
        """All settings."""
        standing = await self._adapter.admin.budgets(actor)
        return admin_view.settings(await self._adapter.admin.tenant(actor), number, standing)

    async def report(self, actor: Actor, number: int = 0, rest: str = "") -> Message:
        """Who spent what in the last `rest` days; in a month where nothing is said."""
        return admin_view.report(await self._adapter.admin.report(actor, days=_days(rest)), number)

    async def audit(self, actor: Actor, _number: int = 0, rest: str = "") -> Message:
        """Who changed what: the filter, and the line that the page begins after."""
        wanted = wanted_by(rest, "slack")
        return admin_view.audit(await self._adapter.admin.audit(actor, wanted), wanted)

    async def as_file(self, inbound: Inbound, carried: str) -> None:
        """A button under the audit log or a report: all of it as CSV. Raises Refusal or DeliveryError."""
        _, name, rest = [*carried.split(":", 2), "", "", ""][:3]
        actor = await self._adapter.people.actor(inbound, fresh=True)
        match name:
            case "audit":
                wanted = replace(wanted_by(rest, "slack"), before=0)
                found = await self._adapter.admin.audit(actor, wanted, limit=AUDIT_MAX)
                title, table = audit_title(), audit_csv(found.entries, found.names)
            case "report":
                sums = (await self._adapter.admin.report(actor, days=_days(rest))).spending
                title, table = wording.spent_in(sums.spent, len(sums.period.dates)), as_csv(sums)
            case _:
                raise TooLate(texts.outdated())
        await hand_over(self._adapter, inbound.address, [(f"{_FILES[name]}.csv", table)], title)
        said = admin_texts.file_in_direct_message()
        if not inbound.address.is_direct:
            await self._adapter.message_routes.private(
                inbound.address, Message(text=said, blocks=[section(said)])
            )

    async def models(self, actor: Actor, number: int = 0, rest: str = "") -> Message:
        """Models: a capability, and words to search for."""
        first, _, query = rest.strip().partition(" ")
        capability = Capability(first) if first in set(Capability) else None
        words = query.strip() if capability else rest.strip()
        found = await self._adapter.service.models(actor, words, capability, details=True)
        return list_view.models(found, words, capability, number)

    async def balance(self, actor: Actor, number: int = 0, _rest: str = "") -> Message:
        """What is left."""
        return list_view.balance(await self._adapter.service.balance(actor), number)

    async def history(self, actor: Actor, _number: int = 0, rest: str = "") -> Message:
        """Past requests: `all` for everyone's, behind a colon the request that the page begins after, then a
        project; typed words may name one: `all --project acme`.
        """
        typed = read(rest.strip(), _HISTORY, command="history")
        whose, before, named = [*typed.text.split(":"), "", ""][:3]
        wanted = named or typed.options.get("project", "")
        project = (await self._adapter.admin.projects.find(actor, wanted)).id if wanted else ""
        everyone, most = whose.lower() == "all", list_view.HISTORY + 1
        found = await self._adapter.service.history(
            actor, everyone=everyone, limit=most, before=before, project=project
        )
        if not everyone and not project:
            found = await self._adapter.service.links.beside(actor, found, limit=most, before=before)
        reader = "" if everyone else actor.person
        return list_view.history(found, reader=reader, before=before, project=project)

    async def running(self, actor: Actor, number: int = 0, _rest: str = "") -> Message:
        """What can be cancelled."""
        return list_view.running(await self._adapter.service.running(actor), number)


def _days(text: str) -> int:
    return min(max(int(text), 1), MOST_DAYS) if text.isdecimal() and len(text) < 9 else 30
