"""One person's data, handed out or erased on their request.

Handed out: everything the bot knows of them, as a ZIP of one JSON file and their pictures. Erased: words,
pictures, results and name. What stays are amounts, times, models and the platform's id of the person, because
the ledger must add up; see docs/security.md.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import zipfile
from collections.abc import AsyncIterator, Sequence, Set
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from adapters.common.audit.table import facts
from adapters.composition import identity_key
from bot.core.audit.entries import AuditEntry, AuditFilter
from bot.core.clock import SystemClock
from bot.core.identity import Home, person_hash
from bot.core.ledger import Entry
from bot.core.money import plain
from bot.core.notices.thresholds import NOTICE_CHOICE, Notice
from bot.core.ports.media import MediaStore
from bot.core.ports.store import Store
from bot.core.request import Request, uploads_of
from bot.core.text.blocked_words import BlockedUse
from bot.core.wallets.codes import platform_of
from bot.core.wallets.members import WalletMember
from bot.settings import Settings
from bot.use_cases.house_rules import BlockedUses
from bot.use_cases.reports import AUDIT_MAX

ALL_NOTICES = 1_000_000
SUFFIX = {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp", "image/gif": ".gif"}


@dataclass(frozen=True, kw_only=True)
class Erasure:
    """What went. `unfinished` requests were left alone: erase again when they have ended.

    `scrubbed` tells that the freed pages of the SQLite file were overwritten as well.
    """

    requests: int
    turns: int
    files: int
    unfinished: int
    scrubbed: bool


async def export(store: Store, media: MediaStore, person: str, to: Path, *, retention_days: int) -> int:
    """Write all that is known of `person` to a new ZIP at `to`; answers how many requests it has.

    Raises FileExistsError.
    """
    requests = await store.of_person(person)
    ids = {row.id for row in requests}
    entries = [entry async for entry in store.entries() if _concerns(entry, person, ids)]
    pictures: dict[str, bytes] = {}
    for upload in {upload.digest: upload for row in requests for upload in uploads_of(row.order)}.values():
        data = await store.upload(upload.digest)
        if data is not None:
            pictures[f"sent/{upload.digest}{SUFFIX.get(upload.content_type, '')}"] = data
    body = {
        "person": person,
        "requests": [_request(row) for row in requests],
        "ledger": [_entry(entry) for entry in entries],
        "home": _home(await store.home(person)),
        "linked_accounts": [_account(one) for one in await store.wallet(person) if one.person != person],
        "audit": [facts(line, {}) async for line in _audit(store, person)],
        "refused": [asdict(use) for use in await _refused(store, person, retention_days)],
        "notices": [_notice(one) for one in await store.notices_of_person(person, most=ALL_NOTICES)],
        "wants_notices": not (await store.get_document(NOTICE_CHOICE, person) or {}).get("off"),
    }
    await asyncio.to_thread(_write, to, body, pictures, await _results(media, requests))
    return len(requests)


async def _audit(store: Store, person: str) -> AsyncIterator[AuditEntry]:
    """What the person changed, and what was changed about them, newest first."""
    wanted = AuditFilter(person=person)
    while page := await store.audit("", wanted, limit=AUDIT_MAX):
        for line in page:
            yield line
        wanted = replace(wanted, before=page[-1].number)


async def _refused(store: Store, person: str, retention_days: int) -> list[BlockedUse]:
    """What house rules refused of the person, in every place."""
    uses = BlockedUses(store, SystemClock(), retention_days)
    return [use for tenant in await store.tenants() for use in await uses.of(tenant) if use.person == person]


def _concerns(entry: Entry, person: str, requests: Set[str]) -> bool:
    return person in (entry.person, entry.by) or entry.request_id in requests


async def _results(media: MediaStore, requests: Sequence[Request]) -> dict[str, Path]:
    """Files by their names in the archive; what was dropped already is left out."""
    found: dict[str, Path] = {}
    for asset in (asset for row in requests for asset in row.assets if asset.path):
        if (file := await media.find(asset.path)) is not None:
            found["/".join(("results", *Path(asset.path).parts[1:]))] = file
    return found


def _write(to: Path, body: dict[str, Any], pictures: dict[str, bytes], results: dict[str, Path]) -> None:
    with to.open("xb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.json", json.dumps(body, indent=2, ensure_ascii=False))
        for name, data in pictures.items():
            archive.writestr(name, data)
        for name, file_of_result in results.items():
            archive.write(file_of_result, name)


def _request(row: Request) -> dict[str, Any]:
    return {
        "id": row.id,
        "tenant": row.actor.tenant,
        "place": row.actor.place_id,
        "name": row.actor.name,
        "channel": row.actor.channel,
        "conversation": row.conversation,
        "at": _time(row.created_at),
        "order": asdict(row.order),
        "project": row.order.project_name,
        "understood": row.reading and asdict(row.reading),
        "state": row.state,
        "answer": row.text,
        "results": [asset.path or asset.url for asset in row.assets],
        "estimate": None if row.estimate is None else plain(row.estimate),
        "charged": None if row.charged is None else plain(row.charged),
        "failure": row.failure.message if row.failure else None,
    }


def _home(home: Home | None) -> dict[str, Any] | None:
    """The server that the person has chosen to pay for direct messages."""
    return home and {"tenant": home.tenant, "chosen": _time(home.chosen_at)}


def _account(one: WalletMember) -> dict[str, Any]:
    """Another account of the person, by the name that they have seen when they agreed."""
    leaves = None if one.ended_at is None else _time(one.ended_at)
    return {
        "name": one.name,
        "platform": platform_of(one.person),
        "since": _time(one.since),
        "leaves": leaves,
    }


def _notice(notice: Notice) -> dict[str, Any]:
    """What the person was told of their own limits."""
    return {
        "at": _time(notice.at),
        "tenant": notice.tenant,
        "limit": notice.budget.id,
        "percent": notice.threshold,
        "spent": plain(notice.spent),
        "of": plain(notice.limit),
        "outcome": notice.outcome,
    }


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "at": _time(entry.at),
        "kind": entry.kind,
        "request": entry.request_id,
        "moment": _time(entry.moment),
        "tenant": entry.tenant,
        "channel": entry.channel,
        "project": entry.project,
        "held": plain(entry.held),
        "spent": plain(entry.spent),
    }


def _time(micros: int) -> str:
    return datetime.fromtimestamp(micros / 1e6, UTC).isoformat()


async def erase(store: Store, media: MediaStore, settings: Settings, person: str) -> Erasure:
    """Erase what has ended; files first named by the database, then the pages of the database itself."""
    from adapters.discord.intake.saved_offers import KIND as OFFER  # brings the whole of discord.py
    from adapters.slack.delivery.record import KEPT_BY_REQUEST

    erased = await store.erase(person)
    await store.note_erased(person_hash(await identity_key(store, settings), person))
    for request_id in erased.requests:
        for kind in KEPT_BY_REQUEST:
            await store.delete_document(kind, request_id)
    for key, offer in (await store.documents(OFFER)).items():
        if offer["person"] == person:
            await store.delete_document(OFFER, key)
    uses = BlockedUses(store, SystemClock(), settings.retention_days)
    for tenant in await store.tenants():
        await uses.erase(tenant, person)
    files = sum([await media.delete(request_id) for request_id in erased.requests])
    scrubbed = settings.database_url is not None or await asyncio.to_thread(_scrub, settings.database_path)
    return Erasure(
        requests=len(erased.requests),
        turns=erased.turns,
        files=files,
        unfinished=erased.unfinished,
        scrubbed=scrubbed,
    )


def _scrub(database: Path) -> bool:
    """Rewrite the SQLite file without its freed pages; False where a busy bot did not let us."""
    with closing(sqlite3.connect(database, timeout=30, isolation_level=None)) as plain_connection:
        try:
            plain_connection.execute("VACUUM")
            busy, _, _ = plain_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.OperationalError:
            return False
    return not busy
