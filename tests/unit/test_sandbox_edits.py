"""Edits, inpainting and upscales of the sandbox."""

from __future__ import annotations

import base64
import io
from typing import Any

import httpx
import pytest
from PIL import Image, ImageChops, ImageStat

from sandbox import Sandbox
from tests.fakes.sandbox import http_fixture, sandbox_fixture  # noqa: F401

EDITS = "/openai/v1/images/edits"


def picture(width: int = 96, height: int = 64) -> Image.Image:
    ramp = Image.linear_gradient("L").resize((width, height))
    return Image.merge("RGB", (ramp, ramp.transpose(Image.Transpose.FLIP_TOP_BOTTOM), ramp))


def png(image: Image.Image, kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


def hole(width: int = 96, height: int = 64) -> bytes:
    mask = Image.new("RGBA", (width, height), (0, 0, 0, 255))
    mask.paste((0, 0, 0, 0), (20, 10, 60, 50))
    return png(mask)


async def post(
    http: httpx.AsyncClient, *files: bytes, query: str = "", mask: bytes | None = None, **fields: Any
):  # type: ignore[no-untyped-def]
    name = "image" if len(files) == 1 else "image[]"
    parts = [(name, ("a.png", data, "image/png")) for data in files]
    if mask:
        parts.append(("mask", ("m.png", mask, "image/png")))
    data = {"response_format": "b64_json", **fields}
    return await http.post(EDITS + query, data=data, files=parts)


def result(answer: httpx.Response, index: int = 0) -> Image.Image:
    assert answer.status_code == 200, answer.text
    return Image.open(io.BytesIO(base64.b64decode(answer.json()["data"][index]["b64_json"])))


def difference(a: Image.Image, b: Image.Image) -> float:
    return sum(ImageStat.Stat(ImageChops.difference(a.convert("RGB"), b.convert("RGB"))).mean) / 3


@pytest.mark.parametrize("prompt", ["make it night", "add snow", "paint it like a watercolour", "hm"])
async def test_an_edit_is_visible_and_keeps_the_size(
    sandbox: Sandbox, http: httpx.AsyncClient, prompt: str
) -> None:
    answer = await post(http, png(picture()), model="seedream-4.5", prompt=prompt)
    edited = result(answer)
    assert edited.size == (96, 64)
    assert difference(edited, picture()) > 8
    assert sandbox.charged_micros == 40_000
    assert answer.json()["metadata"]["executed_model"].startswith("fal/")


async def test_mask_keeps_every_other_pixel_as_it_was(http: httpx.AsyncClient) -> None:
    answer = await post(
        http, png(picture()), mask=hole(), model="gpt-image-1.5", prompt="turn this into fire"
    )
    edited, before = result(answer).convert("RGB"), picture()
    changed = ImageChops.difference(edited, before).getbbox()
    assert changed is not None
    left, top, right, bottom = changed
    assert (left >= 20, top >= 10, right <= 60, bottom <= 50) == (True, True, True, True)
    assert difference(edited.crop((24, 14, 56, 46)), before.crop((24, 14, 56, 46))) > 8


async def test_several_pictures_and_their_price_per_megapixel(http: httpx.AsyncClient) -> None:
    files = [png(picture()), png(picture(64, 64)), png(picture(32, 96))]
    estimate = await post(http, *files, query="?dryRun=true", model="flux.2-pro", prompt="join")
    assert estimate.json()["total_cost_micros"] == 4 * 15_000
    assert {c["type"]: c["quantity"] for c in estimate.json()["components"]} == {"input": 3, "output": 1}
    joined = result(await post(http, *files, model="flux.2-pro", prompt="join"))
    single = result(await post(http, files[0], model="flux.2-pro", prompt="join"))
    assert difference(joined, single) > 1


async def test_size_and_n_are_followed(http: httpx.AsyncClient) -> None:
    answer = await post(http, png(picture()), model="nano-banana-pro", prompt="night", size="128x128", n="2")
    assert [result(answer, i).size for i in range(2)] == [(128, 128)] * 2
    assert answer.json()["metadata"]["cost"] == 0.268


@pytest.mark.parametrize(
    ("model", "scale", "size"),
    [
        ("topaz-image-upscale", "1.5", (144, 96)),
        ("topaz-image-upscale", None, (192, 128)),
        ("real-esrgan", None, (384, 256)),
        ("recraft-crisp-upscale", "2", (384, 256)),
        ("google-upscaler", "4", (384, 256)),
    ],
)
async def test_upscale_sizes(
    http: httpx.AsyncClient, model: str, scale: str | None, size: tuple[int, int]
) -> None:
    fields = {"scale_factor": scale} if scale else {}
    large = result(await post(http, png(picture()), model=model, **fields))
    assert large.size == size
    assert difference(large.resize((96, 64)), picture()) < 4


async def test_upscale_is_priced_and_named(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    await post(http, png(picture()), model="topaz-image-upscale", scale_factor="2")
    assert sandbox.charged_micros == 50_000
    assert sandbox.paid_calls[0].kind == "upscale"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"model": "google-upscaler", "scale_factor": "3"}, "2, 4"),
        ({"model": "topaz-image-upscale", "scale_factor": "-1"}, "scale_factor"),
        ({"model": "topaz-image-upscale", "scale_factor": "nan"}, "scale_factor"),
        ({"model": "topaz-image-upscale", "scale_factor": "6.5"}, "at most 6"),
        ({"model": "flux.1-schnell", "prompt": "x"}, "does not support image editing"),
        ({"model": "seedream-4.5"}, "prompt"),
    ],
)
async def test_refusals(http: httpx.AsyncClient, fields: dict[str, str], words: str) -> None:
    answer = await post(http, png(picture()), **fields)
    assert answer.status_code == 400
    assert words in answer.json()["error"]["message"]


async def test_bad_files(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    two = await post(http, png(picture()), png(picture()), model="flux.1-kontext-pro", prompt="x")
    assert "does not support multiple input images" in two.json()["error"]["message"]
    text = await post(http, b"hello", model="seedream-4.5", prompt="x")
    assert text.json()["error"]["message"] == "Invalid image file provided."
    none = await http.post(EDITS, data={"model": "seedream-4.5", "prompt": "x"})
    assert none.status_code == 400
    as_json = await http.post(EDITS, json={"model": "seedream-4.5", "prompt": "x", "image": "https://a/b"})
    assert "multipart" in as_json.json()["error"]["message"]
    bomb = await post(http, png(Image.new("1", (9000, 9000))), model="seedream-4.5", prompt="x")
    assert "too large" in bomb.json()["error"]["message"]
    small = await post(http, png(picture()), mask=hole(10, 10), model="seedream-4.5", prompt="x")
    assert "dimensions" in small.json()["error"]["message"]
    flat = await post(http, png(picture()), mask=png(picture()), model="seedream-4.5", prompt="x")
    assert "alpha" in flat.json()["error"]["message"]
    assert sandbox.charged_micros == 0


async def test_jpeg_webp_and_gif_are_taken(http: httpx.AsyncClient) -> None:
    for kind in ("JPEG", "WEBP", "GIF"):
        answer = await post(http, png(picture(), kind), model="seedream-4.5", prompt="x")
        assert result(answer).size == (96, 64)
