"""Rarer kinds of files, each against an independent reader or against the numbers that were written."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import pyvips
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from bot.core.capability import Capability
from bot.images.destinations import destination
from bot.images.preparation import prepare
from tests.fakes import picture_writer as writer
from tests.fakes.examples import examples

SIZE = (80, 60)
COLOUR = writer.photograph(*SIZE, 5)
CLEAR = writer.photograph(*SIZE, 5, "RGBA")
GREY = COLOUR.convert("L")


def deep(picture: Image.Image) -> pyvips.Image:
    numbers = np.asarray(picture).astype("uint16") * 257
    return pyvips.Image.new_from_array(numbers).copy(interpretation="rgb16")


def plain() -> pyvips.Image:
    return pyvips.Image.new_from_array(np.asarray(COLOUR)).copy(interpretation="srgb")


def numbers(form: str, factor: float) -> bytes:
    """A greyscale TIFF of 32 bits or of floating numbers."""
    return pyvips.Image.new_from_array(
        (np.asarray(GREY).astype("float64") * factor).astype(form)
    ).tiffsave_buffer()


def lab() -> bytes:
    spaces = [ImageCms.ImageCmsProfile(ImageCms.createProfile(name)) for name in ("sRGB", "LAB")]
    picture = ImageCms.profileToProfile(COLOUR, spaces[0], spaces[1], outputMode="LAB")
    assert picture is not None
    return writer.saved(picture, "TIFF")


def bmp(bits: int, coding: int, data: bytes, masks: bytes = b"", header: int = 40) -> bytes:
    about = struct.pack("<IiiHHIIiiII", header, *SIZE, 1, bits, coding, len(data), 2835, 2835, 0, 0)
    about = (about + masks).ljust(header, b"\0")
    return b"BM" + struct.pack("<IHHI", 14 + len(about + data), 0, 0, 14 + len(about)) + about + data


def alpha_bmp() -> bytes:
    rows = np.asarray(CLEAR)[::-1][:, :, [2, 1, 0, 3]].tobytes()
    return bmp(32, 3, rows, struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000), 124)


def sixteen_bit_bmp() -> bytes:
    red, green, blue = np.moveaxis(np.asarray(COLOUR)[::-1].astype("<u2"), 2, 0)
    rows = ((red >> 3) << 11 | (green >> 2) << 5 | blue >> 3).astype("<u2").tobytes()
    return bmp(16, 3, rows, struct.pack("<III", 0xF800, 0x7E0, 0x1F))


def wrong_check(png: bytes, kind: bytes) -> bytes:
    at = png.index(kind)
    end = at + 4 + int.from_bytes(png[at - 4 : at])
    return png[:end] + bytes((png[end] ^ 255,)) + png[end + 1 :]


def noted_png() -> bytes:
    made = writer.saved(COLOUR, "PNG")
    return made[:33] + writer.chunk(b"tEXt", b"Comment\0hello") + made[33:]


def heif(*pictures: Image.Image, **options: Any) -> bytes:
    library = pytest.importorskip("pillow_heif", reason="pillow-heif is not installed")
    file = library.from_pillow(pictures[0])
    for picture in pictures[1:]:
        file.add_from_pillow(picture)
    out = io.BytesIO()
    file.save(out, quality=95, chroma=444, **options)
    return out.getvalue()


JPEG = writer.saved(COLOUR, "JPEG", quality=95, subsampling=0)
UPSIDE = COLOUR.rotate(180)
KINDS: dict[str, tuple[Callable[[], bytes], Image.Image, float]] = {
    "PNG, 16 bits with alpha": (lambda: deep(CLEAR).pngsave_buffer(), CLEAR, 0.1),
    "PNG, interlaced, 16 bits": (lambda: deep(CLEAR).pngsave_buffer(interlace=True), CLEAR, 0.1),
    "PNG, wrong check of a note": (lambda: wrong_check(noted_png(), b"tEXt"), COLOUR, 0.1),
    "PNG, wrong check of its pixels": (lambda: wrong_check(noted_png(), b"IDAT"), COLOUR, 0.1),
    "JPEG of red, green and blue": (lambda: writer.saved(COLOUR, "JPEG", keep_rgb=True), COLOUR, 4),
    "JPEG after empty lines": (lambda: b"\r\n" + JPEG, COLOUR, 3),
    "JPEG with something behind it": (lambda: JPEG + b"more" * 500, COLOUR, 3),
    "MPO": (
        lambda: writer.saved(COLOUR, "MPO", save_all=True, append_images=[UPSIDE], subsampling=0),
        COLOUR,
        5,
    ),
    "TIFF of one bit": (
        lambda: writer.saved(GREY.convert("1"), "TIFF", compression="group4"),
        GREY.convert("1"),
        0.1,
    ),
    "TIFF of several pages": (
        lambda: plain().join(plain().rot180(), "vertical").tiffsave_buffer(page_height=SIZE[1]),
        COLOUR,
        0.1,
    ),
    "TIFF in tiles": (lambda: plain().tiffsave_buffer(tile=True, compression="lzw"), COLOUR, 0.1),
    "BigTIFF": (lambda: plain().tiffsave_buffer(bigtiff=True, compression="deflate"), COLOUR, 0.1),
    "TIFF with JPEG in it": (lambda: plain().tiffsave_buffer(compression="jpeg", Q=98), COLOUR, 3),
    "TIFF, floating, to 1": (lambda: numbers("float32", 1 / 255), GREY, 1),
    "TIFF, floating, to 255": (lambda: numbers("float32", 1), GREY, 1),
    "TIFF, 32 bits": (lambda: numbers("uint32", 16_843_009), GREY, 1),
    "TIFF in Lab": (lab, COLOUR, 5),
    "BMP with alpha": (alpha_bmp, CLEAR, 0.1),
    "BMP of 16 bits": (sixteen_bit_bmp, COLOUR, 4),
    "ICO with a PNG": (
        lambda: writer.saved(CLEAR.crop((0, 0, 48, 48)), "ICO"),
        CLEAR.crop((0, 0, 48, 48)),
        0.1,
    ),
    "WebP, lossless, with alpha": (
        lambda: writer.saved(CLEAR, "WEBP", lossless=True, exact=True),
        CLEAR,
        0.1,
    ),
    "APNG with a hidden first picture": (
        lambda: writer.saved(
            Image.new("RGB", SIZE, "red"),
            "PNG",
            save_all=True,
            default_image=True,
            append_images=[COLOUR, UPSIDE],
        ),
        COLOUR,
        0.1,
    ),
    "HEIC of two pictures": (lambda: heif(COLOUR, UPSIDE), COLOUR, 4),
    "HEIC whose main picture is the second": (lambda: heif(UPSIDE, COLOUR, primary_index=1), COLOUR, 4),
    "AVIF with alpha": (lambda: writer.saved(CLEAR, "AVIF", quality=95, subsampling="4:4:4"), CLEAR, 4),
}


@pytest.mark.parametrize("name", KINDS)
async def test_it_shows_what_was_written(name: str) -> None:
    make, expected, within = KINDS[name]
    found = await prepare(make())
    mode = "RGBA" if expected.mode == "RGBA" else "RGB"
    with Image.open(io.BytesIO(found.data)) as image:
        shown = np.asarray(image.convert(mode)).astype(int)
    assert np.abs(shown - np.asarray(expected.convert(mode)).astype(int)).mean() <= within


@examples(20, deadline=None)
@given(st.floats(0.1, 1))
async def test_a_progressive_jpeg_cut_anywhere_shows_what_is_there(share: float) -> None:
    picture = writer.photograph(300, 200, 5)
    data = writer.saved(picture, "JPEG", progressive=True, quality=90)
    found = await prepare(data[: int(len(data) * share)])
    with Image.open(io.BytesIO(found.data)) as image:
        shown = np.asarray(image.convert("RGB")).astype(int)
    assert np.abs(shown - np.asarray(picture).astype(int)).mean() < 20


@pytest.mark.parametrize(
    ("model", "form", "most"),
    [
        ("seedream-4.5", "image/png", 9_000_000),
        ("grok-imagine-image", "image/png", 7_500_000),
        ("vertex/gemini-3-pro-image", "image/webp", 14_000_000),
        ("", "image/webp", 7_500_000),
    ],
)
async def test_a_model_gets_what_its_vendor_takes(model: str, form: str, most: int) -> None:
    webp = writer.saved(COLOUR, "WEBP", lossless=True)
    found = await prepare(webp, capability=Capability.EDIT, model=model)
    assert found.upload.content_type == form
    assert destination(Capability.EDIT, 36_000_000, model).max_bytes == most


def test_no_family_takes_more_than_the_operator_allows() -> None:
    for model in (
        "claude-x",
        "gemini-x",
        "gpt-image-2",
        "flux.2-pro",
        "seedream-5",
        "grok-2",
        "recraft-v4",
        "x",
    ):
        for capability in Capability:
            assert destination(capability, 1_000_000, model).pixels <= 1_000_000


@pytest.mark.deep
async def test_a_large_lossy_picture_that_is_seen_through_stays_about_as_large_as_it_came() -> None:
    """Rather scaled a little further than written without loss, at ten times the bytes."""
    rows, columns = np.mgrid[0:4000, 0:5600]
    clear = np.where(columns > 2800, 255, 120)
    parts = (columns * 255 // 5600, rows * 255 // 4000, (columns + rows) // 37 % 256, clear)
    out = io.BytesIO()
    Image.fromarray(np.stack(parts, -1).astype("uint8"), "RGBA").save(out, "WEBP", quality=80, method=0)
    made = (await prepare(out.getvalue(), capability=Capability.EDIT, model="flux.2-pro")).upload
    assert (made.content_type, made.has_alpha) == ("image/webp", True)
    assert made.size < 2 * len(out.getvalue())
    assert "scaled" in made.note
