"""Pictures of every kind, made fresh in any size, against an independent reader: Pillow with ImageCms.

They are written by `picture_writer`, which does not use libvips.
"""

from __future__ import annotations

import io
import math
import random
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageCms, ImageStat

from bot.core.capability import Capability
from bot.core.errors import BadImage
from bot.images.preparation import ImageLimits, PreparedImage, prepare
from tests.fakes import picture_writer as writer
from tests.fakes.examples import examples

few = examples(25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
sizes = st.tuples(st.integers(1, 70), st.integers(1, 70))
seeds = st.integers(0, 2**32)
KINDS = ("PNG", "JPEG", "WEBP", "GIF", "TIFF", "BMP", "AVIF")


def shown(found: PreparedImage) -> Image.Image:
    image = Image.open(io.BytesIO(found.data))
    image.load()
    assert image.size == (found.upload.width, found.upload.height)
    return image


def managed(image: Image.Image, profile: bytes) -> Image.Image:
    """As a colour-managed viewer shows it."""
    given_profile = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    standard = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
    flags = ImageCms.Flags.BLACKPOINTCOMPENSATION
    found = ImageCms.profileToProfile(image, given_profile, standard, intent, outputMode="RGB", flags=flags)
    assert found is not None
    return found


def in_lab(image: Image.Image) -> list[tuple[float, float, float]]:
    """CIE L*a*b* (D65) of each pixel."""

    def linear(value: int) -> float:
        share = value / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    def cube(share: float) -> float:
        return share ** (1 / 3) if share > 0.008856 else 7.787 * share + 16 / 116

    found: list[tuple[float, float, float]] = []
    numbers = image.convert("RGB").tobytes()
    for at in range(0, len(numbers), 3):
        red, green, blue = (linear(value) for value in numbers[at : at + 3])
        x = cube((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505)
        y = cube(0.2126 * red + 0.7152 * green + 0.0722 * blue)
        z = cube((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089)
        found.append((116 * y - 16, 500 * (x - y), 200 * (y - z)))
    return found


def delta_e(one: Image.Image, other: Image.Image) -> float:
    """The mean difference of colours (CIE 1976)."""
    assert one.size == other.size
    pairs = zip(in_lab(one), in_lab(other), strict=True)
    return sum(math.dist(first, second) for first, second in pairs) / (one.width * one.height)


def differs(one: Image.Image, other: Image.Image) -> float:
    """The mean difference of all numbers, in levels of 255."""
    return sum(ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other.convert("RGB"))).mean) / 3


@few
@given(sizes, seeds, st.sampled_from(("RGB", "RGBA", "L")), st.sampled_from(KINDS))
async def test_every_kind_shows_what_it_showed(
    size: tuple[int, int], seed: int, mode: str, kind: str
) -> None:
    if kind in ("JPEG", "BMP") and mode == "RGBA":
        mode = "RGB"
    picture = writer.photograph(*size, seed, mode)
    data = writer.saved(picture, kind)
    with Image.open(io.BytesIO(data)) as again:
        expected = again.convert("RGBA")
    found = await prepare(data)
    assert found.upload.note == ""
    assert differs(shown(found).convert("RGBA"), expected) < (6 if kind in ("JPEG", "AVIF") else 1)
    assert found.upload.has_alpha == (expected.getchannel("A").getextrema()[0] < 255)  # type: ignore[operator]


@few
@given(sizes, seeds, st.sampled_from((1, 2, 4, 8, 16)), st.sampled_from((0, 2, 4, 6)))
async def test_every_depth_keeps_its_tones(size: tuple[int, int], seed: int, depth: int, colour: int) -> None:
    if depth < 8 and colour != 0:
        depth = 8
    numbers, channels, most = random.Random(seed), writer.CHANNELS[colour], 2**depth - 1
    rows = [[numbers.randint(0, most) for _ in range(size[0] * channels)] for _ in range(size[1])]
    found = shown(await prepare(writer.png(rows, colour=colour, depth=depth))).convert("RGBA")
    for (y, row), x in zip(enumerate(rows), [seed % size[0]] * size[1], strict=False):
        pixel = row[x * channels : (x + 1) * channels]
        eight = [value >> 8 if depth == 16 else round(value * 255 / most) for value in pixel]
        colours = eight[:3] if channels >= 3 else eight[:1] * 3
        alpha = eight[-1] if channels in (2, 4) else 255
        is_there = found.getpixel((x, y))
        assert isinstance(is_there, tuple)
        assert all(abs(a - b) <= 1 for a, b in zip(is_there, (*colours, alpha), strict=True)), is_there


@few
@given(
    sizes,
    seeds,
    st.floats(1.0, 2.6),
    st.sampled_from((writer.P3, writer.SRGB)),
    st.sampled_from(("sRGB IEC61966-2.1", "Display P3", "x")),
    st.sampled_from((0, 1_200_000)),
)
async def test_a_profile_is_believed_for_what_it_says(
    size: tuple[int, int], seed: int, gamma: float, primaries: object, name: str, padding: int
) -> None:
    profile = writer.profile(gamma, primaries, name, padding)  # type: ignore[arg-type]
    picture = writer.photograph(*size, seed)
    data = writer.saved(picture, "PNG", icc_profile=profile)
    assert delta_e(shown(await prepare(data)), managed(picture, profile)) < 1


@few
@given(sizes, seeds, st.floats(1.0, 2.6), st.sampled_from(("PNG", "JPEG", "TIFF")))
async def test_a_grey_profile_is_read(size: tuple[int, int], seed: int, gamma: float, kind: str) -> None:
    profile = writer.profile(gamma)
    picture = writer.photograph(*size, seed, "L")
    data = writer.saved(picture, kind, icc_profile=profile, **({"quality": 100} if kind == "JPEG" else {}))
    with Image.open(io.BytesIO(data)) as again:
        expected = managed(again.convert("L"), profile)
    assert delta_e(shown(await prepare(data)), expected) < 1.5


@few
@given(sizes, seeds, st.floats(1.0, 2.6))
async def test_a_palette_with_a_profile_is_read(size: tuple[int, int], seed: int, gamma: float) -> None:
    profile = writer.profile(gamma, writer.P3)
    picture = writer.photograph(*size, seed).quantize(16)
    data = writer.saved(picture, "PNG", icc_profile=profile)
    assert delta_e(shown(await prepare(data)), managed(picture.convert("RGB"), profile)) < 1


@few
@given(sizes, seeds, st.integers(1, 8), st.sampled_from(("JPEG", "PNG", "WEBP", "TIFF")))
async def test_orientation_is_that_of_exif(size: tuple[int, int], seed: int, turn: int, kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = turn
    options = (
        {"lossless": True} if kind == "WEBP" else {"quality": 100, "subsampling": 0} if kind == "JPEG" else {}
    )
    picture = writer.photograph(*size, seed)
    data = writer.saved(picture, kind, exif=exif, **options)
    turns = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}
    upright = picture.transpose(Image.Transpose(turns[turn])) if turn > 1 else picture
    found = shown(await prepare(data))
    assert found.size == upright.size
    assert differs(found, upright) < 6


@few
@given(sizes, seeds, st.sampled_from(("RGB", "RGBA")), st.integers(200, 4000))
async def test_a_picture_that_is_too_large_is_scaled_and_the_person_told(
    size: tuple[int, int], seed: int, mode: str, most: int
) -> None:
    picture = writer.photograph(*size, seed, mode)
    found = await prepare(writer.saved(picture, "PNG"), limits=ImageLimits(max_pixels=most))
    width, height = shown(found).size
    assert width * height <= max(most, max(size))
    if size[0] * size[1] <= most:
        assert (width, height, found.upload.note) == (*size, "")
        return
    assert f"from {size[0]}×{size[1]} to {width}×{height} pixels" in found.upload.note
    if min(width, height) > 8:
        assert width / height == pytest.approx(size[0] / size[1], rel=0.2)


@few
@given(sizes, seeds, st.sampled_from(("1", "L", "RGB", "LA", "I;16")), st.sampled_from((1, 2, 3)))
async def test_a_mask_in_any_form_is_the_same_mask(
    size: tuple[int, int], seed: int, form: str, factor: int
) -> None:
    numbers = random.Random(seed)
    white = Image.new("L", size)
    white.putdata([255 if numbers.random() < 0.3 else 0 for _ in range(size[0] * size[1])])
    white.putpixel((0, 0), 255)
    match form:
        case "LA":
            drawn = Image.new("LA", size)
            drawn.putalpha(ImageChops.invert(white))
        case "I;16":
            drawn = white.convert("I").point(lambda value: value * 257).convert("I;16")
        case _:
            drawn = white.convert(form)
    fits = (size[0] * factor, size[1] * factor)
    found = shown(await prepare(writer.saved(drawn, "PNG"), for_mask=True, fits=fits))
    expected = ImageChops.invert(white).resize(fits, Image.Resampling.NEAREST)
    assert found.mode == "RGBA"
    assert found.getchannel("A").tobytes() == expected.tobytes()


@few
@given(sizes, seeds, st.integers(129, 255))
async def test_a_mask_that_would_change_nothing_is_refused_and_shown(
    size: tuple[int, int], seed: int, alpha: int
) -> None:
    faint = writer.photograph(*size, seed)
    faint.putalpha(alpha)
    black = Image.new("L", size, alpha // 8)
    for mask in (faint, black):
        with pytest.raises(BadImage, match=r"change nothing|white on black") as caught:
            await prepare(writer.saved(mask, "PNG"), for_mask=True, fits=size)
        assert caught.value.field == "mask"
        assert Image.open(io.BytesIO(caught.value.picture)).format == "PNG"


@few
@given(st.sampled_from(("GIF", "WEBP", "PNG")), st.integers(1, 4), st.integers(2, 6), seeds)
async def test_the_first_frame_that_shows_something_is_taken(
    kind: str, empty: int, size: int, seed: int
) -> None:
    frames = [Image.new("RGBA", (size * 8, size * 8), (0, 0, 0, 0)) for _ in range(empty)]
    full = writer.photograph(size * 8, size * 8, seed, "RGB").convert("RGBA")
    options = {"lossless": True} if kind == "WEBP" else {"disposal": 2} if kind == "GIF" else {}
    # Pillow joins frames that are alike, so each empty one gets a duration of its own.
    data = writer.saved(
        frames[0], kind, save_all=True, append_images=[*frames[1:], full], duration=100, **options
    )
    found = await prepare(data)
    assert differs(shown(found), full) < 12
    assert "It moves" in found.upload.note


@few
@given(st.sampled_from(("PNG", "JPEG", "WEBP", "GIF")), st.integers(1, 2), seeds)
async def test_a_picture_a_byte_or_two_short_is_read(kind: str, missing: int, seed: int) -> None:
    data = writer.saved(writer.photograph(80, 60, seed), kind)
    found = await prepare(data[:-missing])
    assert shown(found).size == (80, 60)
    assert differs(shown(found), Image.open(io.BytesIO(data))) < 8


@pytest.mark.parametrize("capability", Capability)
@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "AVIF", "PNG"])
async def test_a_prepared_picture_is_about_as_large_as_it_came(kind: str, capability: Capability) -> None:
    data = writer.saved(writer.photograph(900, 700, 7), kind)
    found = await prepare(data, capability=capability)
    assert found.upload.size <= max(300_000, 1.5 * len(data))
    if kind in ("JPEG", "PNG") or (kind == "WEBP" and capability is not Capability.VIDEO):
        assert abs(found.upload.size - len(data)) < 100


async def test_a_chat_gets_what_chat_models_take() -> None:
    noise = Image.effect_noise((1900, 1200), 120).convert("RGB")
    found = await prepare(writer.saved(noise, "PNG", compress_level=1), capability=Capability.CHAT)
    assert found.upload.size * 4 / 3 <= 5_000_000
    wide = await prepare(writer.saved(Image.new("L", (9000, 30), 200), "PNG"), capability=Capability.CHAT)
    assert wide.upload.width == 8000
    assert "from 9000×30 to 8000×27 pixels" in wide.upload.note


SECRETIVE = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "AVIF")


@pytest.mark.parametrize("capability", [Capability.EDIT, Capability.VIDEO])
@pytest.mark.parametrize("kind", SECRETIVE)
async def test_nothing_but_pixels_is_sent(kind: str, capability: Capability) -> None:
    data = writer.with_secrets(writer.photograph(60, 40, 3), kind)
    assert writer.SECRET in data
    found = await prepare(data, capability=capability)
    assert writer.SECRET not in found.data
    for word in (b"Exif", b"xmp", b"XMP", b"8BIM", b"tEXt", b"iCCP", b"ICC_PROFILE", b"eXIf"):
        assert word not in found.data


TOLD_OF_PIXELS = frozenset(
    "SourceFile File ExifTool JFIF PNG RIFF Composite".split()  # groups of what every file says of itself
)
OF_THE_FILE = frozenset({"PNG:Comment", "PNG:Description", "PNG:Software", "PNG:Title", "File:Comment"})


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed")
@pytest.mark.parametrize("kind", SECRETIVE)
async def test_an_independent_tool_finds_nothing(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "sent"
    path.write_bytes((await prepare(writer.with_secrets(writer.photograph(60, 40, 3), kind))).data)
    said = subprocess.run(
        ["exiftool", "-G", "-a", "-u", "-s", str(path)], check=True, capture_output=True, text=True
    ).stdout
    tags = {
        (line[1 : line.index("]")], line.split("]")[1].split(":")[0].strip()) for line in said.splitlines()
    }
    assert {group for group, _ in tags} <= TOLD_OF_PIXELS, tags
    assert not {f"{group}:{name}" for group, name in tags} & OF_THE_FILE
    assert "52.5" not in said
