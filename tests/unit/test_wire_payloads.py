"""Orders as they leave: what is named, what may go along, and what never does."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors.outside import GatewayFinal
from bot.core.request import Order
from bot.gateway.models import scale_of
from bot.gateway.payloads import build, extra_value
from tests.fakes.gateway import MASK, PICTURES, RED, TEAL, chat, edit, generate, upscale, video

ORDERS: list[Order] = [generate(), edit(), upscale(), chat(), video()]


def test_every_option_of_a_picture_is_named() -> None:
    order = generate(
        n=3,
        size="1024x1024",
        aspect_ratio="1:1",
        resolution="2K",
        quality="high",
        style="vivid",
        output_format="webp",
        output_compression=80,
        seed=0,
        negative_prompt="rain",
        thinking_level="off",
        prompt_enhancement="on",
    )
    payload = build(order, {})
    assert payload.path == "images/generations"
    assert payload.fields == {
        "model": "flux.2-klein-4b",
        "prompt": "a capybara",
        "n": 3,
        "size": "1024x1024",
        "aspect_ratio": "1:1",
        "resolution": "2K",
        "quality": "high",
        "style": "vivid",
        "output_format": "webp",
        "output_compression": 80,
        "seed": 0,
        "negative_prompt": "rain",
        "thinking_level": "off",
        "prompt_enhancement": "on",
        "response_format": "url",
    }


def test_what_was_not_asked_is_not_sent() -> None:
    assert set(build(generate(), {}).fields) == {"model", "prompt", "n", "response_format"}
    assert set(build(video(seconds=None), {}).fields) == {"model", "prompt", "n"}
    assert set(build(chat(), {}).fields) == {"model", "messages"}
    assert set(build(upscale(), PICTURES).fields) == {"model", "response_format"}


@pytest.mark.parametrize(
    ("order", "path", "names"),
    [
        (edit(), "images/edits", ["image"]),
        (edit(images=(TEAL[0], RED[0]), mask=MASK[0]), "images/edits", ["image[]", "image[]", "mask"]),
        (upscale(), "images/edits", ["image"]),
        (video(), "videos", []),
        (video(references=(TEAL[0],)), "videos", ["input_reference"]),
        (video(references=(TEAL[0], RED[0])), "videos", ["input_reference[]", "input_reference[]"]),
        (chat(images=(TEAL[0],)), "chat/completions", []),
    ],
)
def test_files_and_their_names(order: Order, path: str, names: list[str]) -> None:
    payload = build(order, PICTURES)
    assert payload.path == path
    assert [name for name, _ in payload.files] == names
    assert payload.form is bool(names)
    encoded = payload.encoded(user="u", absent=None)
    if payload.form:
        assert encoded.content is None
        assert all(isinstance(value, str) for value in encoded.fields.values())
        assert "absent" not in encoded.fields
    else:
        assert encoded.content is not None
        body = json.loads(encoded.content)
        assert body["user"] == "u"
        assert "absent" not in body


def test_what_a_file_was_called_stays_here() -> None:
    ((_, (name, data, content_type)),) = build(edit(), PICTURES).files
    assert name == f"{TEAL[0].digest[:16]}.png"
    assert (data, content_type) == (TEAL[1], "image/png")


def test_a_picture_that_is_no_longer_stored_is_told() -> None:
    with pytest.raises(GatewayFinal) as caught:
        build(edit(), {})
    assert caught.value.code == "picture_missing"


@pytest.mark.parametrize(
    ("model", "asked", "sent"),
    [
        ("recraft-crisp-upscale", 3.0, None),
        ("recraft-creative-upscale", None, None),
        ("google-upscaler", None, 2),
        ("real-esrgan", None, 4),
        ("fal/aura-sr", None, 4),
        ("topaz-image-upscale", 2.5, 2.5),
        ("unheard-of", None, None),
        ("unheard-of", 3.0, 3),
    ],
)
def test_the_factor_follows_the_model(model: str, asked: float | None, sent: float | None) -> None:
    payload = build(upscale(model=model, scale=asked), PICTURES, scale=scale_of(model))
    assert payload.fields.get("scale_factor") == sent


FORBIDDEN = """
    dryRun dryrun DRYRUN dry_run dry-run model prompt user n stream webhook_url webhook idempotency_key
    response_format image image[] mask messages input_reference scale_factor num_images max_tokens
""".split()


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.capability)
@pytest.mark.parametrize("name", FORBIDDEN)
def test_extras_never_decide_what_is_bought(order: Any, name: str) -> None:
    plain = build(order, PICTURES)
    smuggled = build(type(order)(**{**vars(order), "extra": {name: "true"}}), PICTURES)
    assert smuggled == plain


_NAME = st.text(st.sampled_from("abcdryRun_-[]nmodelsizeqt"), min_size=1, max_size=12)


@given(extra=st.dictionaries(_NAME, st.text(max_size=5), max_size=5))
def test_named_options_always_win_over_extras(extra: dict[str, str]) -> None:
    order = generate(size="512x512", quality="low", seed=5)
    fields = build(generate(size="512x512", quality="low", seed=5, extra=extra), {}).fields
    assert fields.items() >= build(order, {}).fields.items()
    assert not any(name.lower().replace("_", "").replace("-", "") == "dryrun" for name in fields)


def test_extras_go_along_as_what_they_read_like() -> None:
    extra = {"guidance": "3.5", "steps": "8", "tiling": "true", "lora": "cat", "none": "null"}
    fields = build(generate(extra=extra), {}).fields
    assert (
        fields.items()
        >= {
            "guidance": 3.5,
            "steps": 8,
            "tiling": True,
            "lora": "cat",
            "none": "null",
        }.items()
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("-0.5", -0.5),
        ("1e3", 1000.0),
        ("false", False),
        ("True", "True"),
        ("007", "007"),
        ("1e999", "1e999"),
        ("NaN", "NaN"),
        ("Infinity", "Infinity"),
        ('"x"', '"x"'),
        ("null", "null"),
        ("[1,2]", [1, 2]),
        ('{"a": {"b": [true]}}', {"a": {"b": [True]}}),
        ("[NaN]", "[NaN]"),
        ("[1e999]", "[1e999]"),
        ("", ""),
        ("1" * 5000, "1" * 5000),
    ],
)
def test_extra_values(text: str, value: object) -> None:
    assert extra_value(text) == value
    assert type(extra_value(text)) is type(value)


@given(st.text(max_size=30))
def test_any_extra_can_be_sent(text: str) -> None:
    json.dumps(extra_value(text), allow_nan=False)


@pytest.mark.parametrize("order", [generate(prompt="a\ud800b"), edit(prompt="a\ud800b")])
def test_half_a_surrogate_does_not_stop_a_request(order: Order) -> None:
    encoded = build(order, PICTURES).encoded()
    sent = json.loads(encoded.content) if encoded.content else encoded.fields
    assert sent["prompt"] == "a?b"


def test_lists_and_objects_travel_in_a_form_as_json() -> None:
    order = edit(extra={"colors": '["red", "blue"]', "camera": '{"zoom": 2}'})
    fields = build(order, PICTURES).encoded().fields
    assert (fields["colors"], fields["camera"]) == ('["red", "blue"]', '{"zoom": 2}')


@pytest.mark.parametrize(("seconds", "sent"), [(5, 5), (5.0, 5), (2.5, 2.5)])
def test_seconds_are_a_number_as_the_quickstart_has_them(seconds: float, sent: float) -> None:
    value = build(video(seconds=seconds), {}).fields["seconds"]
    assert (value, type(value)) == (sent, type(sent))
