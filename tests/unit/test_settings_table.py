"""The table of settings: every value is read back as it was written, whatever the form it came through."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.common.amounts import amount_of
from adapters.common.lists import lines_page, page_of
from adapters.common.settings_forms import changes_of, field_of, pages_of, problems_of
from adapters.common.settings_table import SETTINGS, Kind, setting_of
from adapters.common.settings_values import parsed, shown, text_of
from bot.core.capability import Capability
from bot.core.errors import InvalidOrder, TooLate
from bot.core.money import Micros
from bot.core.tenant import KEPT, Sensitive, Tenant

IDS = st.integers(0, 60).map(lambda count: tuple(f"x:U{number}" for number in range(count)))
MODELS = st.from_regex(r"[a-z0-9][a-z0-9./-]{0,30}", fullmatch=True).filter(
    lambda one: one not in ("none", "off")
)
MONEY = st.integers(0, 10**18).map(Micros)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "threshold": MONEY,
    "cap": st.none() | MONEY,
    "zone": st.sampled_from(("UTC", "Europe/Berlin", "America/Argentina/Ushuaia")),
    "paused": st.booleans(),
    "sensitive": st.sampled_from(list(Sensitive)),
    "defaults": st.dictionaries(st.sampled_from([str(one) for one in Capability]), MODELS),
    "allowed_models": st.lists(MODELS, max_size=9).map(tuple),
    "denied_models": st.lists(MODELS, max_size=9).map(tuple),
    "denied_capabilities": st.lists(st.sampled_from([str(one) for one in Capability])).map(tuple),
    "allowed_channels": IDS,
    "exempt_roles": IDS,
    "blocked_people": IDS,
    "admin_people": IDS,
    "house_prompt": st.from_regex(r"[A-Z][a-z]{4,9}( [a-z,.]{1,9}){0,9}", fullmatch=True),
    "channel_prompts": st.dictionaries(
        st.from_regex(r"x:C[0-9]{1,9}", fullmatch=True),
        st.from_regex(r"[A-Z][a-z=]{0,9}( [a-z=]{1,9}){0,3}", fullmatch=True),
    ),
    "blocked_words": st.lists(st.from_regex(r"[b-m]{2,9}\*?( [a-z]{2,9})?", fullmatch=True), unique=True).map(
        tuple
    ),
    "admin_channel": st.just("") | st.from_regex(r"x:[A-Z0-9]{1,12}", fullmatch=True),
}
TENANTS = st.fixed_dictionaries(VALUES).map(lambda values: Tenant(id="x:1", **values))


def test_titles_and_sentences_fit_every_form() -> None:
    for row in SETTINGS:
        assert 0 < len(row.title) <= 45
        assert 0 < len(row.help) <= 100
        assert row.help.endswith(".")


def test_every_name_and_alias_is_one_row() -> None:
    names = [name for row in SETTINGS for name in (row.name, *row.aliases)]
    assert len(names) == len(set(names))
    for name in names:
        assert setting_of(name.replace("_", "-").upper()).name


@settings(deadline=None)
@given(tenant=TENANTS)
def test_a_value_is_read_back_from_its_text(tenant: Tenant) -> None:
    for row in SETTINGS:
        value = getattr(tenant, row.name)
        assert parsed(row, text_of(row, value)) == value
        assert shown(row, tenant)


@settings(deadline=None)
@given(tenant=TENANTS, per_page=st.integers(1, 7), values=st.integers(1, 30))
def test_forms_of_any_size_hold_every_setting_and_change_nothing_by_themselves(
    tenant: Tenant, per_page: int, values: int
) -> None:
    pages = pages_of(tenant, fields=per_page, values=values)
    assert len({page.name for page in pages}) == len(pages)
    assert all(1 <= len(page.fields) <= per_page for page in pages)
    shown_rows = {field.row.name for page in pages for field in page.fields}
    assert shown_rows == {field.name for field in fields(Tenant)} - KEPT
    for page in pages:
        sent = {
            field.name: field.values
            if field.values or field.part
            else "none"
            if field.key
            else text_of(field.row, getattr(tenant, field.row.name))
            for field in page.fields
        }
        assert not problems_of(sent)
        assert all(len(name) <= 100 for name in sent)
        assert replace(tenant, **changes_of(tenant, sent)) == tenant


def test_a_part_of_a_long_list_is_changed_alone() -> None:
    people = tuple(f"x:{number}" for number in range(60))
    tenant = Tenant(id="t", blocked_people=people)
    pages = pages_of(tenant, fields=5, values=25)
    parts = [field for page in pages for field in page.fields if field.row.name == "blocked_people"]
    assert [len(field.values) for field in parts] == [25, 25, 10]
    second = parts[1]
    changed = changes_of(tenant, {second.name: [*second.values[1:], "x:new"]})["blocked_people"]
    assert set(changed) == set(people) - {"x:25"} | {"x:new"}
    later = replace(tenant, blocked_people=people[1:])
    with pytest.raises(TooLate, match="changed while the form was open"):
        changes_of(later, {second.name: []})


def test_a_list_that_is_full_has_an_empty_part_to_add_to() -> None:
    tenant = Tenant(id="t", admin_people=tuple(f"x:{number}" for number in range(25)))
    pages = pages_of(tenant, fields=5, values=25)
    parts = [field.values for page in pages for field in page.fields if field.row.name == "admin_people"]
    assert [len(values) for values in parts] == [25, 0]


def test_one_default_model_is_changed_and_the_others_stay() -> None:
    tenant = Tenant(id="t", defaults={"generate": "a", "edit": "b"})
    assert changes_of(tenant, {"defaults.edit": "c", "default_chat": ["d"]}) == {
        "defaults": {"generate": "a", "edit": "c", "chat": "d"}
    }
    assert changes_of(tenant, {"defaults.edit": ""}) == {"defaults": {"generate": "a"}}


def test_typed_lists_can_be_added_to_and_taken_from() -> None:
    tenant = Tenant(id="t", blocked_people=("x:1", "x:2"))
    assert changes_of(tenant, {"blocked_people": "+ x:3 x:1"}) == {"blocked_people": ("x:2", "x:3", "x:1")}
    assert changes_of(tenant, {"blocked": "- x:1"}) == {"blocked_people": ("x:2",)}
    assert changes_of(tenant, {"blocked": "none"}) == {"blocked_people": ()}


@pytest.mark.parametrize(
    ("name", "given", "says"),
    [
        ("threshold", "", "missing"),
        ("threshold", "lots", "“lots” is not an amount"),
        ("cap", "-1", "0 or more"),
        ("zone", "Mars/Olympus", "not a time zone"),
        ("paused", "perhaps", "on, off"),
        ("sensitive", "sometimes", "never"),
        ("denied_capabilities", "dance", "generate"),
        ("allowed_models", "a;b", "pattern"),
        ("defaults", "flux", "generate=flux.2-pro"),
        ("volume", "11", "no setting called “volume”"),
        ("zone.generate", "UTC", "no setting called"),
        ("blocked_people@x", "", "no setting called"),
    ],
)
def test_a_wrong_value_is_refused_in_a_sentence(name: str, given: str, says: str) -> None:
    with pytest.raises(InvalidOrder, match=says):
        changes_of(Tenant(id="t"), {name: given})
    if "@" not in name:
        assert name in problems_of({name: given})


def test_amounts() -> None:
    assert [amount_of(given, "x") for given in ("$1.50", 2, 0.25, "0")] == [1_500_000, 2_000_000, 250_000, 0]
    for wrong in (True, None, "", "1e", "-2", [1]):
        with pytest.raises(InvalidOrder):
            amount_of(wrong, "x")


def test_fields_are_found_by_their_names() -> None:
    assert field_of("defaults.generate").name == "defaults.generate"
    assert field_of("default_video").key == "video"
    assert field_of("Denied-Models").row.kind is Kind.PATTERNS


@settings(deadline=None)
@given(lines=st.lists(st.text(max_size=40)), limit=st.integers(10, 90))
def test_pages_of_lines_hold_every_line_once_and_in_order(lines: list[str], limit: int) -> None:
    count = lines_page(lines, 0, limit).count
    pages = [lines_page(lines, number, limit) for number in range(count)]
    assert [line for page in pages for line in page.items] == lines
    assert all(sum(len(line) + 1 for line in page.items) <= limit or len(page.items) == 1 for page in pages)
    assert pages[-1].after is None
    assert lines_page(lines, 10**6, limit) == pages[-1]


@settings(deadline=None)
@given(items=st.lists(st.integers()), size=st.integers(1, 9))
def test_pages_of_items_hold_every_item_once_and_in_order(items: list[int], size: int) -> None:
    pages = [page_of(items, number, size) for number in range(page_of(items, 0, size).count)]
    assert [item for page in pages for item in page.items] == items
    assert pages[0].before is None


def test_a_form_of_version_0_1_0_that_is_still_open_is_read() -> None:
    sent = {
        "threshold": "0.50",
        "cap": "",
        "zone": "Europe/Vienna",
        "allowed_models": "flux* sora*",
        "denied_models": "",
        "paused": "yes",
        "admin_channel": "x:C1",
    }
    assert changes_of(Tenant(id="t"), sent) == {
        "threshold": 500_000,
        "cap": None,
        "zone": "Europe/Vienna",
        "allowed_models": ("flux*", "sora*"),
        "denied_models": (),
        "paused": True,
        "admin_channel": "x:C1",
    }
