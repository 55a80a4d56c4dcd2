"""What is remembered for a while: until when, how long, and what an older version wrote."""

from __future__ import annotations

import pytest

from adapters.common.expiring_documents import ExpiringDocuments
from tests.contract.memory_store import Memory, MemoryStore


class Stopped:
    """A clock that the test sets."""

    at = 1_000_000_000

    def now(self) -> int:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += int(seconds * 1_000_000)


@pytest.fixture(name="clock")
def clock_fixture() -> Stopped:
    return Stopped()


@pytest.fixture(name="store")
def store_fixture(clock: Stopped) -> MemoryStore:
    return MemoryStore(Memory(), clock)


async def test_a_body_is_kept_so_long_and_no_longer(store: MemoryStore, clock: Stopped):
    kept = ExpiringDocuments(store, clock, kind="k", kept_s=60)
    assert await kept.put("a", {"x": 1}) == clock.at + 60_000_000
    await clock.sleep(59)
    assert (await kept.get("a") or {})["x"] == 1
    await clock.sleep(1)
    assert await kept.get("a") is None


async def test_writing_again_keeps_it_for_longer(store: MemoryStore, clock: Stopped):
    kept = ExpiringDocuments(store, clock, kind="k", kept_s=60)
    await kept.put("a", {"x": 1})
    await clock.sleep(59)
    await kept.put("a", {"x": 2})
    await clock.sleep(59)
    assert (await kept.get("a") or {})["x"] == 2


async def test_what_is_taken_is_gone(store: MemoryStore, clock: Stopped):
    kept = ExpiringDocuments(store, clock, kind="k", kept_s=60)
    await kept.put("a", {"x": 1})
    assert await kept.take("a") is not None
    assert await kept.take("a") is None


async def test_only_what_has_expired_is_deleted_and_only_of_its_kind(store: MemoryStore, clock: Stopped):
    kept = ExpiringDocuments(store, clock, kind="k", kept_s=60)
    other = ExpiringDocuments(store, clock, kind="other", kept_s=60)
    await kept.put("old", {})
    await other.put("old", {})
    await clock.sleep(60)
    await kept.put("new", {})
    assert await kept.delete_expired() == 1
    assert set(await store.documents("k")) == {"new"}
    assert set(await store.documents("other")) == {"old"}


async def test_documents_of_former_versions_end_when_they_said(store: MemoryStore, clock: Stopped):
    """A workspace's installation begun before an update carries `until` and no `at`."""
    kept = ExpiringDocuments(store, clock, kind="slack_oauth_state", kept_s=600)
    await store.put_document("slack_oauth_state", "s", {"until": clock.at + 5_000_000})
    assert await kept.get("s") is not None
    await clock.sleep(5)
    assert await kept.take("s") is None
