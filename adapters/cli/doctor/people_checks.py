"""What the doctor says of notices, the homes of people, and the volume that the data lie on."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from adapters.cli.doctor.findings import Finding, ok, warning
from bot.core.identity import is_personal
from bot.core.ledger import INSTALLATION
from bot.core.notices.thresholds import NoticeOutcome
from bot.core.ports.store import Store
from bot.core.tenant import Elsewhere
from bot.settings import Settings

LOOKED_AT = 500
"""The homes of so many requests' people are looked at, newest first."""
NETWORK_DISKS = frozenset(("nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "9p", "ceph"))
"""File systems on which SQLite's locks cannot be trusted (SQLite, How To Corrupt An SQLite Database, 2.1)."""
MOUNTS = Path("/proc/self/mounts")


async def notice_findings(store: Store, settings: Settings) -> list[Finding]:
    """Whether the operator is told of limits, and whether what was to be told arrived."""
    if not settings.operator_notices:
        text = "You are not told when the bot's own limits or the gateway's balance run low."
        return [warning("notices", text, "Unset OPERATOR_NOTICES, unless something else watches them.")]
    lost = [
        one
        for one in await store.notices_of_tenant(INSTALLATION, most=50)
        if one.outcome is NoticeOutcome.UNDELIVERABLE
    ]
    if lost:
        remedy = "Try OPERATOR_WEBHOOK; `lumenfall-bot notices gateway` lists them."
        return [warning("notices", f"{len(lost)} of the last 50 could not be given to you.", remedy)]
    where = "the log, the metrics and OPERATOR_WEBHOOK" if settings.operator_webhook else "log and metrics"
    return [ok("notices", f"limits of the bot as a whole are told in {where}")]


async def home_findings(store: Store) -> list[Finding]:
    """Whether the servers that people have chosen still pay for them in direct messages."""
    recent = await store.recent(limit=LOOKED_AT)
    people = {row.actor.person for row in recent if is_personal(row.actor.place_id)}
    away: list[str] = []
    for person in sorted(people):
        home = await store.home(person)
        tenant = await store.tenant(home.tenant) if home else None
        if tenant is not None and (tenant.paused or tenant.direct_messages is Elsewhere.NEVER):
            away.append(tenant.id)
    if away:
        text = f"{len(away)} people wrote in direct messages and their home does not pay now: {_few(away)}."
        return [
            warning("homes", text, "Its admins decide (*Direct messages*, pause); people can choose another.")
        ]
    return [ok("homes", f"{len(people)} people wrote in direct messages lately, none whose home turned away")]


def volume_findings(settings: Settings, mounts: Path = MOUNTS) -> list[Finding]:
    """Whether SQLite's file lies on a disk of this machine, and in a container on a volume that stays."""
    if settings.database_url is not None:
        return []
    try:
        lines = [line.split()[1:3] for line in mounts.read_text().splitlines()]
    except OSError:
        return []  # not Linux
    folder = str(settings.database_path.parent.resolve())
    within = [(point, kind) for point, kind in lines if point == "/" or f"{folder}/".startswith(f"{point}/")]
    point, kind = max(within, key=lambda one: len(one[0]), default=("/", ""))
    if kind in NETWORK_DISKS:
        remedy = "Move DATA_DIR to a local disk, or use PostgreSQL."
        return [warning("volumes", f"The database lies on a network drive ({kind}).", remedy)]
    if kind in ("tmpfs", "overlay"):
        text = f"The database lies on {kind} ({point}), which a container loses when it is made again."
        return [warning("volumes", text, "Mount a volume at DATA_DIR (docs/install.md).")]
    return [ok("volumes", f"the database lies on {kind or 'a disk'}, mounted at {point}")]


def _few(names: Iterable[str]) -> str:
    distinct = sorted(set(names))
    more = f" and {len(distinct) - 3} more" if len(distinct) > 3 else ""
    return ", ".join(distinct[:3]) + more
