"""Pictures people send in: read by content, refused clearly, cleaned, converted."""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from PIL import Image, ImageCms, PngImagePlugin

from bot.core.errors import BadImage
from bot.images.preparation import ImageLimits, prepare
from tests.fakes.examples import examples

SECRET = b"taken at 52.5200N 13.4050E"


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def two_halves(mode: str = "RGB", size: tuple[int, int] = (40, 20)) -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new(mode, size, "red")
    image.paste(Image.new(mode, (size[0] // 2, size[1]), "blue"), (size[0] // 2, 0))
    return image


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header promises any number of pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 100)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@pytest.mark.parametrize(
    ("kind", "content_type"),
    [
        ("PNG", "image/png"),
        ("JPEG", "image/jpeg"),
        ("WEBP", "image/webp"),
        ("GIF", "image/png"),
        ("AVIF", "image/jpeg"),
    ],
)
async def test_known_kinds_are_sent_as_kinds_that_every_model_takes(kind: str, content_type: str) -> None:
    prepared = await prepare(encoded(two_halves(), kind))
    upload = prepared.upload
    assert (upload.content_type, upload.width, upload.height) == (content_type, 40, 20)
    assert upload.size == len(prepared.data)
    assert upload.digest == hashlib.sha256(prepared.data).hexdigest()
    assert opened(prepared.data).format == content_type.removeprefix("image/").upper()
    assert not upload.has_alpha


async def test_heic_is_taken() -> None:
    heif = pytest.importorskip("pillow_heif", reason="pillow-heif, which writes HEIC, is not installed")
    out = io.BytesIO()
    heif.from_pillow(two_halves(size=(64, 64))).save(out, quality=90)
    prepared = await prepare(out.getvalue())
    assert (prepared.upload.content_type, prepared.upload.width) == ("image/jpeg", 64)


async def test_the_first_frame_of_a_moving_picture_is_taken() -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    prepared = await prepare(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    picture = opened(prepared.data)
    assert getattr(picture, "n_frames", 1) == 1
    assert picture.convert("RGB").getpixel((0, 0)) == (255, 0, 0)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L", "1", "I;16", "CMYK"])
async def test_every_pixel_mode_ends_as_plain_colour(mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"
    prepared = await prepare(encoded(Image.new(mode, (9, 7)), kind))
    assert opened(prepared.data).mode in {"RGB", "RGBA"}


@pytest.mark.parametrize("orientation", range(1, 9))
async def test_a_picture_is_turned_upright(orientation: int) -> None:
    image = two_halves(size=(48, 16))
    exif = Image.Exif()
    exif[0x0112] = orientation
    prepared = await prepare(encoded(image, "JPEG", exif=exif, quality=95))
    upright = orientation < 5
    assert (prepared.upload.width, prepared.upload.height) == ((48, 16) if upright else (16, 48))
    corner = opened(prepared.data).getpixel((2, 2))
    assert isinstance(corner, tuple)
    # Red starts on the left; orientations 2, 3, 7 and 8 put it at the far end of the long side.
    red_first = orientation in {1, 4, 5, 6}
    assert (corner[0] > corner[2]) is red_first


async def test_nothing_but_pixels_survives() -> None:
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", SECRET.decode())
    sources = [
        encoded(two_halves(), "JPEG", exif=exif, comment=SECRET, xmp=SECRET),
        encoded(two_halves(), "PNG", exif=exif, pnginfo=text),
        encoded(two_halves(), "WEBP", exif=exif, xmp=SECRET),
        encoded(two_halves(), "GIF", comment=SECRET),
    ]
    for source in sources:
        assert SECRET in source
        cleaned = (await prepare(source)).data
        assert SECRET not in cleaned
        assert not opened(cleaned).getexif()
        assert b"iCCP" not in cleaned
        assert b"ICC_PROFILE" not in cleaned


async def test_colours_of_another_profile_are_converted() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    # The profile's red and blue primaries trade places: what was red must come out blue.
    swapped = lab.replace(b"rXYZ", b"tmpX").replace(b"bXYZ", b"rXYZ").replace(b"tmpX", b"bXYZ")
    swapped = swapped.replace(b"s\x00R\x00G\x00B", b"o\x00d\x00d\x00x")
    source = encoded(Image.new("RGB", (4, 4), (255, 0, 0)), "PNG", icc_profile=swapped)
    pixel = opened((await prepare(source)).data).getpixel((1, 1))
    assert isinstance(pixel, tuple)
    assert pixel[2] > 200 > pixel[0]


async def test_a_profile_that_is_rubbish_costs_nothing() -> None:
    source = encoded(Image.new("RGB", (4, 4), (255, 0, 0)), "PNG", icc_profile=b"rubbish" * 30)
    assert opened((await prepare(source)).data).getpixel((1, 1)) == (255, 0, 0)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"just some words in a file called cat.png", "not a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"%PDF-1.7 " + b"x" * 100, "PDF file"),
        (b"8BPS\0\1" + b"x" * 100, "Photoshop"),
        (b"\0\0\0\x0cJXL \r\n\x87\n" + b"x" * 100, "JPEG XL"),
        (b"\0\0\0\x18ftypmp42" + b"x" * 100, "film"),
        (encoded(Image.effect_noise((200, 200), 90), "PNG")[:3000], "damaged"),
        (encoded(Image.effect_noise((200, 200), 90), "JPEG")[:150], "damaged"),
        (b"\x89PNG\r\n\x1a\n" + b"x" * 100, "damaged"),
        (bomb(8000, 5000), "damaged"),
        (bomb(60_000, 60_000), "damaged"),
        (bomb(60_000, 60_000) + bytes(1_000_000), "most that can be read safely of this kind is 300"),
        (bomb(0, 10), "damaged|no pixels"),
    ],
    ids=[
        "empty",
        "text",
        "svg",
        "pdf",
        "psd",
        "jxl",
        "film",
        "cut png",
        "cut jpeg",
        "bad png",
        "40 MP",
        "bomb",
        "large bomb",
        "zero",
    ],
)
async def test_what_cannot_be_used_is_refused_in_words(data: bytes, words: str) -> None:
    with pytest.raises(BadImage, match=words) as caught:
        await prepare(data)
    assert caught.value.field == "image"


async def test_limits_are_named_and_inclusive() -> None:
    data = encoded(Image.new("RGB", (100, 100)), "PNG")
    limits = ImageLimits(max_bytes=len(data), max_pixels=10_000)
    assert (await prepare(data, limits=limits)).upload.width == 100
    with pytest.raises(BadImage, match="0 MB"):
        await prepare(data, limits=ImageLimits(max_bytes=len(data) - 1))
    smaller = await prepare(data, limits=ImageLimits(max_pixels=9_999))
    assert (smaller.upload.width, smaller.upload.height) == (99, 99)


async def test_a_mask_keeps_its_alpha_and_must_have_one() -> None:
    mask = Image.new("RGBA", (10, 10), (0, 0, 0, 255))
    with pytest.raises(BadImage, match="transparent") as caught:
        await prepare(encoded(mask, "PNG"), for_mask=True)
    assert caught.value.field == "mask"
    mask.putpixel((3, 3), (0, 0, 0, 0))
    prepared = await prepare(encoded(mask, "WEBP", lossless=True), for_mask=True)
    assert prepared.upload.has_alpha
    assert prepared.upload.content_type == "image/png"
    assert opened(prepared.data).getpixel((3, 3))[3] == 0  # type: ignore[index]


async def test_a_palette_with_transparency_makes_a_mask() -> None:
    palette = Image.new("P", (4, 4), 1)
    palette.putpixel((0, 0), 0)
    prepared = await prepare(encoded(palette, "GIF", transparency=0), for_mask=True)
    assert prepared.upload.has_alpha


_SEEDS = [encoded(two_halves(), kind) for kind in ("PNG", "JPEG", "WEBP", "GIF", "AVIF")]


@examples(150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.sampled_from(_SEEDS),
    edits=st.lists(st.tuples(st.integers(0, 400), st.binary(min_size=1, max_size=4)), max_size=6),
    cut=st.integers(0, 600),
)
async def test_any_bytes_give_a_picture_or_a_refusal(
    seed: bytes, edits: list[tuple[int, bytes]], cut: int
) -> None:
    data = bytearray(seed)
    for where, what in edits:
        data[where : where + len(what)] = what
    try:
        prepared = await prepare(bytes(data[: len(data) - cut]) if cut < len(data) else bytes(data))
    except BadImage:
        return
    assert opened(prepared.data).size == (prepared.upload.width, prepared.upload.height)


@examples(100, deadline=None)
@given(st.binary(max_size=300))
async def test_noise_is_refused(data: bytes) -> None:
    with pytest.raises(BadImage):
        await prepare(data)
