"""Who may use the bot: the settings of one server or workspace, and whom the operator lets in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo, available_timezones

from bot.core.capability import Capability
from bot.core.errors import InvalidOrder, NoHome, NotAllowed, WordsBlocked
from bot.core.identity import Actor, Via
from bot.core.money import Micros
from bot.core.place_lists.projects import Project
from bot.core.place_lists.styles import Style
from bot.core.text.blocked_words import broken_rule
from bot.core.text.translation import Language
from bot.core.text.translation import gettext as _
from bot.core.windows import ZoneChange, ZoneHistory

PROMPT_MAX = 2000
"""Characters of a house prompt, or of a channel's; they are paid for with every chat."""
CHANNEL_PROMPTS_MAX = 50
ASK_ABOVE = Micros(250_000)
"""A quarter of a dollar: in a new place, a request that costs more is confirmed first."""
KEPT = frozenset(("id", "zone_changes", "digest_since", "projects", "channel_projects", "styles"))
"""Fields of `Tenant` that are no settings: the store keeps them, or use cases of their own change them."""


class Sensitive(StrEnum):
    """Where models that may draw explicit pictures can be used."""

    NEVER = "never"
    AGE_RESTRICTED = "age_restricted"
    ALWAYS = "always"


class DigestPace(StrEnum):
    """How often a place is told what it spent."""

    MONTHLY = "monthly"
    WEEKLY = "weekly"
    NEVER = "never"


class Elsewhere(StrEnum):
    """Whether members may use the bot outside of the server or workspace that pays for them."""

    UNLESS_LIMITED = "unless_limited"
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, kw_only=True)
class Tenant:
    """Settings of one tenant; the defaults apply until an admin changes them.

    `threshold`: a price above it must be confirmed; `cap`: a price above it is refused (None: no cap).
    `models`: patterns such as `flux*`; an empty `allowed_models` or `allowed_channels` allows all.
    `defaults` names a model per capability. Approvals go to `admin_channel` (a platform id) when set.
    `direct_messages` and `personal_installs` tell whether it pays for its members there; `unless_limited`
    means yes, unless only some channels are allowed. Guests may ask for `guest_capabilities` and use
    `guest_models` alone, of what is allowed here; empty: what everybody may.
    `house_prompt` goes with every chat here, and that of `channel_prompts` with every chat in its channel;
    `blocked_words` are rules as in `blocked_words.py`. `language` is the code of the one that is spoken where
    a person's own is not known. `reads_threads`: called into a thread, the bot reads what was said there
    before, for that one answer.
    `notices` tells whether people are told how much of a limit is used; those about shared limits go to
    `notice_channel`, else to `admin_channel`, else to one admin in private. A digest is posted in
    `digest_channel`, and nowhere while that is empty; `digest_since` is when it was switched on (UTC micros).
    `channel_projects` has the id of the project for which a channel's orders are when nobody says one.
    The Store adds to `zone_changes` when `zone` changes: running windows keep their old end.
    """

    id: str
    zone: str = "UTC"
    zone_changes: tuple[ZoneChange, ...] = ()
    paused: bool = False
    threshold: Micros = ASK_ABOVE
    cap: Micros | None = None
    defaults: Mapping[str, str] = field(default_factory=dict[str, str])
    allowed_models: tuple[str, ...] = ()
    denied_models: tuple[str, ...] = ()
    denied_capabilities: tuple[str, ...] = ()
    allowed_channels: tuple[str, ...] = ()
    sensitive: Sensitive = Sensitive.AGE_RESTRICTED
    exempt_roles: tuple[str, ...] = ()
    blocked_people: tuple[str, ...] = ()
    admin_people: tuple[str, ...] = ()
    admin_channel: str = ""
    direct_messages: Elsewhere = Elsewhere.UNLESS_LIMITED
    personal_installs: Elsewhere = Elsewhere.UNLESS_LIMITED
    guests: bool = True
    guest_capabilities: tuple[str, ...] = ()
    guest_models: tuple[str, ...] = ()
    house_prompt: str = ""
    channel_prompts: Mapping[str, str] = field(default_factory=dict[str, str])
    blocked_words: tuple[str, ...] = ()
    projects: tuple[Project, ...] = ()
    channel_projects: Mapping[str, str] = field(default_factory=dict[str, str])
    styles: tuple[Style, ...] = ()
    notices: bool = True
    notice_channel: str = ""
    digest: DigestPace = DigestPace.MONTHLY
    digest_channel: str = ""
    digest_since: int = 0
    reads_threads: bool = True
    language: str = Language.ENGLISH

    @property
    def zones(self) -> ZoneHistory:
        """The zone with its recent changes, which decide when windows begin and end."""
        return ZoneHistory(zone=self.zone, changes=self.zone_changes)

    def after(self, old: Tenant, now: int) -> Tenant:
        """These settings with the zone's history, when they replace `old` at `now` (UTC micros)."""
        since = old.digest_since if old.has_digest and old.digest is self.digest else now
        zones = old.zones.moved(self.zone, now)
        return replace(self, zone_changes=zones.changes, digest_since=since if self.has_digest else 0)

    @property
    def has_digest(self) -> bool:
        """True where a digest is posted."""
        return bool(self.digest_channel) and self.digest is not DigestPace.NEVER

    @property
    def pays_elsewhere(self) -> bool:
        """True where members may use the bot outside at its expense, in one way at least."""
        choices = (self.direct_messages, self.personal_installs)
        return any(_allowed(choice, not self.allowed_channels) for choice in choices)

    def prompt_for(self, actor: Actor) -> str:
        """What a model is told before a chat of the actor: this place's words, then the channel's."""
        if actor.elsewhere:
            return ""
        parts = (self.house_prompt, self.channel_prompts.get(actor.channel, ""))
        return "\n\n".join(part for part in parts if part)

    def project_in(self, actor: Actor) -> Project | None:
        """The open project for which an order of the actor is when nobody says one: that of the channel."""
        wanted = "" if actor.elsewhere else self.channel_projects.get(actor.channel, "")
        return next((one for one in self.projects if one.id == wanted and not one.closed), None)

    def check_words(self, texts: Iterable[str]) -> None:
        """Raise WordsBlocked when one of the texts breaks a rule of this tenant.

        For whatever a person or a model asks for: prompts, files, arguments of tools.
        """
        if rule := broken_rule(self.blocked_words, texts):
            raise WordsBlocked(rule)

    def exempts(self, actor: Actor) -> bool:
        """True when one of the actor's roles is exempt from personal and channel budgets."""
        return not set(self.exempt_roles).isdisjoint(actor.roles)

    def administers(self, actor: Actor) -> bool:
        """True for the platform's admins and for people named by them, inside this tenant only."""
        return not actor.elsewhere and (actor.is_admin or actor.person in self.admin_people)

    def admit(self, actor: Actor, capability: Capability) -> None:
        """Raise NotAllowed when the tenant's policy forbids this person, place or capability.

        Raises NoHome where nobody pays.
        """
        if actor.unpaid:
            raise NoHome
        if actor.person in self.blocked_people:
            raise NotAllowed(
                _("The place that pays for you here has blocked you. Nothing was charged.")
                if actor.elsewhere
                else _("An admin here has blocked you from using this bot. Nothing was charged.")
            )
        if self.paused:
            raise NotAllowed(
                _("The place that pays for you here has paused new requests. Nothing was charged.")
                if actor.elsewhere
                else _("An admin has paused new requests here. Nothing was charged; please try again later.")
            )
        if actor.guest and not self.guests:
            raise NotAllowed(_("The admins have switched this bot off for guests. Nothing was charged."))
        if capability in self.denied_capabilities:
            text = _("An admin has turned off {capability} here. Nothing was charged.")
            raise NotAllowed(text.format(capability=capability))
        if not self._offers(actor, capability):
            text = _("Guests can only ask for {capabilities} here. Nothing was charged.")
            raise NotAllowed(text.format(capabilities=", ".join(self.guest_capabilities)))
        self._admit_place(actor)

    def offered(self, actor: Actor) -> tuple[Capability, ...]:
        """What the actor may ask for here, as far as admins have said; the models are another matter."""
        left = (one for one in Capability if one not in self.denied_capabilities)
        return tuple(one for one in left if self._offers(actor, one))

    def _offers(self, actor: Actor, capability: Capability) -> bool:
        return not (actor.guest and self.guest_capabilities) or capability in self.guest_capabilities

    def _admit_place(self, actor: Actor) -> None:
        listed = not self.allowed_channels or actor.channel in self.allowed_channels
        match actor.via:
            case Via.HERE:
                if not listed:
                    raise NotAllowed(_("This bot cannot be used in this channel. Nothing was charged."))
            case Via.DIRECT:
                if not _allowed(self.direct_messages, listed):
                    raise NotAllowed(
                        _("The admins have switched this bot off in direct messages. Nothing was charged.")
                    )
            case Via.INSTALL:
                if not _allowed(self.personal_installs, listed):
                    raise NotAllowed(
                        _("The server that pays for you does not pay in other servers. Nothing was charged.")
                    )


def _allowed(choice: Elsewhere, listed: bool) -> bool:
    return choice is Elsewhere.ALWAYS or (choice is Elsewhere.UNLESS_LIMITED and listed)


@dataclass(frozen=True, kw_only=True)
class Access:
    """Whom the operator lets in at all.

    `tenants` has a list for each platform whose servers or workspaces can invite the bot; an empty list
    allows all of them. `people` binds people of these platforms. Ids may be given without their platform.
    """

    direct_messages: bool = True
    personal_installs: bool = True
    guests: bool = True
    people: tuple[str, ...] = ()
    tenants: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])

    def check(self, actor: Actor) -> None:
        """Raise NotAllowed when the operator does not serve this person, or not in this way."""
        if actor.via is Via.DIRECT and not self.direct_messages:
            raise NotAllowed(
                _("The operator of this bot has switched direct messages off. Nothing was charged.")
            )
        if actor.via is Via.INSTALL and not self.personal_installs:
            raise NotAllowed(
                _("The operator of this bot has switched personal installations off. Nothing was charged.")
            )
        if actor.guest and not self.guests:
            raise NotAllowed(_("The operator of this bot does not serve guests. Nothing was charged."))
        if actor.person.partition(":")[0] in self.tenants and not _listed(actor.person, self.people):
            raise NotAllowed(
                _("The operator of this bot has not allowed you to use it. Nothing was charged.")
            )
        if not actor.unpaid and not self.allows(actor.tenant):
            raise NotAllowed(
                _("The operator of this bot has not allowed it to be used here. Nothing was charged.")
            )

    def allows(self, tenant: str) -> bool:
        """True when the operator serves this server or workspace."""
        return _listed(tenant, self.tenants.get(tenant.partition(":")[0], ()))


def _listed(name: str, names: tuple[str, ...]) -> bool:
    return not names or name in names or name.partition(":")[2] in names


def valid_zone(name: str) -> str:
    """A time zone of the IANA database; raises InvalidOrder for anything else."""
    if name not in available_timezones():
        raise InvalidOrder(
            _("“{name}” is not a time zone. Use a name such as Europe/Berlin or UTC.").format(name=name[:40]),
            field="zone",
        )
    return name


def local_time(moment: int, zone: str) -> datetime:
    """UTC microseconds as a wall-clock time in the zone."""
    return datetime.fromtimestamp(moment / 1_000_000, UTC).astimezone(ZoneInfo(zone))
