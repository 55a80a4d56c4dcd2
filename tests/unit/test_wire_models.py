"""The model list as a catalogue, whatever form it comes in."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.capability import Capability
from bot.gateway import wire
from bot.gateway.models import catalogue
from bot.gateway.schema import parameters

C = Capability


def parsed(body: Any) -> dict[str, Any]:
    return wire.parse(json.dumps(body).encode())


def one(item: dict[str, Any], **options: Any) -> Any:
    (found,) = catalogue(parsed({"object": "list", "data": [item]}), **options)
    return found


@pytest.mark.parametrize(
    ("item", "capabilities"),
    [
        ({"tags": ["image-generation", "image-editing"]}, {C.GENERATE, C.EDIT}),
        ({"tags": ["image-upscaling"]}, {C.UPSCALE}),
        ({"tags": ["video-generation"], "modality": "image"}, {C.VIDEO}),
        ({"modes": ["Text to Image", "Image Edit", "Upscale"]}, {C.GENERATE, C.EDIT, C.UPSCALE}),
        ({"modes": ["Text to Video", "Image to Video", "Video to Video"]}, {C.VIDEO}),
        ({"modes": ["image"]}, {C.GENERATE}),
        ({"capabilities": ["chat"]}, {C.CHAT}),
        ({"capabilities": ["streaming", "vision"]}, {C.GENERATE, C.EDIT}),
        ({"modality": "image"}, {C.GENERATE, C.EDIT}),
    ],
    ids=str,
)
def test_what_a_model_can_do_is_read_from_its_words(item: dict[str, Any], capabilities: set[C]) -> None:
    assert one({"id": "something", **item}).capabilities == capabilities


@pytest.mark.parametrize(
    ("name", "capabilities"),
    [
        ("gpt-image-2", {C.GENERATE, C.EDIT}),
        ("flux.1-schnell-fp8", {C.GENERATE}),
        ("imagen-4.0-ultra-generate", {C.GENERATE}),
        ("qwen-image-edit-2511", {C.EDIT}),
        ("riverflow-2-max-preview", {C.EDIT}),
        ("topaz-image-upscale", {C.UPSCALE}),
        ("google-upscaler", {C.UPSCALE}),
        ("aura-sr", {C.UPSCALE}),
        ("sora-2-pro", {C.VIDEO}),
        ("grok-imagine-video", {C.VIDEO}),
        ("google/gemini-3-flash-preview", {C.CHAT}),
    ],
)
def test_a_model_that_says_nothing_is_judged_by_its_name(name: str, capabilities: set[C]) -> None:
    documented = {"id": name, "object": "model", "created": 1, "owned_by": "lumenfall"}
    assert one(documented).capabilities == capabilities


PARAMETERS = {
    "prompt": {"type": "string", "maxLength": 1900, "required": True},
    "n": {"type": "integer", "minimum": 1, "maximum": 4},
    "quality": {"type": "string", "enum": ["low", "high"], "default": "low"},
    "seconds": {"type": "integer", "enum": [4, 8, 12]},
    "image": {"type": "file", "maxItems": 9},
    "scale_factor": {"type": "number", "enum": [2, 4], "default": 4},
}
FORMS: dict[str, dict[str, Any]] = {
    "list": {"schema": {"parameters": [{"name": name, **spec} for name, spec in PARAMETERS.items()]}},
    "named": {"parameters": PARAMETERS},
    "JSON schema": {"schema": {"type": "object", "properties": PARAMETERS}},
    "groups": {
        "schema": {
            "core": [{"name": name, **PARAMETERS[name]} for name in ("prompt", "n", "seconds")],
            "output & format": {"quality": PARAMETERS["quality"]},
            "media inputs": [{"name": "image", **PARAMETERS["image"]}],
            "additional": [{"name": "scale_factor", **PARAMETERS["scale_factor"]}],
        }
    },
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_schema_is_read_in_every_likely_form(form: dict[str, Any]) -> None:
    model = one({"id": "new-upscaler", "tags": ["image-upscaling"], **form})
    assert (model.prompt_limit, model.max_n, model.max_inputs, model.max_seconds) == (1900, 4, 9, 12)
    assert model.choices == {"quality": ("low", "high")}
    assert model.scale is not None
    assert (model.scale.factors, model.scale.default) == ((2, 4), 4)


def test_a_parameter_of_two_modes_allows_what_either_does() -> None:
    twice = [
        {"name": "resolution", "type": "string", "enum": ["1K", "2K"]},
        {"name": "resolution", "type": "string", "enum": ["720p", "2K"]},
        {"name": "n", "type": "integer", "maximum": 10},
        {"name": "n", "type": "integer", "maximum": 4},
        {"name": "style", "type": "string", "enum": ["vivid"]},
        {"name": "style", "type": "string"},
    ]
    found = parameters({"schema": twice})
    assert found["resolution"].values == ("1K", "2K", "720p")
    assert found["n"].most == 10
    assert found["style"].values == ()


def test_rows_that_cannot_be_used_are_left_out() -> None:
    rows = [None, 5, [], {}, {"id": ""}, {"id": "a", "tags": "x", "aliases": None, "starting_price": []}]
    assert [model.id for model in catalogue(parsed({"data": rows}))] == ["a"]
    assert catalogue(parsed({"data": None})) == []
    assert catalogue({}) == []


def test_featured_models_come_first_and_text_models_last() -> None:
    rows = [{"id": "b"}, {"id": "a", "featured": True}, {"id": "c"}]
    models = catalogue(parsed({"data": rows}), chat_models=("openai/gpt-5.4", "b"))
    assert [model.id for model in models] == ["a", "b", "c", "openai/gpt-5.4"]
    assert models[-1].capabilities == {C.CHAT}


def test_price_status_and_policy() -> None:
    item = {
        "id": "wild",
        "starting_price": 0.003,
        "free": False,
        "model_status": "disabled",
        "tags": ["image-generation", "NSFW"],
        "aliases": ["w"],
        "alternative_names": ["Wild One", "w"],
    }
    model = one(item)
    assert (model.starting_price, model.free, model.disabled, model.sensitive) == (3000, False, True, True)
    assert model.aliases == ("w", "Wild One")
    assert one({"id": "grok-2"}, sensitive=("grok-*",)).sensitive
    assert not one({"id": "grok-2"}).sensitive


_ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-10, 10**12) | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "type", "enum", "maximum", "n", "prompt", "properties", "seconds"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(schema=_ANY, scale=_ANY)
def test_no_schema_breaks_the_catalogue(schema: Any, scale: Any) -> None:
    one({"id": "x-upscaler", "schema": schema, "parameters": {"scale_factor": scale}})
