"""Requests: accepting, finding, claiming, and deleting their texts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.core.capability import Capability
from bot.core.order_rules import without_words
from bot.core.ports.load import Load, UnfinishedCount
from bot.core.ports.store import Limits
from bot.core.presses import is_same
from bot.core.request import Actor, Request
from storage.conversations import transactions
from storage.rows import assets_text, order_text, request_of, to_json
from storage.statements import check_schema
from storage.transaction import Ask, Execute, Row, Transaction, ask, tell

AGAIN_MOST = 20
"""How many repeated presses of one button are stored."""


def accept(
    request: Request, uploads: Mapping[str, bytes], press: str = ""
) -> Transaction[tuple[Request, bool]]:
    """`Store.accept`."""
    if press and (earlier := (yield from _pressed(request, press))) is not None:
        return earlier, False
    if (new := (yield from transactions.insert(request, arrived=request.created_at))) is not None:
        digests = sorted(uploads)
        whose = {"person": request.actor.person, "tenant": request.actor.tenant}
        stored = [{"digest": one, "body": uploads[one], "size": len(uploads[one])} for one in digests]
        yield Execute("upload_insert", [{**one, **whose} for one in stored])
        yield Execute("upload_refer", [{"request_id": request.id, "digest": digest} for digest in digests])
        if press:
            yield from tell("press_put", key=press, payload=to_json({"request": request.id, "again": []}))
        return new, True
    known = yield from ask("request_by_dedupe_key", dedupe_key=request.dedupe_key)
    return request_of(known[0]), False


def _pressed(request: Request, press: str) -> Transaction[Request | None]:
    """The request of the same press a moment ago; other presses wait until this transaction ends.

    The second press is stored, so that a late repetition of it by the platform still counts as the second
    press.
    """
    rows = yield from ask("press_lock", key=press, now=request.created_at)
    kept = json.loads(rows[0]["payload"])
    earlier = (yield from one("request_get", id=kept["request"])) if kept else None
    if earlier is None:
        return None
    again: list[str] = kept["again"]
    if request.dedupe_key in again:
        return earlier
    if not is_same(earlier.created_at, request.created_at):
        return None
    kept["again"] = [*again, request.dedupe_key][-AGAIN_MOST:]
    yield from tell("press_put", key=press, payload=to_json(kept))
    return earlier


def one(name: str, **params: str) -> Transaction[Request | None]:
    """The request that a statement finds, or None."""
    rows = yield from ask(name, **params)
    return request_of(rows[0]) if rows else None


def many(name: str, **params: Any) -> Transaction[list[Request]]:
    """The requests that a statement finds."""
    rows = yield from ask(name, **params)
    return [request_of(row) for row in rows]


def claim(owner: str, *, now: int, until: int, limits: Limits) -> Transaction[list[Request]]:
    """`Store.claim`."""
    if limits.slots < 1:
        return []
    rows = yield from ask("claim_lock")
    check_schema(rows[0]["schema"])
    chosen = yield from ask(
        "claim_candidates",
        now=now,
        slots=limits.slots,
        per_person=limits.per_person,
        per_tenant=limits.per_tenant,
        per_model=limits.per_model,
        per_provider=limits.per_provider,
        per_platform=limits.per_platform,
        owner=owner,
        origins=f",{','.join(limits.origins)}," if limits.origins else "",
    )
    taken: list[Row] = yield Ask(
        "claim_take", [{"id": row["id"], "owner": owner, "until": until, "now": now} for row in chosen]
    )
    return [request_of(row) for row in taken]


def load(name: str, actor: Actor) -> Transaction[Load]:
    """`Store.waiting`, `Store.stored`."""
    rows = yield from ask(name, tenant=actor.tenant, person=actor.person)
    return Load(**rows[0])


def count_unfinished() -> Transaction[list[UnfinishedCount]]:
    """`Store.count_unfinished`."""
    return [UnfinishedCount(**row) for row in (yield from ask("count_unfinished"))]


def agreed_before(person: str, capabilities: Sequence[Capability]) -> Transaction[bool]:
    """`Store.agreed_before`."""
    asked = [{"person": person, "capability": capability} for capability in capabilities]
    found: list[Row] = yield Ask("agreed_before", asked)
    return bool(found)


def make_job_due(job_id: str, now: int) -> Transaction[bool]:
    """`Store.make_job_due`."""
    return bool((yield from ask("make_job_due", job_id=job_id, now=now)))


def extend(owner: str, ids: Sequence[str], until: int) -> Transaction[None]:
    """`Store.extend`."""
    yield Execute("lease_extend", [{"id": one, "owner": owner, "until": until} for one in sorted(ids)])


def unfinished(tenant: str, person: str | None) -> Transaction[list[Request]]:
    """`Store.unfinished`."""
    if person is None:
        return (yield from many("unfinished_of_tenant", tenant=tenant))
    return (yield from many("unfinished_of_person", tenant=tenant, person=person))


def history(
    tenant: str, person: str | None, limit: int, before: str, project: str = ""
) -> Transaction[list[Request]]:
    """`Store.history`."""
    name = "history_of_tenant" if person is None else "history_of_person"
    params: dict[str, Any] = {"tenant": tenant, "limit": limit}
    if person is not None:
        params["person"] = person
    if project:
        params = {
            "tenant": tenant,
            "project": project,
            "person": person or "",
            "before": before,
            "limit": limit,
        }
        return (yield from many("history_of_project", **params))
    if before:
        name, params["before"] = f"{name}_before", before
    return (yield from many(name, **params))


def drop_pictures(now: int) -> Transaction[None]:
    """Delete the pictures that no request needs any more (see `order_rules.pictures_until`)."""
    rows = yield from ask("expired_references", now=now)
    for digest in sorted({row["digest"] for row in rows}):
        yield from ask("upload_lock", digest=digest)
        yield from tell("upload_drop", digest=digest)


def purge_some(before: int, now: int) -> Transaction[int]:
    """Delete the texts and pictures of some old requests; returns how many, 0 when none are left.

    Only a part at a time, so that other transactions can write in between.
    """
    rows = yield from ask("purge_candidates", before=before)
    for row in rows:
        request = request_of(row)
        yield from tell(
            "purge_request",
            id=request.id,
            asked=order_text(without_words(request.order)),
            assets=assets_text([replace(asset, revised_prompt="") for asset in request.assets]),
        )
        yield from tell("purge_references", id=request.id)
    yield from drop_pictures(now)
    if rows:
        yield from tell("purge_uploads")
    return len(rows)
