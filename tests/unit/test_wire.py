"""The gateway's JSON: shapes as documented are read whole, anything else never breaks the reader."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import PriceUnknown
from bot.core.errors.outside import GatewayAmbiguous, GatewayFinal, GatewayPassing
from bot.core.money import Micros
from bot.core.ports.gateway import JobStatus
from bot.gateway import loose, outcomes, wire
from bot.gateway.failures import from_answer, retry_after
from bot.gateway.http import Answer
from bot.gateway.requests_log import entry


def parsed(body: Any) -> dict[str, Any]:
    return wire.parse(json.dumps(body).encode())


def answer(body: Any, status: int = 200, **headers: str) -> Answer:
    names = {f"x-lumenfall-{name.replace('_', '-')}": value for name, value in headers.items()}
    return Answer(status=status, headers=httpx.Headers(names), body=parsed(body))


# dry run

DRY = {
    "estimated": True,
    "model": "gemini-3-pro-image",
    "provider": "vertex",
    "total_cost_micros": 80000,
    "currency": "USD",
    "components": [
        {
            "type": "output",
            "metric": "image",
            "quantity": 2,
            "billable_quantity": 2,
            "unit_price": 0.04,
            "total_cost": 80000,
        }
    ],
}


@pytest.mark.parametrize("changes", [{}, {"currency": "usd"}, {"total_cost_micros": 0}, {"provider": None}])
def test_a_documented_dry_run_names_its_price(changes: dict[str, Any]) -> None:
    read = wire.dry_run(parsed({**DRY, **changes}))
    assert read.total_cost_micros == changes.get("total_cost_micros", 80000)


@pytest.mark.parametrize(
    "changes",
    [
        {"estimated": False},
        {"estimated": "true"},
        {"estimated": 1},
        {"estimated": None},
        {"total_cost_micros": -1},
        {"total_cost_micros": 0.5},
        {"total_cost_micros": "80000.5"},
        {"total_cost_micros": "-1"},
        {"total_cost_micros": "8" * 5000},
        {"total_cost_micros": True},
        {"total_cost_micros": None},
        {"total_cost_micros": 10**19},
        {"currency": "EUR"},
        {"currency": None},
        {"currency": ""},
    ],
    ids=str,
)
def test_anything_less_is_no_price(changes: dict[str, Any]) -> None:
    with pytest.raises(PriceUnknown):
        wire.dry_run(parsed({**DRY, **changes}))


@pytest.mark.parametrize("written", ["80000", 80000, 80000.0])
def test_micros_may_be_an_integer_a_whole_fraction_or_digits(written: object) -> None:
    assert wire.dry_run(parsed({**DRY, "total_cost_micros": written})).total_cost_micros == 80_000


def test_a_price_without_a_currency_is_in_dollars() -> None:
    assert wire.dry_run(parsed({name: DRY[name] for name in DRY if name != "currency"})).currency == "USD"


@pytest.mark.parametrize("field", ["estimated", "total_cost_micros"])
def test_a_missing_word_is_no_price(field: str) -> None:
    with pytest.raises(PriceUnknown):
        wire.dry_run(parsed({name: value for name, value in DRY.items() if name != field}))


def test_a_real_answer_is_not_mistaken_for_a_dry_run() -> None:
    with pytest.raises(PriceUnknown):
        wire.dry_run(parsed({"data": [{"url": "https://x"}], "metadata": {"cost": 0.04}}))


# pictures

IMAGE = {
    "created": 1702345678,
    "size": "1024x1024",
    "data": [{"url": "https://media.lumenfall.ai/abc123.png", "revised_prompt": "A capybara, relaxing"}],
    "metadata": {
        "model": "gemini-3-pro-image",
        "executed_model": "vertex/gemini-3-pro-image-preview",
        "provider": "vertex",
        "provider_name": "Google Vertex AI",
        "cost": 0.04,
        "cost_currency": "USD",
        "attempts": [{"anything": 1}],
    },
}


def test_a_documented_picture_is_read_whole() -> None:
    read = outcomes.images(answer(IMAGE, request_id="req_1"))
    assert (read.cost, read.provider, read.gateway_id) == (Micros(40_000), "vertex", "req_1")
    assert read.executed_model == "vertex/gemini-3-pro-image-preview"
    (asset,) = read.assets
    assert (asset.width, asset.height, asset.revised_prompt) == (1024, 1024, "A capybara, relaxing")


@pytest.mark.parametrize(
    ("cost", "currency", "micros"),
    [
        (0.04, "USD", 40_000),
        (0.1 + 0.2, "usd", 300_000),
        ("0.05", "USD", 50_000),
        (0, "USD", 0),
        (1e-7, "USD", 0),
        (0.04, "EUR", None),
        (-0.04, "USD", None),
        (True, "USD", None),
        (None, "USD", None),
        ("free", "USD", None),
        (1e300, "USD", None),
        ([0.04], "USD", None),
    ],
    ids=str,
)
def test_a_cost_is_exact_or_unsaid(cost: Any, currency: str, micros: int | None) -> None:
    body = {**IMAGE, "metadata": {"cost": cost, "cost_currency": currency}}
    assert outcomes.images(answer(body)).cost == micros


def test_numbers_that_are_none_count_as_unsaid() -> None:
    body = wire.parse(b'{"metadata": {"cost": NaN}, "data": [{"url": "https://x"}]}')
    assert outcomes.images(Answer(status=200, headers={}, body=body)).cost is None


def test_what_metadata_leaves_out_comes_from_the_headers() -> None:
    read = outcomes.images(answer({"data": []}, provider="fal", model="flux", request_id="req_2"))
    assert (read.provider, read.executed_model, read.gateway_id) == ("fal", "flux", "req_2")
    assert read.assets == ()


def test_bytes_instead_of_an_address_become_a_data_address() -> None:
    body = {"id": "req_3", "output_format": "webp", "data": [{"b64_json": "AAAA"}, {}, "x", None]}
    (asset,) = outcomes.images(answer(body)).assets
    assert asset.url == "data:image/webp;base64,AAAA"


# videos

VIDEO = {
    "id": "video_abc123",
    "object": "video",
    "created_at": 1702345678,
    "completed_at": 1702345800,
    "expires_at": 1702349400,
    "status": "completed",
    "model": "sora-2",
    "prompt": "A capybara",
    "seconds": "10",
    "size": "1280x720",
    "output": {
        "url": "https://media.lumenfall.ai/v.mp4",
        "content_type": "video/mp4",
        "size_bytes": 4_500_000,
    },
    "error": None,
    "metadata": {
        "provider": "openai",
        "executed_model": "openai/sora-2",
        "cost": 0.21,
        "cost_currency": "USD",
    },
}


def test_a_documented_video_is_read_whole() -> None:
    job = outcomes.job(answer(VIDEO))
    assert (job.id, job.status, job.outcome.cost) == ("video_abc123", JobStatus.COMPLETED, 210_000)
    (asset,) = job.outcome.assets
    assert (asset.width, asset.height, asset.size) == (1280, 720, 4_500_000)
    assert asset.expires_at == 1702349400 * 1_000_000


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"status": "queued"}, JobStatus.RUNNING),
        ({"status": "in_progress", "progress": 40}, JobStatus.RUNNING),
        ({"status": "warming_up"}, JobStatus.RUNNING),
        ({"status": None}, JobStatus.RUNNING),
        ({"status": "failed", "error": {"code": "UPSTREAM_ERROR", "message": "x"}}, JobStatus.FAILED),
        ({"status": "failed", "error": {"code": "cancelled"}}, JobStatus.CANCELLED),
        ({"status": "cancelled"}, JobStatus.CANCELLED),
        ({"status": "canceled"}, JobStatus.CANCELLED),
    ],
    ids=str,
)
def test_other_states_of_a_video(changes: dict[str, Any], status: str) -> None:
    job = outcomes.job(answer({**VIDEO, **changes}))
    assert job.status == status
    assert job.percent == changes.get("progress")
    assert job.outcome.assets == ()
    # An estimate is no cost: only a job that has ended names one.
    assert (job.outcome.cost is None) is (status == JobStatus.RUNNING)


@pytest.mark.parametrize("key", ["output", "outputs", "data"])
def test_several_films_come_once_each(key: str) -> None:
    films = [{"url": "https://x/1"}, {"url": "https://x/2"}, {"url": ""}]
    body = {**VIDEO, "output": {"url": "https://x/1"}, key: films}
    assert [asset.url for asset in outcomes.job(answer(body)).outcome.assets] == [
        "https://x/1",
        "https://x/2",
    ]


# the log

ROW = {
    "id": "req_2x",
    "object": "request",
    "created_at": "2026-05-01T12:00:00.250Z",
    "status": "upstream_failure",
    "cost": 0.004,
    "currency": "usd",
    "trace_id": "ab" * 16,
    "user": "u",
    "error_code": "UPSTREAM_ERROR",
}


def test_a_documented_log_row_is_read_whole() -> None:
    read = entry(wire.LogRow.model_validate(parsed(ROW)))
    assert (read.status, read.cost, read.trace_id) == (JobStatus.FAILED, 4000, "ab" * 16)
    assert read.created_at == 1_777_636_800_250_000


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("completed", JobStatus.COMPLETED),
        ("pending", JobStatus.RUNNING),
        ("processing", JobStatus.RUNNING),
        ("rejected", JobStatus.FAILED),
        ("cancelled", JobStatus.CANCELLED),
        ("news", JobStatus.RUNNING),
    ],
)
def test_states_of_the_log(word: str, status: str) -> None:
    assert entry(wire.LogRow.model_validate({**ROW, "status": word})).status == status


@pytest.mark.parametrize(
    ("value", "micros"),
    [
        (1702345678, 1702345678_000_000),
        ("2026-05-01T14:00:00+02:00", 1_777_636_800_000_000),
        ("2026-05-01T12:00:00", 1_777_636_800_000_000),
        ("soon", None),
        (None, None),
        (True, None),
        (10**30, None),
    ],
)
def test_moments(value: Any, micros: int | None) -> None:
    assert loose.moment(value) == micros


# errors


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ({"error": {"message": "m", "type": "t", "code": "C"}}, "C", "m"),
        ({"error": {"message": "m", "code": 429}}, "429", "m"),
        ({"error": {"error_code": "C"}}, "C", ""),
        ({"error_code": "C", "error_message": "m"}, "C", "m"),
        ({"error": "m"}, "", "m"),
    ],
)
def test_every_known_envelope_is_understood(body: Any, code: str, message: str) -> None:
    error = wire.error_of(parsed(body))
    assert error is not None
    assert (error.code, error.message) == (code, message)


@pytest.mark.parametrize("body", [{}, {"error": None}, {"error": {}}, {"error": []}, {"data": []}])
def test_no_error_is_no_error(body: Any) -> None:
    assert wire.error_of(parsed(body)) is None


PAID_STATUS = [
    (400, GatewayFinal),
    (401, GatewayFinal),
    (402, GatewayFinal),
    (403, GatewayFinal),
    (404, GatewayFinal),
    (408, GatewayAmbiguous),
    (429, GatewayPassing),
    (500, GatewayAmbiguous),
    (502, GatewayAmbiguous),
    (524, GatewayAmbiguous),
    (302, GatewayFinal),
]


@pytest.mark.parametrize(("status", "kind"), PAID_STATUS)
def test_statuses_of_a_paid_call(status: int, kind: type[Exception]) -> None:
    error = from_answer(status, {}, None, paid=True)
    assert type(error) is kind
    assert error.status == status
    assert not isinstance(from_answer(status, {}, None, paid=False), GatewayAmbiguous)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("CONTENT_POLICY_VIOLATION", GatewayFinal),
        ("RATE_LIMITED", GatewayPassing),
        ("429", GatewayPassing),
        ("400", GatewayFinal),
        ("502", GatewayAmbiguous),
        ("UPSTREAM_ERROR", GatewayAmbiguous),
        ("NEVER_HEARD_OF", GatewayAmbiguous),
        ("", GatewayAmbiguous),
        ("²", GatewayAmbiguous),
    ],
)
def test_an_error_in_a_success_goes_by_its_code(code: str, kind: type[Exception]) -> None:
    assert type(from_answer(200, {}, wire.ErrorBody(code=code, message="m"), paid=True)) is kind


def test_a_strangers_sentence_is_tamed() -> None:
    message = "Bad\n\nthing lmnfl_abc.def and Bearer xyz123 " + "x" * 1000
    text = str(from_answer(400, {}, wire.ErrorBody(code="INVALID_REQUEST", message=message), paid=True))
    assert "lmnfl_" not in text
    assert "xyz123" not in text
    assert "\n" not in text
    assert len(text) < 400


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("3", 3),
        ("1.5", 1.5),
        ("-4", 0),
        ("1e9", 3600),
        ("nan", None),
        ("soon", None),
        ("", None),
        (None, None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
        ("Wed, 21 Oct 2215 07:28:00 GMT", 3600),
    ],
)
def test_retry_after(value: str | None, seconds: float | None) -> None:
    assert retry_after(value) == seconds


# tolerance

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)
_MODELS = [
    wire.ImageResult,
    wire.VideoObject,
    wire.ChatBody,
    wire.LogPage,
    wire.LogRow,
    wire.BalanceBody,
    wire.SecretBody,
    wire.ModelItem,
    wire.ModelList,
    wire.ErrorBody,
]


@given(data=st.data(), model=st.sampled_from(_MODELS))
def test_no_field_of_any_type_breaks_the_reader(data: st.DataObject, model: type[wire.WireModel]) -> None:
    body = {name: data.draw(_JSON, label=name) for name in model.model_fields}
    model.model_validate(parsed(body))
    wire.error_of(parsed(body))


@given(st.binary(max_size=200))
def test_no_bytes_break_the_parser(raw: bytes) -> None:
    try:
        body = wire.parse(raw)
    except wire.BadBody:
        return
    assert isinstance(body, dict)


@pytest.mark.parametrize(
    "raw", [b"", b"null", b"[1]", b"<html>", b'{"a":', b"\xff", b"[" * 100_000, b"1" * 5000]
)
def test_what_is_no_object_is_a_bad_body(raw: bytes) -> None:
    with pytest.raises(wire.BadBody):
        wire.parse(raw)


@given(_JSON)
def test_video_and_picture_answers_survive_anything(value: Any) -> None:
    body = parsed({"metadata": value, "data": value, "output": value, "error": value, "size": value})
    outcomes.images(Answer(status=200, headers={}, body=body))
    outcomes.job(Answer(status=200, headers={}, body=body))
