"""A digest in words, one line after another, without any platform's markup but its own `strong` and names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.core.money import Micros, dollars
from bot.core.notices.digest import Digest, DigestLine, Dimension
from bot.core.text.dates import day
from bot.core.text.translation import N_, ngettext
from bot.core.text.translation import gettext as _
from bot.core.windows import Window

Name = Callable[[Dimension, str], str]
"""A key of a part as the platform shows it: nobody is pinged by it."""

_PARTS: Mapping[Dimension, str] = {
    Dimension.PERSON: N_("By person"),
    Dimension.CAPABILITY: N_("By kind"),
    Dimension.MODEL: N_("By model"),
    Dimension.CHANNEL: N_("By channel"),
    Dimension.PROJECT: N_("By project"),
}
_REASONS: Mapping[str, str] = {
    "budget_exceeded": N_("a budget was used up"),
    "price_unknown": N_("the price was not known"),
    "price_too_high": N_("the price was above what is allowed here"),
    "words_blocked": N_("blocked words"),
    "not_allowed": N_("not allowed here"),
    "queue_full": N_("too many at once"),
    "too_often": N_("too many at once"),
    "model_not_answering": N_("the model did not answer"),
    "gateway_unavailable": N_("the gateway could not be reached"),
    "gateway_ambiguous": N_("the outcome stayed unknown"),
    "gateway_refused": N_("the model's provider said no"),
    "undeliverable": N_("made, but it could not be posted"),
    "result_lost": N_("made, but it could not be fetched"),
    "no_home": N_("nobody pays there"),
}


@dataclass(frozen=True, kw_only=True)
class DigestPart:
    """A title and its lines."""

    title: str
    lines: tuple[str, ...]


def title(digest: Digest) -> str:
    """What it is: a week or a month, and of which days."""
    first, last = map(day, digest.dates)
    match digest.period.window:
        case Window.WEEK:
            text = _("Spent here in the week from {first} to {last}")
        case Window.MONTH | Window.DAY | Window.TOTAL:
            text = _("Spent here from {first} to {last}")
    return text.format(first=first, last=last)


def total(digest: Digest) -> str:
    """The sum beside the one before."""
    count = ngettext("{count} order", "{count} orders", digest.requests).format(count=digest.requests)
    text = _("{spent} for {orders}; {before} in the time before ({change}).")
    return text.format(
        spent=amount(digest.spent),
        orders=count,
        before=amount(digest.before),
        change=change(digest.spent, digest.before),
    )


def amount(spent: Micros) -> str:
    """Dollars; from one dollar on in whole cents, since a sum is read at a glance."""
    cent = 10_000
    return dollars(spent if spent < 100 * cent else Micros((spent + cent // 2) // cent * cent))


def change(now: Micros, before: Micros) -> str:
    """By how much it rose or fell, in percent."""
    if not before:
        return _("nothing to compare") if not now else _("new")
    percent = round((now - before) * 100 / before)
    return f"+{percent} %" if percent > 0 else f"−{-percent} %" if percent < 0 else "±0 %"


def parts(digest: Digest, name: Name) -> list[DigestPart]:
    """Each dimension in which anything was spent."""
    return [
        DigestPart(title=_(_PARTS[dimension]), lines=tuple(_line(dimension, line, name) for line in lines))
        for dimension, lines in digest.parts.items()
        if lines
    ]


def _line(dimension: Dimension, line: DigestLine, name: Name) -> str:
    if line.others:
        who = ngettext("{count} other", "{count} others", line.others).format(count=line.others)
    else:
        who = name(dimension, line.key)
    text = _("{name}: {spent} (before: {before})")
    return text.format(name=who, spent=amount(line.spent), before=amount(line.before))


def endings(digest: Digest) -> list[str]:
    """What failed and what was refused, with the reasons."""
    failed, refused = sum(digest.failed.values()), sum(digest.refused.values())
    found = []
    if failed:
        found.append(_with_reasons(_("Failed: {count}"), failed, digest.failed))
    if refused:
        found.append(_with_reasons(_("Refused: {count}"), refused, digest.refused))
    return found or [_("Nothing failed, and nothing was refused.")]


def _with_reasons(text: str, count: int, codes: Mapping[str, int]) -> str:
    reasons: dict[str, int] = {}
    for code, number in codes.items():
        reason = _(_REASONS[code]) if code in _REASONS else _("other reasons")
        reasons[reason] = reasons.get(reason, 0) + number
    listed = ", ".join(f"{reason}: {number}" for reason, number in reasons.items())
    return f"{text.format(count=count)} ({listed})"


def unnamed() -> str:
    """Somebody whose name is not known any more."""
    return _("somebody without a name")


def no_channel() -> str:
    """What was asked in no channel."""
    return _("elsewhere")


def no_project() -> str:
    """What was asked for no project."""
    return _("without a project")


def chart_text(digest: Digest) -> str:
    """What the picture shows, for those who do not see it."""
    highest = max(digest.days, key=lambda one: one[1])
    text = _(
        "Spending for each day from {first} to {last}: {spent} in all. The highest day is {day} with {most}."
    )
    first, last = map(day, digest.dates)
    return text.format(
        first=first, last=last, spent=amount(digest.spent), day=day(highest[0]), most=amount(highest[1])
    )


def chart_legend() -> tuple[str, str]:
    """What the two rows of bars are."""
    return _("this time"), _("the time before")


def preview_note() -> str:
    """Above a digest that was asked for."""
    return _("Only you see this. It is what the digest would say now.")
