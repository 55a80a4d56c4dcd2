"""What every Store promises: requests, conversations, documents, survival. Money: test_store_money."""

from __future__ import annotations

import asyncio
import itertools
import stat
from dataclasses import replace

import pytest

from bot.core.audit.entries import OPERATOR
from bot.core.capability import Capability
from bot.core.errors import InvalidOrder, LeaseLost, NotFound, TooLate
from bot.core.money import Micros
from bot.core.ports.load import Load
from bot.core.ports.store import Fence, Reserve, Settle, Store
from bot.core.prices.pricing import Pricing
from bot.core.request import (
    Actor,
    Asset,
    ChatOrder,
    EditOrder,
    Failure,
    Order,
    Request,
    State,
    StateChange,
    Turn,
    Upload,
    UpscaleOrder,
    VideoOrder,
)
from bot.core.tenant import Sensitive, Tenant
from bot.core.windows import Window, ZoneChange
from tests.contract.store_world import (
    ALL,
    HOUR,
    NOON,
    World,
    a_budget,
    a_request,
    accepted,
    cents,
    go,
    place,
    postgres_server,
    postgres_url,
    reserve,
    settle,
    store,
    world,
)

__all__ = ["place", "postgres_server", "postgres_url", "store", "world"]

PICTURE = Upload(digest="ab" * 32, content_type="image/png", width=3, height=2, size=4, has_alpha=True)
OTHER = replace(PICTURE, digest="cd" * 32)
ORDERS: list[Order] = [
    EditOrder(model="m", prompt="more “moss”\n🐹", images=(PICTURE,), mask=PICTURE, n=3, extra={"a": "b"}),
    UpscaleOrder(model="m", image=PICTURE, scale=2.5),
    ChatOrder(
        model="openai/gpt-5.4",
        prompt="and then?",
        system="be brief",
        temperature=0.25,
        conversation="test:thread",
        history=(Turn(role="user", content="tell"), Turn(role="assistant", content="once …")),
    ),
    VideoOrder(model="veo-3.1", prompt="waves", seconds=8, references=(OTHER,)),
]


# accepting


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.capability)
async def test_an_accepted_request_is_read_back_as_it_was(world: World, order: Order) -> None:
    asked = a_request(order=order, parent_id="req_x", expires_at=NOON + 1)
    row, new = await (await world.open()).accept(asked, {PICTURE.digest: b"\x00png"})
    assert (row, new) == (asked, True)
    again = await world.open()
    assert await again.get(asked.id) == asked
    assert await again.by_dedupe_key(asked.dedupe_key) == asked
    assert await again.upload(PICTURE.digest) == b"\x00png"


async def test_a_known_key_answers_the_first_request(store: Store) -> None:
    first, _ = await store.accept(a_request(key="event-1"), {})
    assert await store.accept(a_request(key="event-1"), {}) == (first, False)
    assert await store.by_dedupe_key("event-2") is None
    assert (await store.waiting(first.actor)).everyone == 1


async def test_one_key_many_times_at_once_is_one_request(world: World) -> None:
    stores = [await world.open() for _ in range(2)]
    answers = await asyncio.gather(*(stores[i % 2].accept(a_request(key="k"), {}) for i in range(40)))
    assert sum(new for _, new in answers) == 1
    assert len({row.id for row, _ in answers}) == 1


async def test_the_same_picture_in_two_requests_is_kept_for_both(store: Store) -> None:
    for _ in range(2):
        await store.accept(a_request(order=ORDERS[1]), {PICTURE.digest: b"png"})
    assert await store.upload(PICTURE.digest) == b"png"
    assert await store.upload("00") is None


# moving


async def test_a_move_writes_every_fact(world: World) -> None:
    store = await world.open()
    request = await accepted(store)
    facts = {
        "due_at": None,
        "confirmed": True,
        "approved_by": "test:ada",
        "cancel_requested": True,
        "estimate": cents(4),
        "estimate_provider": "fal",
        "pricing": Pricing(
            at=NOON,
            model="flux",
            per_call=True,
            agreed=cents(5),
            agreed_until=NOON + 7,
            provider="fal",
            max_tokens=300,
            fell_back=True,
        ),
        "attempts": 2,
        "trace_id": "0" * 31 + "1",
        "submitted_at": NOON,
        "finished_at": NOON + 5,
        "expires_at": NOON + 6,
        "job_id": "video_1",
        "gateway_id": "req_9",
        "provider": "replicate",
        "executed_model": "flux.2-pro@2",
        "progress": 40,
        "text": "dixit “Bücher” 🐹",
        "assets": (Asset(url="https://x/y.png", width=3, expires_at=NOON, revised_prompt="r"),),
        "failure": Failure(code="moderated", message="No."),
        "refused_budget": "b1",
        "resets_at": NOON + 7,
        "left": Micros(-5),
        "notified": "refused",
        "delivery": {"message": "1", "ü": [1, {"a": None}]},
        "reply_to": {"other": 1},
        "charged_from": "gateway",
        "lease_owner": "w",
        "lease_epoch": 3,
        "lease_until": NOON + 8,
    }
    world.clock.moment += 9
    moved = await go(store, request, State.REFUSED, **facts)
    told = (*request.state_changes, StateChange(state=State.REFUSED, at=NOON + 9))
    assert moved == replace(request, state=State.REFUSED, updated_at=NOON + 9, state_changes=told, **facts)
    assert await (await world.open()).get(request.id) == moved
    emptied = await go(store, moved, State.PRICED, failure=None, assets=(), delivery={}, due_at=NOON)
    assert await store.get(request.id) == emptied


async def test_what_no_database_takes_is_stored_as_far_as_it_is_text(world: World) -> None:
    if world.kind == "memory":
        pytest.skip("the model keeps any string")
    store = await world.open()
    words = "a\0b\ud83dc\\u0000 '\"\n"
    facts = {
        "text": words + "\U0001f439" * 300_000,
        "provider": words,
        "job_id": words,
        "assets": (Asset(url="https://x/y.png", revised_prompt=words),),
        "failure": Failure(code="moderated", message=words),
        "delivery": {"kept": words},
    }
    moved = await go(store, await accepted(store), State.REFUSED, **facts)
    row = await store.get(moved.id)
    assert row is not None
    assert row.failure is not None
    readable = "a\ufffdb?c\\u0000 '\"\n"
    assert row.text == readable + "\U0001f439" * 300_000
    assert (row.provider, row.job_id) == (readable, readable)
    assert row.delivery == facts["delivery"]
    for text in (row.failure.message, row.assets[0].revised_prompt):
        assert text.replace("\0", "\ufffd") == readable
    assert (await go(store, row, State.PRICED)).text == row.text


async def test_a_request_remembers_when_it_entered_each_state_and_what_was_held(world: World) -> None:
    store = await world.open()
    request = await accepted(store)
    for state, posting in (
        (State.RESERVED, Reserve(hold=cents(5))),
        (State.SUBMITTED, None),
        (State.SETTLED, Settle(cost=cents(4))),
    ):
        world.clock.moment += 1_000
        request = await go(store, request, state, posting=posting)
    same = await go(store, request, State.SETTLED, attempts=3)
    found = await (await world.open()).get(request.id)
    assert found is not None
    assert found.state_changes == same.state_changes == request.state_changes
    assert [(change.state, change.held) for change in found.state_changes] == [
        (State.PRICED, 0),
        (State.RESERVED, cents(5)),
        (State.SUBMITTED, cents(5)),
        (State.SETTLED, 0),
    ]
    times = [change.at for change in found.state_changes]
    assert [later - earlier for earlier, later in itertools.pairwise(times)] == [1_000] * 3


async def test_recent_requests_of_everywhere_through_filters(store: Store) -> None:
    made = [await accepted(store, a_request(person=name)) for name in ("mia", "ben", "mia")]
    await go(store, made[0], State.REFUSED)

    async def ids(**filters: str | int) -> set[str]:
        return {row.id for row in await store.recent(**filters)}  # type: ignore[arg-type]

    assert await ids() == {row.id for row in made}
    assert await ids(person="mia") == {made[0].id, made[2].id}
    assert await ids(person="mia", state="refused") == {made[0].id}
    assert await ids(tenant="nobody") == set()
    assert await ids(since=made[2].created_at) == {made[2].id}
    assert len(await ids(limit=2)) == 2
    ordered = await store.recent()
    newest_first = sorted(ordered, key=lambda row: (row.created_at, row.id), reverse=True)
    assert ordered == newest_first


async def test_a_move_outside_the_table_is_refused(store: Store) -> None:
    request = await accepted(store)
    with pytest.raises(ValueError):
        await go(store, request, State.SETTLED)
    assert await store.get(request.id) == request


@pytest.mark.parametrize(
    "facts",
    [{"order": ORDERS[0]}, {"dedupe_key": "x"}, {"hold": Micros(1)}, {"charged": Micros(1)}],
    ids=lambda facts: next(iter(facts)),
)
async def test_what_was_asked_and_what_is_owed_are_not_changed_by_hand(store: Store, facts: dict) -> None:
    request = await accepted(store)
    with pytest.raises(ValueError):
        await go(store, request, State.PRICED, **facts)
    assert await store.get(request.id) == request


async def test_a_change_that_raises_leaves_the_row(store: Store) -> None:
    request = await accepted(store)

    def change(row: Request) -> Request:
        raise TooLate("gone")

    with pytest.raises(TooLate):
        await store.move(request.id, change, posting=Reserve(hold=cents(1)))
    assert await store.get(request.id) == request
    assert [entry async for entry in store.entries()] == []


async def test_nothing_moves_a_request_that_is_not_there(store: Store) -> None:
    with pytest.raises(NotFound):
        await store.move("req_none", lambda row: row)


async def test_moves_of_one_row_at_once_each_see_the_one_before(world: World) -> None:
    stores = [await world.open() for _ in range(2)]
    request = await accepted(stores[0])

    def count(row: Request) -> Request:
        return replace(row, attempts=row.attempts + 1)

    await asyncio.gather(*(stores[i % 2].move(request.id, count) for i in range(40)))
    row = await stores[1].get(request.id)
    assert row is not None
    assert row.attempts == 40


# leases


async def test_a_claim_leases_due_rows_and_counts_the_epoch(store: Store) -> None:
    due, _ = await store.accept(a_request(), {})
    await store.accept(a_request(due_at=NOON + HOUR), {})
    await store.accept(a_request(due_at=None), {})
    now = NOON + HOUR // 2
    [row] = await store.claim("w1", now=now, until=now + 60, limits=ALL)
    assert row == replace(due, lease_owner="w1", lease_epoch=1, lease_until=now + 60)
    assert await store.claim("w2", now=now + 59, until=now + 120, limits=ALL) == []
    [taken] = await store.claim("w2", now=now + 60, until=now + 120, limits=ALL)
    assert (taken.id, taken.lease_owner, taken.lease_epoch) == (due.id, "w2", 2)


async def test_a_write_under_a_lost_lease_fails(store: Store) -> None:
    await accepted(store)
    [mine] = await store.claim("w1", now=2 * NOON, until=2 * NOON + 1, limits=ALL)
    fence = Fence(owner="w1", epoch=mine.lease_epoch)
    await store.move(mine.id, lambda row: replace(row, attempts=1), fence=fence)
    await store.claim("w2", now=2 * NOON + 1, until=2 * NOON + 2, limits=ALL)
    with pytest.raises(LeaseLost):
        await store.move(mine.id, lambda row: replace(row, attempts=9), fence=fence)
    row = await store.get(mine.id)
    assert row is not None
    assert row.attempts == 1


async def test_a_heartbeat_keeps_only_rows_that_are_still_ours(store: Store) -> None:
    await store.accept(a_request(), {})
    [row] = await store.claim("w1", now=2 * NOON, until=2 * NOON + 10, limits=ALL)
    await store.extend("w2", [row.id], 3 * NOON)
    await store.extend("w1", [row.id, "req_none"], 2 * NOON + 50)
    assert await store.next_due() == 2 * NOON + 50
    assert await store.claim("w2", now=2 * NOON + 49, until=3 * NOON, limits=ALL) == []


async def test_leases_handed_back_can_be_taken_at_once_and_their_fence_is_void(store: Store) -> None:
    await store.accept(a_request(), {})
    [row] = await store.claim("w1", now=2 * NOON, until=3 * NOON, limits=ALL)
    await store.release_leases("w2")
    assert await store.claim("w2", now=2 * NOON, until=3 * NOON, limits=ALL) == []
    await store.release_leases("w1")
    with pytest.raises(LeaseLost):
        await store.move(row.id, lambda old: old, fence=Fence(owner="w1", epoch=1))
    assert [one.id for one in await store.claim("w2", now=2 * NOON, until=3 * NOON, limits=ALL)] == [row.id]


async def test_next_due_is_when_a_row_can_be_claimed(store: Store) -> None:
    assert await store.next_due() is None
    await store.accept(a_request(due_at=NOON + 90), {})
    await store.accept(a_request(due_at=NOON + 30), {})
    await store.accept(a_request(due_at=None), {})
    assert await store.next_due() == NOON + 30
    await store.claim("w", now=NOON + 30, until=NOON + 60, limits=ALL)
    assert await store.next_due() == NOON + 60


async def test_fifty_orders_of_one_person_do_not_starve_anothers_one(store: Store) -> None:
    many = [(await store.accept(a_request("test:mia"), {}))[0] for _ in range(50)]
    one, _ = await store.accept(a_request("test:bo"), {})
    two = await store.claim("w", now=2 * NOON, until=3 * NOON, limits=replace(ALL, slots=2))
    assert [row.id for row in two] == [many[0].id, one.id]
    assert (await store.queue(now=2 * NOON))[:2] == [many[1].id, many[2].id]
    more = await store.claim("w", now=2 * NOON, until=3 * NOON, limits=replace(ALL, slots=2))
    assert [row.id for row in more] == [many[1].id, many[2].id]


async def test_the_queue_is_who_waits_in_the_order_of_their_turns(store: Store) -> None:
    many = [(await store.accept(a_request("test:mia"), {}))[0] for _ in range(3)]
    one, _ = await store.accept(a_request("test:bo"), {})
    await store.accept(a_request("test:bo", due_at=3 * NOON), {})
    await go(store, await accepted(store), State.CANCELLED, due_at=None)
    assert await store.queue(now=2 * NOON) == [row.id for row in (many[0], one, *many[1:])]
    await store.claim("w", now=2 * NOON, until=3 * NOON, limits=replace(ALL, slots=1))
    assert await store.queue(now=2 * NOON) == [row.id for row in (one, *many[1:])]
    assert await store.queue(now=1) == []


async def test_no_more_run_at_once_than_a_person_and_a_tenant_may(world: World) -> None:
    stores = [await world.open() for _ in range(2)]
    for person in ("test:a", "test:b", "test:c"):
        for _ in range(5):
            await stores[0].accept(a_request(person), {})
    other, _ = await stores[0].accept(a_request("x:1", tenant="x"), {})
    limits = replace(ALL, per_person=2, per_tenant=5)
    parts = await asyncio.gather(
        *(s.claim(f"w{i}", now=2 * NOON, until=3 * NOON, limits=limits) for i, s in enumerate(stores * 3))
    )
    rows = [row for part in parts for row in part]
    assert len({row.id for row in rows}) == len(rows) == 6
    assert other.id in {row.id for row in rows}
    people = [row.actor.person for row in rows]
    assert max(people.count(person) for person in set(people)) == 2


async def test_a_row_at_the_gateway_counts_even_without_a_lease(store: Store) -> None:
    running = await go(
        store,
        await reserve(store, await accepted(store), 1),
        State.SUBMITTED,
        State.RUNNING,
        due_at=3 * NOON,
    )
    waiting, _ = await store.accept(a_request(), {})
    tight = replace(ALL, per_person=1)
    assert await store.claim("w", now=2 * NOON, until=2 * NOON + 1, limits=tight) == []
    await go(store, running, State.RUNNING, due_at=2 * NOON)
    polled = await store.claim("w", now=2 * NOON, until=3 * NOON, limits=tight)
    assert [row.id for row in polled] == [running.id]
    roomy = await store.claim("w", now=2 * NOON, until=3 * NOON, limits=replace(ALL, per_person=2))
    assert [row.id for row in roomy] == [waiting.id]


async def test_results_and_ends_are_told_whatever_the_limits(store: Store) -> None:
    settled = await settle(store, await reserve(store, await accepted(store), 1), 1)
    refused = await go(store, await accepted(store), State.REFUSED)
    await accepted(store)
    none = replace(ALL, per_person=0, per_tenant=0)
    rows = await store.claim("w", now=2 * NOON, until=3 * NOON, limits=none)
    assert {row.id for row in rows} == {settled.id, refused.id}
    assert await store.claim("w", now=2 * NOON, until=3 * NOON, limits=replace(ALL, slots=0)) == []


async def test_rows_of_adapters_that_run_elsewhere_are_left_to_them(store: Store) -> None:
    rows = [(await store.accept(a_request(origin=origin), {}))[0] for origin in ("web", "slack", "discord")]
    here = replace(ALL, origins=("slack", "web"))
    found = await store.claim("w", now=2 * NOON, until=3 * NOON, limits=here)
    assert {row.id for row in found} == {rows[0].id, rows[1].id}
    none = await store.claim("w", now=2 * NOON, until=3 * NOON, limits=replace(ALL, origins=("lack",)))
    assert none == []


async def test_a_running_job_is_made_due_by_its_id(store: Store) -> None:
    sent = await go(store, await reserve(store, await accepted(store), 1), State.SUBMITTED)
    running = await go(store, sent, State.RUNNING, job_id="video_1", due_at=2 * NOON)
    assert not await store.make_job_due("video_2")
    assert await store.make_job_due("video_1")
    row = await store.get(running.id)
    assert row is not None
    assert row.due_at == NOON
    assert not await store.make_job_due("video_1")


# finding


async def test_what_is_unfinished_is_counted_by_kind(store: Store) -> None:
    assert await store.count_unfinished() == []
    first = await reserve(store, await accepted(store), 5)
    await reserve(store, await accepted(store), 6)
    await accepted(store)
    await go(store, await accepted(store), State.CANCELLED)
    kinds = {(one.capability, one.state, one.platform): one for one in await store.count_unfinished()}
    assert set(kinds) == {("generate", "priced", "test"), ("generate", "reserved", "test")}
    held = kinds["generate", "reserved", "test"]
    assert (held.requests, held.held, held.oldest) == (2, 11, first.created_at)


async def test_calls_that_left_between_two_times_are_found_in_order(store: Store) -> None:
    sent = []
    for at in (NOON + 3, NOON, NOON + 1):
        row = await reserve(store, await accepted(store), 1)
        sent.append(await go(store, row, State.SUBMITTED, submitted_at=at))
    await accepted(store)
    assert await store.submitted(since=NOON, until=NOON + 3) == [sent[1], sent[2]]


async def test_what_waits_is_counted(store: Store) -> None:
    rows = [(await store.accept(a_request(f"test:{i % 2}"), {}))[0] for i in range(4)]
    await go(store, rows[0], State.CANCELLED)
    assert await store.waiting(rows[1].actor) == Load(everyone=3, tenant=3, person=2)
    elsewhere = Actor(tenant="test:2", person="test:0")
    assert await store.waiting(elsewhere) == Load(everyone=3, tenant=0, person=1)
    await go(store, rows[2], State.PRICED, State.AWAITING_CONFIRMATION)
    assert await store.waiting(elsewhere) == Load(everyone=2, tenant=0, person=0)
    assert [row.id for row in await store.unfinished("test:1")] == [row.id for row in rows[1:]]
    assert [row.id for row in await store.unfinished("test:1", person="test:1")] == [rows[1].id, rows[3].id]
    assert await store.unfinished("test:2") == []


async def test_history_is_newest_first_and_pages(store: Store) -> None:
    rows = [(await store.accept(a_request(f"test:{i % 2}", created_at=NOON), {}))[0] for i in range(6)]
    await store.accept(a_request(tenant="test:2"), {})
    ids = sorted((row.id for row in rows), reverse=True)
    assert [row.id for row in await store.history("test:1")] == ids
    assert [row.id for row in await store.history("test:1", limit=2)] == ids[:2]
    assert [row.id for row in await store.history("test:1", limit=2, before=ids[1])] == ids[2:4]
    own = [one for one in ids if one in {row.id for row in rows[1::2]}]
    assert [row.id for row in await store.history("test:1", person="test:1")] == own
    assert [row.id for row in await store.history("test:1", person="test:1", before=own[0])] == own[1:]
    assert await store.get("req_none") is None


async def test_the_time_a_model_takes_is_learned_from_requests_that_settled(store: Store) -> None:
    assert await store.expected_s("flux.2-pro", Capability.GENERATE) is None
    for seconds in (10, 20, 30):
        request = await reserve(store, await accepted(store), 1)
        facts = {"submitted_at": NOON, "finished_at": NOON + seconds * 1_000_000}
        await settle(store, request, 1, **facts)
    assert await store.expected_s("flux.2-pro", Capability.GENERATE) == pytest.approx(20, abs=0.01)
    assert await store.expected_s("flux.2-pro", Capability.EDIT) is None


# tenants, conversations, inbox, documents


async def test_a_tenant_has_defaults_until_it_is_saved(world: World) -> None:
    store = await world.open()
    assert await store.tenant("test:1") == Tenant(id="test:1")
    changed = Tenant(
        id="test:1",
        zone="Europe/Berlin",
        threshold=cents(5),
        cap=cents(9),
        defaults={"generate": "m"},
        allowed_models=("flux*",),
        sensitive=Sensitive.ALWAYS,
        exempt_roles=("r1", "r2"),
        zone_changes=(ZoneChange(at=NOON, before="UTC"),),
    )
    await store.change_tenant("test:1", lambda _: replace(changed, paused=True), by=OPERATOR)
    assert await store.change_tenant("test:1", lambda now: replace(now, paused=False), by=OPERATOR) == changed
    assert [(one.before, one.at) for one in changed.zone_changes] == [("UTC", NOON)]
    await store.accept(a_request(tenant="test:0"), {})
    again = await world.open()
    assert await again.tenant("test:1") == changed
    assert await again.tenants() == ["test:0", "test:1"]


async def test_changes_to_a_tenants_settings_add_up_from_wherever_they_come(world: World) -> None:
    stores = [await world.open(), await world.open()]

    async def block(number: int) -> None:
        await stores[number % 2].change_tenant(
            "test:1", lambda now: replace(now, blocked_people=(*now.blocked_people, str(number))), by=OPERATOR
        )

    await asyncio.gather(*(block(number) for number in range(20)))
    assert sorted((await stores[0].tenant("test:1")).blocked_people, key=int) == list(map(str, range(20)))


async def test_a_change_that_raises_leaves_the_settings_alone(store: Store) -> None:
    def refuse(_: Tenant) -> Tenant:
        raise InvalidOrder("no")

    with pytest.raises(InvalidOrder):
        await store.change_tenant("test:1", refuse, by=OPERATOR)
    assert await store.tenant("test:1") == Tenant(id="test:1")
    assert await store.tenants() == []


async def test_a_conversation_remembers_its_last_turns_in_order(world: World) -> None:
    store = await world.open()
    request = await accepted(store)
    said = [Turn(role=role, content=f"{i} \x00 🐹") for i in range(3) for role in ("user", "assistant")]
    for i in range(0, 6, 2):
        world.clock.moment = NOON + i
        await store.move(request.id, lambda row: row, turns=("thread", said[i : i + 2]))
    kept = await store.turns("thread", limit=10, since=0)
    assert [(turn.role, turn.content[0]) for turn in kept] == [(t.role, t.content[0]) for t in said]
    assert await store.turns("thread", limit=3, since=0) == kept[3:]
    assert await store.turns("thread", limit=10, since=NOON + 3) == kept[4:]
    assert await store.turns("other", limit=10, since=0) == []
    assert await store.forget("thread") == 6
    assert await store.turns("thread", limit=10, since=0) == []


async def test_turns_of_a_move_that_fails_are_not_kept(store: Store) -> None:
    request = await accepted(store)
    with pytest.raises(ValueError):
        await store.move(
            request.id,
            lambda row: replace(row, state=State.DELIVERED),
            turns=("thread", [Turn(role="user", content="x")]),
        )
    assert await store.turns("thread", limit=10, since=0) == []


async def test_the_inbox_keeps_an_event_once_until_it_is_done(world: World) -> None:
    store = await world.open()
    assert await store.inbox_put("slack", "Ev1", {"a": [1, "ü"]})
    assert not await store.inbox_put("slack", "Ev1", {"a": 2})
    world.clock.moment += 10
    assert await store.inbox_put("slack", "Ev2", {})
    assert await store.inbox_put("discord", "Ev1", {})
    [item] = await (await world.open()).inbox_pending("slack", older_than=NOON + 5)
    assert (item.source, item.key, item.payload, item.received_at) == ("slack", "Ev1", {"a": [1, "ü"]}, NOON)
    assert await store.inbox_get("slack", "Ev1") == {"a": [1, "ü"]}
    assert await store.inbox_get("slack", "Ev3") is None
    await store.inbox_done("slack", "Ev1")
    assert not await store.inbox_get("slack", "Ev1")
    assert [one.key for one in await store.inbox_pending("slack", older_than=NOON + 10)] == ["Ev2"]
    assert not await store.inbox_put("slack", "Ev1", {})


async def test_documents_are_written_read_listed_and_deleted(world: World) -> None:
    store = await world.open()
    await store.put_document("hash", "b", {"v": 1})
    await store.put_document("hash", "a", {"v": None, "w": "\x00\ud800"})
    await store.put_document("hash", "b", {"v": 2})
    await store.put_document("other", "b", {"v": 3})
    again = await world.open()
    assert await again.get_document("hash", "b") == {"v": 2}
    assert await again.documents("hash") == {"a": {"v": None, "w": "\x00\ud800"}, "b": {"v": 2}}
    await again.delete_document("hash", "b")
    await again.delete_document("hash", "b")
    assert await store.get_document("hash", "b") is None
    assert await store.get_document("other", "b") == {"v": 3}


async def test_purge_takes_words_and_pictures_and_leaves_the_ledger(world: World) -> None:
    store = await world.open()
    await store.set_budget(a_budget(100, window=Window.TOTAL), by=OPERATOR)
    old = a_request(order=ORDERS[1])
    await store.accept(old, {PICTURE.digest: b"png"})
    await store.accept(a_request(order=ORDERS[0], created_at=NOON + HOUR), {PICTURE.digest: b"png"})
    await store.accept(a_request(order=ORDERS[3]), {OTHER.digest: b"mp4"})
    chat, _ = await store.accept(a_request(order=ORDERS[2]), {})
    for row in (old, chat):
        done = await settle(store, await reserve(store, await accepted(store, row), 5), 4, text="secret")
        await store.move(
            done.id,
            lambda r: replace(r, state=State.DELIVERED, due_at=None),
            turns=("t", [Turn(role="user", content="x")]),
        )
    await store.inbox_put("slack", "Ev1", {"text": "secret"})
    world.clock.moment = NOON + 2 * HOUR
    assert await store.purge(before=NOON + HOUR) == 5
    assert await store.purge(before=NOON + HOUR) == 0
    gone = await store.get(chat.id)
    assert gone is not None
    assert isinstance(gone.order, ChatOrder)
    assert (gone.order.prompt, gone.order.history, gone.text, gone.charged) == ("", (), "", 4)
    assert await store.upload(PICTURE.digest) == b"png"
    assert await store.turns("t", limit=9, since=0) == []
    unfinished = await store.unfinished("test:1")
    assert [row.order.prompt for row in unfinished] == ["waves", "more “moss”\n🐹"]
    assert await store.verify() == []
    assert len([entry async for entry in store.entries()]) == 4
    await go(store, unfinished[1], State.CANCELLED, due_at=None)
    await store.purge(before=world.clock.moment)
    assert await store.upload(PICTURE.digest) is None
    assert await store.upload(OTHER.digest) == b"mp4"


async def test_erasing_a_person_takes_their_words_and_name_and_leaves_the_amounts(store: Store) -> None:
    chat = a_request("test:mia", order=ORDERS[2])
    done = await settle(store, await reserve(store, await accepted(store, chat), 5), 4, text="secret")
    await store.move(
        done.id,
        lambda r: replace(r, state=State.DELIVERED, due_at=None),
        turns=("test:thread", [Turn(role="user", content="mine")]),
    )
    waiting = await accepted(store, a_request("test:mia", tenant="test:2", order=ORDERS[1]))
    other = await accepted(store, a_request("test:bo", order=ORDERS[2]))
    await store.move(other.id, lambda row: row, turns=("test:thread", [Turn(role="user", content="his")]))
    assert await store.of_person("test:mia") == [await store.get(done.id), waiting]
    erased = await store.erase("test:mia")
    assert (list(erased.requests), erased.turns, erased.unfinished) == ([done.id], 1, 1)
    gone = await store.get(done.id)
    assert gone is not None
    assert (gone.order.prompt, gone.actor.name, gone.text, gone.charged) == ("", "", "", 4)
    assert gone.purged
    assert not waiting.purged
    quoted = await store.get(other.id)
    assert quoted is not None
    assert isinstance(quoted.order, ChatOrder)
    assert (quoted.order.prompt, quoted.order.history) == ("and then?", ())
    assert await store.get(waiting.id) == waiting
    assert [turn.content for turn in await store.turns("test:thread", limit=9, since=0)] == ["his"]
    assert await store.verify() == []


async def test_a_request_whose_cost_the_log_is_asked_for_is_erased_at_once(store: Store) -> None:
    made = await settle(store, await reserve(store, await accepted(store), 5), 4, text="secret")
    told = {"state": State.DELIVERED, "notified": State.DELIVERED, "due_at": NOON + HOUR}
    await store.move(made.id, lambda row: replace(row, **told))
    erased = await store.erase("test:mia")
    assert (list(erased.requests), erased.unfinished) == ([made.id], 0)
    await store.adjust(made.id, Micros(7), by="log")
    row = await store.get(made.id)
    assert row is not None
    assert (row.charged, row.text, row.actor.name, row.order.prompt) == (7, "", "", "")
    assert await store.verify() == []


async def test_a_store_answers_and_closes_twice(world: World) -> None:
    store = await world.open()
    await store.ping()
    await store.check()
    assert await store.documents("check") == {}
    await store.close()
    await store.close()


async def test_the_file_is_its_owners_alone(world: World) -> None:
    if world.kind != "sqlite":
        pytest.skip("only SQLite has a file")
    await world.open()
    assert stat.S_IMODE(world.file.stat().st_mode) == 0o600
