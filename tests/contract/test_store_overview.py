"""What the operator sees over all places: counts that are exact, and everybody whom the database knows."""

from __future__ import annotations

from dataclasses import replace

from bot.core.audit.entries import OPERATOR
from bot.core.ledger import EVERYONE, INSTALLATION, GivenBy, Scope
from bot.core.ports.overview import KnownBy
from bot.core.ports.store import Store
from tests.contract.store_world import (
    NOON,
    World,
    a_budget,
    a_request,
    place,
    postgres_server,
    postgres_url,
    store,
    world,
)

__all__ = ["place", "postgres_server", "postgres_url", "store", "world"]

MIA, BEN, ANA, LEO = "test:mia", "test:ben", "test:ana", "test:leo"


async def test_what_was_asked_between_two_moments_is_counted_over_all_places(store: Store) -> None:
    assert (await store.asked_between(0, 2 * NOON)).requests == 0
    for number, (person, tenant, at) in enumerate(
        (
            (MIA, "test:1", NOON - 1),
            (MIA, "test:1", NOON),
            (MIA, "test:2", NOON + 5),
            (BEN, "test:2", NOON + 9),
            (BEN, "test:3", NOON - 9),
        )
    ):
        await store.accept(a_request(person, tenant=tenant, id=f"req_{number}", created_at=at), {})
    found = await store.asked_between(NOON, 2 * NOON)
    assert (found.requests, found.people) == (3, 2)
    assert (await store.asked_between(NOON - 9, 2 * NOON)).requests == 5
    assert (await store.asked_between(NOON - 9, NOON + 9)).people == 2
    assert (await store.asked_between(NOON + 10, 2 * NOON)).people == 0
    assert [one for one in await store.tenants() if one.startswith("test:")] == ["test:1", "test:2", "test:3"]


async def test_people_are_known_by_more_than_what_they_asked_for(store: Store, world: World) -> None:
    await store.accept(a_request(MIA, tenant="test:1"), {})
    await store.set_budget(a_budget(5, Scope.PERSON, BEN, tenant="test:1"), by=OPERATOR)
    everywhere = a_budget(9, Scope.EVERYWHERE, ANA, tenant=INSTALLATION, given_by=GivenBy.OPERATOR)
    await store.set_budget(everywhere, by=OPERATOR)
    await store.set_budget(replace(everywhere, id="all", subject=EVERYONE), by=OPERATOR)
    gone = await store.set_budget(a_budget(7, Scope.PERSON, "test:gone", tenant="test:1"), by=OPERATOR)
    await store.remove_budget(gone.id, by=OPERATOR)
    await store.choose_home(LEO, "test:2")
    await store.open_code(LEO, "Leo", "abcd-efgh")
    proposal = await store.enter_code(BEN, "Ben", "abcd-efgh")
    for person in (LEO, BEN):
        await store.answer_proposal(proposal.id, person, agrees=True)
    assert [(one.person, one.tenant, one.known_by) for one in await store.known_people()] == [
        (ANA, INSTALLATION, KnownBy.LIMIT),
        (BEN, INSTALLATION, KnownBy.LINK),
        (BEN, "test:1", KnownBy.LIMIT),
        (LEO, INSTALLATION, KnownBy.LINK),
        (LEO, "test:2", KnownBy.HOME),
        (MIA, "test:1", KnownBy.ASKED),
    ]
    await store.erase(LEO)
    assert LEO not in [one.person for one in await store.known_people()]
