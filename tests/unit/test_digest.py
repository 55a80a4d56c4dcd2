"""A digest's periods and figures: borders in any zone, nothing lost between two of them, names harmless."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from adapters.common.notices import digest_words
from adapters.common.notices.chart import chart_png
from adapters.discord.views import notices as discord_view
from adapters.slack.views import notices as slack_view
from bot.core.money import Micros
from bot.core.notices.digest import (
    DigestEnd,
    DigestPeriod,
    DigestRow,
    DigestSums,
    Dimension,
    digest_of,
    due_period,
    last_period,
    period_before,
    running_period,
)
from bot.core.place_lists.projects import Project
from bot.core.tenant import DigestPace, Tenant
from bot.core.windows import QUARTER_US, Window

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia",
         "America/St_Johns", "Pacific/Chatham", "Africa/Cairo")  # fmt: skip
WINDOWS = st.sampled_from([Window.WEEK, Window.MONTH])
MOMENTS = st.integers(
    int(datetime(2011, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000,
    int(datetime(2037, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000,
)
HERE = Tenant(id="x:1", zone="Europe/Berlin", digest_channel="x:c")


def at(text: str, zone: str = "Europe/Berlin") -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()) * 1_000_000


@given(MOMENTS, st.sampled_from(ZONES), WINDOWS)
def test_periods_follow_each_other_without_a_gap_and_begin_at_midnight(now, zone, window):
    tenant = replace(HERE, zone=zone)
    last, running = last_period(tenant, window, now), running_period(tenant, window, now)
    assert last.until == running.since <= now
    assert period_before(last, tenant.zones).until == last.since
    for moment in (last.since, last.until):
        local = datetime.fromtimestamp(moment / 1e6, UTC).astimezone(ZoneInfo(zone))
        first = local.day == 1 if window is Window.MONTH else local.weekday() == 0
        assert first, local
        before = datetime.fromtimestamp(moment / 1e6 - 1, UTC).astimezone(ZoneInfo(zone))
        assert before.date() < local.date()


@given(
    MOMENTS, st.sampled_from(ZONES), WINDOWS, st.lists(st.tuples(MOMENTS, st.integers(1, 10**9)), max_size=30)
)
def test_every_charge_is_in_exactly_one_day_of_one_period(now, zone, window, charges):
    """Days with 23, 24½ and 25 hours included."""
    tenant = replace(HERE, zone=zone)
    last = last_period(tenant, window, now)
    length = last.until - last.since
    quarters = [((last.since + moment % length) // QUARTER_US, Micros(spent)) for moment, spent in charges]
    rows = [
        DigestRow(
            person="x:p", name="P", channel="x:c", capability="chat", model="m", spent=spent, requests=1
        )
        for _, spent in quarters
    ]
    found = digest_of(tenant, last, DigestSums(rows=rows, quarters=quarters), DigestSums())
    assert sum(day[1] for day in found.days) == found.spent == sum(spent for _, spent in quarters)
    assert all(sum(line.spent for line in lines) == found.spent for lines in found.parts.values())
    assert len(found.days) == (7 if window is Window.WEEK else len(found.days))


@given(MOMENTS, st.lists(st.integers(1, 40 * 86_400), min_size=1, max_size=12), st.sampled_from(ZONES))
def test_however_rarely_somebody_looks_a_period_is_due_once_and_only_the_newest(start, pauses, zone):
    tenant = replace(HERE, zone=zone, digest=DigestPace.WEEKLY, digest_since=start)
    assert due_period(tenant, start) is None, "what was before it was switched on is no news"
    now, seen = start, set[DigestPeriod]()
    for pause in pauses:
        now += pause * 1_000_000
        due = due_period(tenant, now)
        if due is not None:
            seen.add(due)
            assert due.until <= now < due.until + 8 * 86_400 * 1_000_000
    assert len({one.since for one in seen}) == len(seen) <= len(pauses)


def test_a_place_without_a_channel_or_pace_gets_none():
    now = at("2026-05-01T12:00")
    assert due_period(replace(HERE, digest_channel=""), now) is None
    assert due_period(replace(HERE, digest=DigestPace.NEVER), now) is None
    assert due_period(HERE, now) == DigestPeriod(
        tenant="x:1", window=Window.MONTH, since=at("2026-04-01T00:00"), until=at("2026-05-01T00:00")
    )


def test_switching_on_counts_from_then_and_another_channel_changes_nothing():
    off = replace(HERE, digest_channel="")
    on = HERE.after(off, 5)
    assert on.digest_since == 5
    assert replace(on, digest_channel="x:d").after(on, 9).digest_since == 5
    assert replace(on, digest=DigestPace.WEEKLY).after(on, 9).digest_since == 9
    assert replace(on, digest=DigestPace.NEVER).after(on, 9).digest_since == 0


def a_digest(people: int = 12, name: str = "<!channel> @everyone **Zed**"):
    period = last_period(HERE, Window.MONTH, at("2026-05-02T12:00"))
    before = period_before(period, HERE.zones)

    def sums(one: DigestPeriod, cents: int) -> DigestSums:
        rows = [
            DigestRow(
                person=f"x:{number}", name=f"{name}{number}", channel="x:7", capability="generate",
                model="flux.2-pro", spent=Micros(cents * 10_000 * (people - number)), requests=2,
            )
            for number in range(people)
        ]  # fmt: skip
        spent = Micros(sum(row.spent for row in rows))
        ends = (
            DigestEnd(state="failed", code="gateway_unavailable", requests=2),
            DigestEnd(state="refused", code="budget_exceeded", requests=3),
            DigestEnd(state="refused", code="of_another_version", requests=1),
        )
        return DigestSums(rows=rows, quarters=[(one.since // QUARTER_US + 100, spent)], ends=ends)

    return digest_of(HERE, period, sums(period, 3), sums(before, 2))


def test_the_largest_are_named_and_the_others_are_one_line():
    lines = a_digest().parts[Dimension.PERSON]
    assert [line.key for line in lines] == [*(f"x:{number}" for number in range(8)), ""]
    assert lines[-1].others == 4
    assert sum(line.spent for line in lines) == a_digest().spent


def test_projects_are_a_part_where_there_are_any():
    assert Dimension.PROJECT not in a_digest().parts
    tenant = replace(HERE, projects=(Project(id="prj_1", name="Autumn *"),))
    row = DigestRow(
        person="x:p", name="P", channel="x:7", capability="chat", model="m", spent=Micros(5), requests=1
    )
    rows = [replace(row, project="prj_1"), row]
    found = digest_of(tenant, a_digest().period, DigestSums(rows=rows), DigestSums())
    assert [line.key for line in found.parts[Dimension.PROJECT]] == ["", "prj_1"]
    said = repr(discord_view.digest(found).to_components())
    assert "Autumn \\\\*" in said
    assert "without a project" in said
    assert "Autumn" in repr(slack_view.digest(found).payload())


def test_the_words_are_plain_and_reasons_are_no_codes():
    found = a_digest()
    assert digest_words.title(found) == "Spent here from 2026-04-01 to 2026-04-30"
    assert digest_words.total(found) == "$2.34 for 24 orders; $1.56 in the time before (+50 %)."
    assert digest_words.endings(found) == [
        "Failed: 2 (the gateway could not be reached: 2)",
        "Refused: 4 (a budget was used up: 3, other reasons: 1)",
    ]
    assert "2026-04-02 with $2.34" in digest_words.chart_text(found)


def test_nobody_is_pinged_and_both_platforms_take_it():
    found = a_digest(people=40)
    said = repr(discord_view.digest(found, marker=found.marker, chart=True).to_components())
    assert "@everyone" not in said
    assert "**Zed" not in said
    payload = slack_view.digest(found, marker=found.marker).payload()
    assert "<!channel>" not in repr(payload)
    assert len(payload["blocks"]) < 50
    assert max(len(str(block)) for block in payload["blocks"]) < 3500
    assert len(found.marker) <= 25, "a nonce on Discord"


async def test_the_chart_is_a_small_picture_and_nothing_is_no_picture():
    data = await chart_png(a_digest())
    assert data.startswith(b"\x89PNG")
    assert len(data) < 200_000
    assert await chart_png(a_digest(people=0)) == b""


async def test_without_the_extra_there_is_no_chart(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert await chart_png(a_digest()) == b""
