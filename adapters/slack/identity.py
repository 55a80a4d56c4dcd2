"""Who is asking: a Slack person as the core's `Actor`, with what Slack vouches for at that moment.

Admins are the workspace's own admins and owners and whoever the operator lists. User groups stand where
Discord has roles. People of other organisations (Slack Connect) are refused unless the operator serves them.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from weakref import WeakValueDictionary

import structlog
from cachetools import TTLCache

from adapters.common.settings_table import Kind
from adapters.slack.addressing import Address, address_of
from adapters.slack.client import Api
from adapters.slack.installation import WorkspaceInstallation
from adapters.slack.intake.payload import Inbound
from adapters.slack.views import texts
from bot.core.errors import InvalidOrder, NotAllowed
from bot.core.errors.outside import DeliveryError
from bot.core.identity import Via
from bot.core.ports.for_adapters import Clock
from bot.core.request import Actor, ReplyTo
from bot.core.text.translation import chosen, language, speak
from bot.settings import Settings

log = structlog.get_logger(__name__)

KEPT_S = 300
"""How long a person's name and user groups are remembered; for an admin's acts Slack is asked again."""
_MOST_KEPT = 5000
_MENTIONS = {
    Kind.PEOPLE: re.compile(r"(?:slack:|<@)?([UW][A-Z0-9]+)(?:\|[^>]*)?>?"),
    Kind.CHANNEL: re.compile(r"(?:slack:|<#)?([CGD][A-Z0-9]+)(?:\|[^>]*)?>?"),
    Kind.ROLES: re.compile(r"(?:slack:|<!subteam\^)?(S[A-Z0-9]+)(?:\|[^>]*)?>?"),
}
_MENTIONS[Kind.CHANNELS] = _MENTIONS[Kind.CHANNEL]
_EXAMPLES = {Kind.PEOPLE: "@ada", Kind.ROLES: "@designers"}


@dataclass(frozen=True, kw_only=True)
class _UserGroup:
    name: str
    users: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class _Person:
    name: str
    team: str
    enterprise: str
    is_admin: bool
    is_stranger: bool
    is_guest: bool
    is_bot: bool
    has_left: bool
    language: str


def slack_id(raw: str) -> str:
    """`U123` → `slack:U123`: ids carry their platform."""
    return f"slack:{raw}"


def raw_id(known: str) -> str:
    """`slack:U123` → `U123`."""
    return known.removeprefix("slack:")


def mentioned(kind: Kind, word: str) -> str:
    """`<@U1|ada>`, `<#C1>`, `<!subteam^S1>` or a bare id as an id with its platform. Raises InvalidOrder."""
    found = _MENTIONS[kind].fullmatch(word)
    if found is None:
        example = _EXAMPLES.get(kind, "#general")
        raise InvalidOrder(texts.unknown_mention(word[:40], example), field="setting")
    return slack_id(found[1])


def tenant_of(installation: WorkspaceInstallation) -> str:
    """Budgets belong to the organisation where there is one, else to the workspace."""
    return slack_id(installation.enterprise or installation.team)


class People:
    """Looks people up, remembering what it saw for a while."""

    def __init__(self, *, api: Api, settings: Settings, clock: Clock) -> None:
        self._api = api
        self._settings = settings
        kept_us = KEPT_S * 1_000_000
        self._known: TTLCache[tuple[str, str], _Person] = TTLCache(_MOST_KEPT, kept_us, clock.now)
        self._groups: TTLCache[str, Mapping[str, _UserGroup]] = TTLCache(_MOST_KEPT, kept_us, clock.now)
        self._locks: WeakValueDictionary[tuple[str, ...], asyncio.Lock] = WeakValueDictionary()

    async def actor(self, inbound: Inbound, *, fresh: bool = False) -> Actor:
        """The person behind a payload. `fresh` asks Slack again, for what only an admin may do.

        Raises NotAllowed for people of other organisations, DeliveryError where Slack does not say who
        it is.
        """
        where = inbound.address
        installation = await self._api.installation(where)
        person = await self._person(where, installation, fresh=fresh)
        if person.language:
            speak(person.language)
        home = inbound.user_team or person.team
        if person.is_bot:
            raise NotAllowed(texts.no_other_apps())
        external = self._is_external(installation, home, person)
        if external and not self._settings.slack_allow_external:
            raise NotAllowed(texts.guest_of_another_organisation())
        payer, here = await self._tenant(installation, home), tenant_of(installation)
        return Actor(
            tenant=payer,
            place="" if payer == here else here,
            via=Via.DIRECT if where.is_direct else Via.HERE,
            person=slack_id(where.user),
            name=person.name,
            channel=slack_id(where.channel) if where.channel else "",
            # User groups are those of this workspace; another one that pays has its own.
            roles=await self._roles(where, installation, where.user) if payer == here else (),
            is_admin=person.is_admin or where.user in self._settings.slack_admins,
            # Whom their own workspace pays for is no guest of it, wherever they ask.
            guest=person.is_guest or (external and payer == here),
            language=language(),
        )

    async def language(self, inbound: Inbound) -> str:
        """The language of the person's Slack, as far as it is remembered: a form must open at once.

        `actor` asks Slack, and goes on in the language that it finds.
        """
        where = inbound.address
        installation = await self._api.installation(where)
        known = self._known.get((installation.team, where.user))
        return known.language if known else ""

    async def place(self, inbound: Inbound) -> str:
        """The tenant of the workspace in which this happens. Raises DeliveryError."""
        return tenant_of(await self._api.installation(inbound.address))

    async def present(self, actor: Actor, reply_to: ReplyTo) -> Actor | None:
        """The actor with the user groups they are in now (`for_adapters.Members`); None: they left."""
        where = address_of(reply_to)
        try:
            installation = await self._api.installation(where)
            person = await self._person(where, installation, fresh=False)
            # User groups are those of this workspace; another one that pays has its own.
            here = actor.tenant == tenant_of(installation)
            roles = await self._roles(where, installation, where.user) if here else ()
        except DeliveryError as error:
            log.info("member_unknown", error=error.code)
            return replace(actor, roles=())
        if person.has_left:
            return None
        external = here and self._is_external(installation, person.team, person)
        return replace(actor, roles=roles, guest=person.is_guest or external)

    async def somebody(self, inbound: Inbound, beside: Actor, person: str) -> Actor:
        """Another person with their user groups, as if they asked where `beside` does."""
        where = replace(inbound.address, user=raw_id(person))
        installation = await self._api.installation(where)
        groups = await self._roles(where, installation, where.user)
        found = Actor(tenant=beside.tenant, person=person, channel=beside.channel, roles=groups)
        try:
            known = await self._person(where, installation, fresh=False)
        except DeliveryError as error:
            log.info("person_unknown", error=error.code)
            return found
        return replace(found, guest=known.is_guest or self._is_external(installation, known.team, known))

    async def names(self, inbound: Inbound, people: Sequence[str]) -> Mapping[str, str]:
        """How people are called, by bare ids; whom Slack does not tell of is left out."""
        where = inbound.address
        installation = await self._api.installation(where)
        found: dict[str, str] = {}
        for user in people:
            try:
                person = await self._person(replace(where, user=user), installation, fresh=False)
            except DeliveryError as error:
                log.info("name_unknown", error=error.code)
                continue
            found[user] = person.name
        return found

    def _is_external(self, installation: WorkspaceInstallation, home: str, person: _Person) -> bool:
        ours = {installation.team, installation.enterprise} - {""}
        if person.is_stranger:
            return True
        return bool(home) and home not in ours and not (installation.enterprise and person.enterprise in ours)

    async def _tenant(self, installation: WorkspaceInstallation, home: str) -> str:
        """A guest from elsewhere spends their own workspace's budgets where that has the app too."""
        if home and home not in (installation.team, installation.enterprise):
            theirs = await self._api.installations.find(home)
            if theirs is not None and theirs.team == home:
                return tenant_of(theirs)
        return tenant_of(installation)

    async def _person(self, where: Address, installation: WorkspaceInstallation, *, fresh: bool) -> _Person:
        key = (installation.team, where.user)
        async with self._lock(*key):  # of many presses at once, one asks
            person = self._known.get(key)
            if person is None or fresh:
                answer = await self._api.call(where, "users.info", user=where.user, include_locale=True)
                person = self._known[key] = _described(answer.get("user") or {})
            return person

    def _lock(self, *key: str) -> asyncio.Lock:
        return self._locks.setdefault(key, asyncio.Lock())

    async def _roles(self, where: Address, installation: WorkspaceInstallation, user: str) -> tuple[str, ...]:
        groups = await self._groups_of(where, installation)
        return tuple(slack_id(one) for one, group in groups.items() if user in group.users)

    async def groups(self, inbound: Inbound) -> Mapping[str, str]:
        """The workspace's user groups by id, as people call them; none without the permission."""
        where = inbound.address
        groups = await self._groups_of(where, await self._api.installation(where))
        return {one: group.name for one, group in groups.items()}

    async def _groups_of(
        self, where: Address, installation: WorkspaceInstallation
    ) -> Mapping[str, _UserGroup]:
        workspace = installation.team or where.team
        async with self._lock(workspace):
            groups = self._groups.get(workspace)
            if groups is None:
                groups = self._groups[workspace] = await self._read_groups(where, installation)
        return groups

    async def _read_groups(
        self, where: Address, installation: WorkspaceInstallation
    ) -> Mapping[str, _UserGroup]:
        """User groups are optional: without the permission nobody is in any."""
        try:
            answer = await self._api.call(
                where, "usergroups.list", include_users=True, **_named(where, installation)
            )
        except DeliveryError as error:
            log.info("user_groups_unknown", error=error.code)
            return {}
        return {
            group["id"]: _UserGroup(
                name=str(group.get("name") or group.get("handle") or group["id"]),
                users=tuple(group.get("users") or ()),
            )
            for group in answer.get("usergroups") or ()
        }

    async def admins(self, where: Address, limit: int = 3) -> list[str]:
        """User ids of people who can decide: the operator's list, else a few of the workspace's admins."""
        if self._settings.slack_admins:
            return list(self._settings.slack_admins)
        installation = await self._api.installation(where)
        answer = await self._api.call(where, "users.list", limit=200, **_named(where, installation))
        found = [
            user["id"]
            for user in answer.get("members") or ()
            if (user.get("is_admin") or user.get("is_owner"))
            and not user.get("deleted")
            and not user.get("is_bot")
        ]
        return found[:limit]

    def forget(self) -> None:
        """Drop what is remembered."""
        self._known.clear()
        self._groups.clear()


def _named(where: Address, installation: WorkspaceInstallation) -> dict[str, Any]:
    """Which workspace is meant, where the token is a whole organisation's (Slack docs, users.list)."""
    return {} if installation.team else {"team_id": where.team}


def _described(user: Mapping[str, Any]) -> _Person:
    profile = user.get("profile") or {}
    return _Person(
        name=profile.get("display_name") or user.get("real_name") or user.get("name") or "",
        team=user.get("team_id") or "",
        enterprise=(user.get("enterprise_user") or {}).get("enterprise_id") or "",
        is_admin=bool(user.get("is_admin") or user.get("is_owner") or user.get("is_primary_owner")),
        is_stranger=bool(user.get("is_stranger")),
        is_guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted")),
        is_bot=bool(user.get("is_bot")),
        has_left=bool(user.get("deleted")),
        language=chosen(str(user.get("locale") or "")),
    )
