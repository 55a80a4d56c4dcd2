"""The made files beside the repository: what `expected.json` says is right has to come true."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from bot.core.errors import BadImage
from bot.images.preparation import PreparedImage, prepare

CASES = Path(__file__).parents[3] / "shared/cases/images"
pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="the made pictures lie in ../shared")

Check = Callable[[PreparedImage], None]
_NOTE_CUT = "end of its file is missing"


def shown(found: PreparedImage) -> Image.Image:
    image = Image.open(io.BytesIO(found.data))
    image.load()
    return image


def mean(*expected: float, within: float = 2) -> Check:
    def check(found: PreparedImage) -> None:
        means = ImageStat.Stat(shown(found).convert("RGB")).mean
        wanted = expected * 3 if len(expected) == 1 else expected
        assert all(abs(is_ - is_to_be) <= within for is_, is_to_be in zip(means, wanted, strict=True)), means

    return check


def size(width: int, height: int, note: str = "") -> Check:
    def check(found: PreparedImage) -> None:
        assert shown(found).size == (found.upload.width, found.upload.height) == (width, height)
        assert note in found.upload.note
        assert bool(found.upload.note) is bool(note)

    return check


def scaled_phone(found: PreparedImage) -> None:
    width, height = shown(found).size
    assert width * height <= 36_000_000
    assert width / height == pytest.approx(4 / 3, abs=0.001)
    assert f"from 8064×6048 to {width}×{height}" in found.upload.note


def ramp(found: PreparedImage) -> None:
    mean(128, within=1)(found)
    assert len(set(shown(found).convert("L").tobytes())) >= 120


def scan(found: PreparedImage) -> None:
    assert set(shown(found).convert("L").tobytes()) == {78, 156}


def disc(found: PreparedImage) -> None:
    """A mask of 512 pixels with a hole of about an eighth, and nothing in between."""
    alpha = shown(found).getchannel("A")
    assert alpha.size == (512, 512)
    assert set(alpha.tobytes()) == {0, 255}
    assert ImageStat.Stat(alpha).mean[0] == pytest.approx(224.2, abs=0.5)


def all_transparent(found: PreparedImage) -> None:
    assert shown(found).getchannel("A").getextrema() == (0, 0)


def fine_red(found: PreparedImage) -> None:
    picture = shown(found).convert("RGB")
    pixel = picture.getpixel((4, 30))
    assert isinstance(pixel, tuple)
    assert all(abs(one - other) <= 6 for one, other in zip(pixel, (254, 0, 0), strict=True)), pixel


def as_fine_as(name: str) -> Check:
    """Fine red text on blue, which falls to a fifth where colour is kept at a quarter."""

    def check(found: PreparedImage) -> None:
        fine_red(found)
        came = CASES / name
        if came.suffix == ".heic":
            heif = pytest.importorskip("pillow_heif", reason="pillow-heif is not installed")
            picture = heif.open_heif(came).to_pillow()
        else:
            picture = Image.open(came)
        assert noise_ratio(shown(found).convert("RGB"), picture.convert("RGB")) >= 40

    return check


def noise_ratio(one: Image.Image, other: Image.Image) -> float:
    """PSNR in decibels."""
    squares = ImageStat.Stat(ImageChops.difference(one, other)).sum2
    error = sum(squares) / (one.width * one.height * 3)
    return 10 * math.log10(255 * 255 / error) if error else math.inf


def first_full_frame(found: PreparedImage) -> None:
    assert ImageStat.Stat(shown(found).convert("RGB")).mean == [255, 0, 0]
    assert "number 2 of 2" in found.upload.note


def not_srgb(found: PreparedImage) -> None:
    pixel = shown(found).convert("RGB").getpixel((30, 30))
    assert isinstance(pixel, tuple)
    assert abs(pixel[0] - 200) > 20


def no_trailer(found: PreparedImage) -> None:
    size(900, 600)(found)
    assert found.data.endswith(b"\xff\xd9")
    assert b"ftyp" not in found.data


P3_MEAN = mean(110, 102, 0, within=3)
CHECKS: dict[str, Check | str] = {
    "iphone_48MP_plain.jpg": scaled_phone,
    "gray16_ramp.png": ramp,
    "gray16_scan.png": scan,
    "gray10_ramp.heif": mean(128, within=1.5),
    "mask_white_on_black.png": disc,
    "mask_white_on_black.jpg": disc,
    "mask_1bit.png": disc,
    "mask_gray16.png": disc,
    "mask_alpha_half_size.png": disc,
    "mask_alpha_off_by_one.png": disc,
    "mask_alpha_254.png": "change nothing",
    "mask_alpha_half_transparent_brush.png": disc,
    "mask_all_transparent.png": all_transparent,
    "mask_alpha_good.png": disc,
    "red_on_blue_444.jpg": as_fine_as("red_on_blue_444.jpg"),
    "red_on_blue_444.heic": as_fine_as("red_on_blue_444.heic"),
    "linear_srgb_named.png": mean(128, 175, 92, within=3),
    "gray_gamma1.8_icc.jpg": mean(146),
    "gray_gamma1.0_icc.png": mean(188),
    "gray_gamma1.0_icc.jpg": mean(188),
    "palette_display_p3.png": mean(110, 102, 0),
    "rgb_display_p3_control.png": P3_MEAN,
    "p3_profile_over_1MB.jpg": P3_MEAN,
    "nclx_p3.heic": mean(218, 0, 26, within=4),
    "png_cicp_p3.png": mean(218, 0, 26, within=4),
    "nclx_pq_bt2020.heic": not_srgb,
    "cmyk_no_profile.jpg": size(64, 64),
    "p3_profile_over_1MB.png": P3_MEAN,
    "png_itxt_xmp_3MB_compressed.png": size(48, 24),
    "png_ztxt_2MB.png": size(48, 24),
    "png_iccp_bomb_60MB.png": size(48, 24),
    "png_text_5MB_plain.png": size(48, 24),
    "jpeg_without_eoi.jpg": size(900, 600, _NOTE_CUT),
    "jpeg_cut_12_bytes.jpg": size(900, 600, _NOTE_CUT),
    "jpeg_cut_10_percent.jpg": size(900, 600, _NOTE_CUT),
    "jpeg_motion_photo.jpg": no_trailer,
    "png_without_iend.png": size(900, 600),
    "png_cut_in_last_row.png": size(900, 600, _NOTE_CUT),
    "png_bad_crc_idat.png": size(900, 600),
    "xmp_orientation6.jpg": size(48, 24),
    "xmp_orientation6.png": size(48, 24),
    "xmp_orientation6.webp": size(48, 24),
    "formats_bmp.bmp": size(64, 32),
    "formats_tiff.tif": size(64, 32),
    "formats_ico.ico": size(32, 16),
    "formats_jp2.jp2": "JPEG 2000",
    "formats_svg.svg": "SVG",
    "gif_first_frame_empty.gif": first_full_frame,
}
"""What has to be true of each file that is sent on, or a word of the refusal."""


def test_every_file_of_the_table_is_looked_at() -> None:
    named = {case["file"] for case in json.loads((CASES / "expected.json").read_text())}
    assert {name for name in named if "(" not in name} == CHECKS.keys()


@pytest.mark.parametrize("name", CHECKS)
async def test_it_comes_out_as_expected(name: str) -> None:
    check, is_mask = CHECKS[name], name.startswith("mask_")
    data = (CASES / name).read_bytes()
    if isinstance(check, str):
        with pytest.raises(BadImage, match=check) as caught:
            await prepare(data, for_mask=is_mask, fits=(512, 512) if is_mask else None)
        assert bool(caught.value.picture) is is_mask
        return
    check(await prepare(data, for_mask=is_mask, fits=(512, 512) if is_mask else None))
