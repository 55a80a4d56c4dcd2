"""Who changed what: `GET /api/admin/audit`, and `/audit` in the box."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from adapters.common.audit.table import audit_csv, facts
from adapters.common.audit.words import AuditWords, act_of, audit_title, nothing_yet
from adapters.common.budget_words import BudgetWords
from adapters.web import texts
from adapters.web.context import AdapterContext, number
from bot.core.audit.entries import AuditFilter
from bot.core.errors import InvalidOrder
from bot.core.identity import DAY_US
from bot.core.ledger import Budget, Scope
from bot.core.request import Actor
from bot.core.text.dates import utc
from bot.use_cases.reports import AUDIT_MAX

_DAYS_MAX = 3660
_LINES = 50


class Audit:
    """Handlers for admins; the core checks again that they are."""

    def __init__(self, context: AdapterContext) -> None:
        self._context = context
        place = context.authentication.demo_place
        self._place = place

        def named(budget: Budget) -> str:
            return texts.this_channel() if budget.scope is Scope.CHANNEL else place.name_of(budget.subject)

        self._words = AuditWords(budgets=BudgetWords(place=texts.place(), names=named), names=place.shown)

    def routes(self) -> list[web.RouteDef]:
        """The table of this handler."""
        return [web.get("/api/admin/audit", self._context.inside(self.handle))]

    async def handle(self, request: web.Request, actor: Actor) -> web.Response:
        """A page of lines, by `person`, `kind` and `days`; `before` is `older` of the page before.

        `format=csv` is all of them as a file.
        """
        query = request.query
        wanted = self._filter(
            person=query.get("person", ""),
            kind=query.get("kind", ""),
            days=number(request, "days", 0, 0, _DAYS_MAX),
            before=number(request, "before", 0, 0, 2**53),
        )
        if query.get("format") == "csv":
            found = await self._context.admin.audit(actor, wanted, limit=AUDIT_MAX)
            headers = {"Content-Disposition": "attachment;filename=audit.csv"}
            body = audit_csv(found.entries, found.names)
            return web.Response(body=body, content_type="text/csv", charset="utf-8", headers=headers)
        return web.json_response(await self._page(actor, wanted, number(request, "limit", _LINES, 1, 500)))

    async def typed(self, actor: Actor, rest: str) -> dict[str, Any]:
        """`/audit mia limit 30`: a person, a kind, a number of days, in any order. Raises InvalidOrder."""
        given: dict[str, Any] = {"person": "", "kind": "", "days": 0}
        for word in rest.split():
            if word.isdecimal() and len(word) < 5:
                given["days"] = int(word)
            elif self._place.find(word.lower()) is not None:
                given["person"] = word
            else:
                given["kind"] = word
        return await self._page(actor, self._filter(**given), _LINES)

    def _filter(self, *, person: str, kind: str, days: int, before: int = 0) -> AuditFilter:
        found = self._place.find(person.lower()) if person else None
        if person and found is None and ":" not in person:
            names = ", ".join(item.name for item in self._place.people)
            raise InvalidOrder(texts.nobody_here_called(person[:40], names), field="person")
        return AuditFilter(
            person=found.id if found else person[:100],
            act=act_of(kind) if kind else None,
            since=self._context.service.clock.now() - days * DAY_US if days else 0,
            before=before,
        )

    async def _page(self, actor: Actor, wanted: AuditFilter, limit: int) -> dict[str, Any]:
        found = await self._context.admin.audit(actor, wanted, limit=limit)
        lines = [{**facts(one, found.names), "text": self._words.line(one, utc)} for one in found.entries]
        title = audit_title() if lines else nothing_yet()
        return {"title": title, "lines": lines, "older": found.older or None}
