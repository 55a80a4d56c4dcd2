"""Pictures that are none, or no longer: they are cleaned or refused in words, and nothing else happens."""

from __future__ import annotations

import io

from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from PIL import Image

from bot.core.errors import BadImage
from bot.images import preparation
from bot.images.preparation import ImageLimits
from tests.fakes.examples import examples

LIMITS = ImageLimits(max_bytes=200_000, max_pixels=100_000)
KINDS = ("PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP")
often = examples(150, deadline=5000, suppress_health_check=[HealthCheck.too_slow])


def real(kind: str) -> bytes:
    image = Image.effect_noise((40, 30), 60).convert("RGB")
    out = io.BytesIO()
    image.save(out, kind, **({"save_all": True, "append_images": [image]} if kind in ("GIF", "WEBP") else {}))
    return out.getvalue()


REAL = {kind: real(kind) for kind in KINDS}


async def survives(data: bytes) -> None:
    """Cleaned within the limits and readable, or refused in words."""
    try:
        found = await preparation.prepare(data, limits=LIMITS)
    except BadImage:
        return
    assert found.upload.width * found.upload.height <= LIMITS.max_pixels
    assert found.upload.size == len(found.data)
    with Image.open(io.BytesIO(found.data)) as again:
        again.load()
        assert again.size == (found.upload.width, found.upload.height)
        assert not again.getexif()


@often
@given(st.binary(max_size=400))
async def test_any_bytes(data: bytes) -> None:
    await survives(data)


@often
@given(st.sampled_from(KINDS), st.binary(max_size=300))
async def test_any_bytes_after_a_true_beginning(kind: str, data: bytes) -> None:
    await survives(REAL[kind][:24] + data)


@often
@given(st.sampled_from(KINDS), st.floats(0, 1))
async def test_a_picture_that_was_cut_short(kind: str, share: float) -> None:
    await survives(REAL[kind][: int(len(REAL[kind]) * share)])


@often
@given(
    st.sampled_from(KINDS),
    st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), min_size=1, max_size=12),
)
async def test_a_picture_with_wrong_bytes(kind: str, changes: list[tuple[int, int]]) -> None:
    data = bytearray(REAL[kind])
    for place, value in changes:
        data[place % len(data)] = value
    await survives(bytes(data))


@often
@given(st.sampled_from(KINDS), st.integers(0, 60), st.binary(min_size=1, max_size=8))
async def test_a_header_that_lies(kind: str, place: int, data: bytes) -> None:
    found = bytearray(REAL[kind])
    found[place : place + len(data)] = data
    await survives(bytes(found))
