"""What a button to another page of the audit log carries: the same lines, and where they go on."""

from __future__ import annotations

from adapters.common.audit.words import act_of
from bot.core.audit.entries import AuditFilter


def carried(wanted: AuditFilter) -> str:
    """The filter as a button carries it; people are of the button's platform, so their ids are bare."""
    person = wanted.person.partition(":")[2]
    return ".".join((wanted.act or "", person, str(wanted.since // 1_000_000), str(wanted.before)))


def wanted_by(button: str, platform: str) -> AuditFilter:
    """The filter that a button of this platform carries. Raises InvalidOrder."""
    act, person, since, before = [*button.split("."), "", "", "", ""][:4]
    return AuditFilter(
        person=f"{platform}:{person}" if person else "",
        act=act_of(act) if act else None,
        since=_whole(since) * 1_000_000,
        before=_whole(before),
    )


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 13 else 0
