"""The settings of a server or workspace: one row per field of `Tenant`, for every surface.

A surface shows a row with its own widgets. Values are read and written by `settings_values`, put into
forms by `settings_forms`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from adapters.common.settings.row import GROUP_TITLES, Group, Kind, Setting
from bot.core.errors import InvalidOrder
from bot.core.tenant import DigestPace, Elsewhere, Sensitive
from bot.core.text.translation import N_, Language
from bot.core.text.translation import gettext as _

_ELSEWHERE: Mapping[StrEnum, str] = {
    Elsewhere.UNLESS_LIMITED: N_("on, unless only some channels are allowed"),
    Elsewhere.ALWAYS: N_("on"),
    Elsewhere.NEVER: N_("off"),
}
_LANGUAGES: Mapping[StrEnum, str] = {Language.ENGLISH: N_("English"), Language.GERMAN: N_("German")}
SETTINGS = (
    Setting(
        name="threshold",
        title=N_("Ask before a price above"),
        help=N_("A request that costs more is confirmed first. In dollars."),
        kind=Kind.MONEY,
        group=Group.SPENDING,
        aliases=("confirm",),
    ),
    Setting(
        name="cap",
        title=N_("Refuse a price above"),
        help=N_("No single request may cost more. In dollars; empty for no limit."),
        kind=Kind.MONEY,
        group=Group.SPENDING,
        empty=N_("no limit"),
    ),
    Setting(
        name="zone",
        title=N_("Time zone"),
        help=N_("The time zone in which the days, weeks and months of budgets begin, such as Europe/Berlin."),
        kind=Kind.ZONE,
        group=Group.SPENDING,
    ),
    Setting(
        name="defaults",
        title=N_("Default models"),
        help=N_("The model that is used when a request names none."),
        kind=Kind.MODELS,
        group=Group.MODELS,
        empty=N_("the first that fits"),
        aliases=("default",),
    ),
    Setting(
        name="allowed_models",
        title=N_("Only these models"),
        help=N_("Names or patterns such as flux*, with commas between; empty for all."),
        kind=Kind.PATTERNS,
        group=Group.MODELS,
        empty=N_("all"),
        aliases=("allow_models",),
    ),
    Setting(
        name="denied_models",
        title=N_("Models nobody may use"),
        help=N_("Names or patterns such as sora*, with commas between."),
        kind=Kind.PATTERNS,
        group=Group.MODELS,
        empty=N_("none"),
        aliases=("deny_models",),
    ),
    Setting(
        name="denied_capabilities",
        title=N_("Switched off"),
        help=N_("Nobody can ask for these."),
        kind=Kind.CAPABILITIES,
        group=Group.MODELS,
        empty=N_("nothing"),
        aliases=("deny",),
    ),
    Setting(
        name="allowed_channels",
        title=N_("Only in these channels"),
        help=N_("The bot answers nowhere else; empty for all channels."),
        kind=Kind.CHANNELS,
        group=Group.PLACES,
        empty=N_("all channels"),
        aliases=("channels",),
    ),
    Setting(
        name="admin_channel",
        title=N_("Channel for approvals"),
        help=N_("When a budget is used up, people can ask the admins here for one more request."),
        kind=Kind.CHANNEL,
        group=Group.PLACES,
        empty=N_("none"),
        aliases=("approvals",),
    ),
    Setting(
        name="exempt_roles",
        title=N_("Roles or groups that budgets do not limit"),
        help=N_("Budgets of people, roles and channels do not count for their members."),
        kind=Kind.ROLES,
        group=Group.PLACES,
        empty=N_("none"),
        aliases=("exempt",),
    ),
    Setting(
        name="admin_people",
        title=N_("More admins of the bot"),
        help=N_("They can change budgets and settings here, too."),
        kind=Kind.PEOPLE,
        group=Group.PLACES,
        empty=N_("nobody"),
        aliases=("admins",),
    ),
    Setting(
        name="blocked_people",
        title=N_("Blocked people"),
        help=N_("They cannot use the bot here."),
        kind=Kind.PEOPLE,
        group=Group.PLACES,
        empty=N_("nobody"),
        aliases=("blocked",),
    ),
    Setting(
        name="guests",
        title=N_("Guests"),
        help=N_("Whether guests of this server or workspace may use the bot."),
        kind=Kind.SWITCH,
        group=Group.PLACES,
    ),
    Setting(
        name="guest_capabilities",
        title=N_("What guests can ask for"),
        help=N_("Only these, of what is switched on here; empty for all."),
        kind=Kind.CAPABILITIES,
        group=Group.PLACES,
        empty=N_("everything"),
        aliases=("guests_can",),
    ),
    Setting(
        name="guest_models",
        title=N_("Models for guests"),
        help=N_("Only these, of what is allowed here: names or patterns such as flux*; empty for all."),
        kind=Kind.PATTERNS,
        group=Group.PLACES,
        empty=N_("all"),
        aliases=("guests_models",),
    ),
    Setting(
        name="direct_messages",
        title=N_("Direct messages"),
        help=N_("Whether members can ask in direct messages; it counts against their budget here."),
        kind=Kind.CHOICE,
        group=Group.PLACES,
        aliases=("dms",),
        choices=_ELSEWHERE,
    ),
    Setting(
        name="personal_installs",
        title=N_("Personal installations (Discord)"),
        help=N_("Whether this server pays for members who take the bot along into other servers."),
        kind=Kind.CHOICE,
        group=Group.PLACES,
        aliases=("installs",),
        choices=_ELSEWHERE,
    ),
    Setting(
        name="language",
        title=N_("Language"),
        help=N_("What the bot speaks where it does not know the language of the person who reads it."),
        kind=Kind.CHOICE,
        group=Group.PLACES,
        choices=_LANGUAGES,
    ),
    Setting(
        name="sensitive",
        title=N_("Explicit pictures"),
        help=N_("Where models that can draw explicit pictures may be used."),
        kind=Kind.CHOICE,
        group=Group.SAFETY,
        choices={
            Sensitive.AGE_RESTRICTED: N_("only in age-restricted channels"),
            Sensitive.NEVER: N_("never"),
            Sensitive.ALWAYS: N_("everywhere"),
        },
    ),
    Setting(
        name="paused",
        title=N_("Pause"),
        help=N_("While this is on, no new requests are taken."),
        kind=Kind.SWITCH,
        group=Group.SAFETY,
        aliases=("pause",),
    ),
    Setting(
        name="house_prompt",
        title=N_("What the model is told in every chat"),
        help=N_("Who you are, which tone and language it should use. At most 2,000 characters."),
        kind=Kind.TEXT,
        group=Group.HOUSE,
        empty=N_("nothing"),
        aliases=("prompt",),
    ),
    Setting(
        name="channel_prompts",
        title=N_("What it is told in some channels as well"),
        help=N_("One line per channel: the channel, an equals sign, and the words."),
        kind=Kind.CHANNEL_TEXTS,
        group=Group.HOUSE,
        empty=N_("nothing"),
        aliases=("channel_prompt",),
    ),
    Setting(
        name="blocked_words",
        title=N_("Blocked words"),
        help=N_("Words, phrases, or patterns such as casino*, with commas or lines between."),
        kind=Kind.WORDS,
        group=Group.HOUSE,
        empty=N_("none"),
        aliases=("words",),
    ),
    Setting(
        name="notices",
        title=N_("Notices of shared limits"),
        help=N_("Tell the admins once when 50, 80 and 100 percent of a shared limit are used."),
        kind=Kind.SWITCH,
        group=Group.NOTICES,
    ),
    Setting(
        name="notice_channel",
        title=N_("Channel for notices"),
        help=N_("Where these are told; empty: the channel for approvals, else an admin in private."),
        kind=Kind.CHANNEL,
        group=Group.NOTICES,
        empty=N_("the channel for approvals, else an admin in private"),
    ),
    Setting(
        name="digest",
        title=N_("How often the digest comes"),
        help=N_("What was spent by whom and for what, beside the time before."),
        kind=Kind.CHOICE,
        group=Group.NOTICES,
        choices={
            DigestPace.MONTHLY: N_("every month"),
            DigestPace.WEEKLY: N_("every week"),
            DigestPace.NEVER: N_("never"),
        },
    ),
    Setting(
        name="digest_channel",
        title=N_("Channel for the digest"),
        help=N_("Where the digest is posted; while this is empty, there is none."),
        kind=Kind.CHANNEL,
        group=Group.NOTICES,
        empty=N_("nowhere, so none is posted"),
    ),
    Setting(
        name="reads_threads",
        title=N_("Read a thread when called into it"),
        help=N_("The bot reads one page of what people said there before, for that one answer."),
        kind=Kind.SWITCH,
        group=Group.HOUSE,
        aliases=("threads",),
    ),
)
LISTS = frozenset(
    {Kind.PATTERNS, Kind.CAPABILITIES, Kind.CHANNELS, Kind.ROLES, Kind.PEOPLE, Kind.WORDS, Kind.CHANNEL_TEXTS}
)
"""Kinds whose values are many of one sort."""
_BY_NAME = {name: row for row in SETTINGS for name in (row.name, *row.aliases)}


def setting_of(name: str) -> Setting:
    """The row with this name or alias, in any case, `-` or `_` between words. Raises InvalidOrder."""
    row = _BY_NAME.get(name.strip().lower().replace("-", "_"))
    if row is None:
        names = ", ".join(row.name for row in SETTINGS)
        raise InvalidOrder(
            _("There is no setting called “{name}”. The settings are: {names}.").format(
                name=name[:40], names=names
            ),
            field="setting",
        )
    return row


__all__ = ["GROUP_TITLES", "LISTS", "SETTINGS", "Group", "Kind", "Setting", "setting_of"]
