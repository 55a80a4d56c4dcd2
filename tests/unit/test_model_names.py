"""A list of models catches every spelling of them."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.capability import Capability
from bot.core.catalog import Catalog, Model, check_policy
from bot.core.errors import InvalidOrder, NotAllowed, UnknownModel
from bot.core.request import Actor, ChatOrder
from bot.core.tenant import Tenant
from bot.core.text.model_names import NAME_MAX, any_matches, canonical, readings, well_formed
from bot.settings import Settings
from bot.use_cases.admission import checks_of

MIA = Actor(tenant="t:1", person="p:mia")
GPT = Model(id="openai/gpt-5.4", capabilities=frozenset({Capability.CHAT}), aliases=("gpt",))
FLUX = Model(id="flux.2-pro", capabilities=frozenset({Capability.GENERATE}), aliases=("flux-pro",))
CATALOG = Catalog((GPT, FLUX))
SPELLINGS = (
    "openai/gpt-5.4",
    "openai/gpt-5.4:online",
    "openai/gpt-5.4:free:online",
    "OpenAI/gpt-5.4",
    "OPENAI/GPT-5.4:Online",
    "vertex/openai/gpt-5.4",
    "x/y/openai/gpt-5.4",
    "x/y/openai/gpt-5.4:nitro",
    "x/y/gpt",
    "openai/gpt-5.4/extra",
)
SEGMENT = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,8}", fullmatch=True)


def checked(model: str, **lists: tuple[str, ...]) -> str:
    tenant = Tenant(id="t:1", **lists)  # type: ignore[arg-type]
    return checks_of(CATALOG, Settings()).check(MIA, tenant, ChatOrder(model=model, prompt="hello")).model


@pytest.mark.parametrize("pattern", ["openai/gpt-5.4", "openai/*", "OpenAI/GPT-5.4", "ｏpenai/*"])
@pytest.mark.parametrize("name", SPELLINGS)
def test_no_spelling_gets_around_a_deny_list(name: str, pattern: str) -> None:
    assert checked(name) == name
    with pytest.raises(NotAllowed, match="turned off"):
        checked(name, denied_models=(pattern,))


def test_a_vendor_behind_a_route_is_denied_too() -> None:
    with pytest.raises(NotAllowed):
        checked("x/y/anthropic/claude-9", denied_models=("anthropic/*",))
    assert checked("x/y/anthropic-like/claude-9", denied_models=("anthropic/*",))


@pytest.mark.parametrize(
    "name", ["openai/gpt-5.4", "OpenAI/gpt-5.4", "openai/gpt-5.4:online", "vertex/openai/gpt-5.4"]
)
def test_an_allowed_model_is_allowed_in_its_spellings(name: str) -> None:
    assert checked(name, allowed_models=("openai/gpt-5.4",)) == name
    assert checked(name, allowed_models=("gpt",)) == name


@pytest.mark.parametrize("name", ["evil/x/openai/gpt-5.4", "evil/gpt-9", "openai/other"])
def test_what_only_ends_like_an_allowed_model_is_not_allowed(name: str) -> None:
    with pytest.raises(NotAllowed, match="not one of"):
        checked(name, allowed_models=("openai/gpt-5.4", "gpt*"))


def test_a_denied_alias_is_the_model_and_a_denied_model_its_alias() -> None:
    for name, denied in (("flux-pro", "flux.2-pro"), ("flux.2-pro", "flux-pro"), ("fal/flux-pro", "flux.2*")):
        model = CATALOG.find(name)
        with pytest.raises(NotAllowed):
            check_policy(name, model, Tenant(id="t:1", denied_models=(denied,)), MIA)


def test_what_may_be_sensitive_stays_so_in_another_spelling() -> None:
    catalog = Catalog((replace(GPT, sensitive=True),))
    model = catalog.find("x/OpenAI/gpt-5.4:free")
    with pytest.raises(NotAllowed, match="age-restricted"):
        check_policy("x/OpenAI/gpt-5.4:free", model, Tenant(id="t:1"), MIA)


@pytest.mark.parametrize(
    "name",
    [
        "a/" + "b" * NAME_MAX,
        "a/" * 450_000,
        "openai/gpt 5",
        "openai//gpt",
        "/openai/gpt",
        "openai/gpt%2f",
        "ｏpenai/gpt",
        "openai/gpt\u200b",
        "a/b/c/d/e/f/g",
    ],
)
def test_what_cannot_be_a_name_is_refused_at_once_and_shown_short(name: str) -> None:
    before = time.process_time()
    with pytest.raises((InvalidOrder, UnknownModel)) as caught:
        checked(name)
    assert len(str(caught.value)) < 300
    assert time.process_time() - before < 2


@given(st.lists(SEGMENT, min_size=1, max_size=4), st.sampled_from(["", ":online", ":free"]), st.data())
def test_every_spelling_of_a_denied_name_is_caught(
    segments: list[str], variant: str, data: st.DataObject
) -> None:
    denied = "/".join(segments)
    route = data.draw(st.lists(SEGMENT, max_size=2))
    shift = data.draw(st.sampled_from([str.upper, str.title, str.lower]))
    name = shift("/".join((*route, denied)) + variant)
    assert well_formed(name)
    assert any_matches(readings(name), (denied,))
    assert any_matches(readings(name), (denied.upper() + "*",))
    assert canonical(name) in readings(name)
    assert canonical(canonical(name)) == canonical(name)


@given(st.text(max_size=60))
def test_any_text_has_readings_of_bounded_size(name: str) -> None:
    found = readings(name)
    assert all(len(one) <= 20 * len(name) for one in found)
    assert not found or canonical(name) in found | {""}
