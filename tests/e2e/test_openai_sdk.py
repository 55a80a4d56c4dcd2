"""The official OpenAI SDK, unmodified, against the sandbox: the compatibility that Lumenfall promises."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import AsyncIterator

import httpx
import openai
import pytest
from openai import AsyncOpenAI
from PIL import Image

from sandbox import Sandbox
from tests.fakes.sandbox import KEY, sandbox_fixture  # noqa: F401

# The SDK warns about the end of OpenAI's own video service; the calls are the same ones.
pytestmark = pytest.mark.filterwarnings("ignore:The Sora API:DeprecationWarning")

TEXT_MODEL = "google/gemini-3-flash-preview"


@pytest.fixture
async def sdk(sandbox: Sandbox) -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(api_key=KEY, base_url=sandbox.base_url, max_retries=0, timeout=60) as client:
        yield client


def png(colour: tuple[int, ...], size: tuple[int, int] = (96, 64)) -> bytes:
    out = io.BytesIO()
    Image.new("RGBA" if len(colour) == 4 else "RGB", size, colour).save(out, "PNG")
    return out.getvalue()


def opened(b64: str | None) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(b64 or "")))


async def test_images_generate(sandbox: Sandbox, sdk: AsyncOpenAI) -> None:
    answer = await sdk.images.generate(
        model="gpt-image-1.5", prompt="a red barn", n=2, size="1024x1024", quality="low"
    )
    assert answer.data is not None
    assert len(answer.data) == 2
    async with httpx.AsyncClient() as browser:
        file = await browser.get(answer.data[0].url or "")
    assert Image.open(io.BytesIO(file.content)).size == (1024, 1024)
    assert sandbox.charged_micros == 2 * 9000


async def test_images_generate_base64_and_dry_run_by_extra_query(sandbox: Sandbox, sdk: AsyncOpenAI) -> None:
    estimate = await sdk.images.with_raw_response.generate(
        model="flux.1-schnell", prompt="x", extra_query={"dryRun": "true"}
    )
    assert estimate.http_response.json()["total_cost_micros"] == 3000
    assert sandbox.charged_micros == 0
    answer = await sdk.images.generate(
        model="flux.1-schnell", prompt="x", size="256x256", response_format="b64_json"
    )
    assert answer.data is not None
    assert opened(answer.data[0].b64_json).size == (256, 256)


async def test_images_edit_one_several_and_masked(sandbox: Sandbox, sdk: AsyncOpenAI) -> None:
    one = await sdk.images.edit(
        model="gpt-image-1.5", image=("a.png", png((200, 40, 40))), prompt="night", response_format="b64_json"
    )
    several = await sdk.images.edit(
        model="gpt-image-1.5",
        image=[("a.png", png((200, 40, 40))), ("b.png", png((40, 40, 200)))],
        prompt="join them",
        response_format="b64_json",
    )
    mask = Image.new("RGBA", (96, 64), (0, 0, 0, 255))
    mask.paste((0, 0, 0, 0), (0, 0, 48, 64))
    out = io.BytesIO()
    mask.save(out, "PNG")
    masked = await sdk.images.edit(
        model="gpt-image-1.5",
        image=("a.png", png((200, 40, 40))),
        mask=("m.png", out.getvalue()),
        prompt="snow",
        response_format="b64_json",
    )
    for answer in (one, several, masked):
        assert answer.data is not None
        assert opened(answer.data[0].b64_json).size == (96, 64)
    assert masked.data is not None
    result = opened(masked.data[0].b64_json).convert("RGB")
    assert result.getpixel((80, 30)) == (200, 40, 40)
    assert result.getpixel((20, 30)) != (200, 40, 40)
    assert [call.files for call in sandbox.calls] == [("image",), ("image[]", "image[]"), ("image", "mask")]


async def test_videos_create_retrieve_and_poll(sandbox: Sandbox, sdk: AsyncOpenAI) -> None:
    made = await sdk.videos.create(model="sora-2", prompt="a kite", seconds="4", size="1280x720")
    assert made.status == "queued"
    again = await sdk.videos.retrieve(made.id)
    assert again.id == made.id
    done = await sdk.videos.poll(made.id, poll_interval_ms=50)
    assert done.status == "completed"
    output = done.model_dump()["output"]
    async with httpx.AsyncClient() as browser:
        file = await browser.get(output["url"])
    assert file.content[4:8] == b"ftyp"
    assert sandbox.charged_micros == 400_000


async def test_videos_create_with_a_reference_file(sdk: AsyncOpenAI) -> None:
    done = await sdk.videos.create_and_poll(
        model="sora-2",
        prompt="a kite",
        seconds="4",
        input_reference=("a.png", png((200, 40, 40)), "image/png"),
        poll_interval_ms=50,
    )
    assert done.status == "completed"
    assert done.seconds == "4"


async def test_videos_delete_cancels(sandbox: Sandbox, sdk: AsyncOpenAI) -> None:
    sandbox.set(video_seconds=60)
    made = await sdk.videos.create(model="sora-2", prompt="a kite")
    await sdk.videos.delete(made.id)
    assert (await sdk.videos.retrieve(made.id)).status == "failed"


async def test_chat(sdk: AsyncOpenAI) -> None:
    answer = await sdk.chat.completions.create(
        model=TEXT_MODEL, messages=[{"role": "user", "content": "Tell me about herons"}]
    )
    assert "herons" in (answer.choices[0].message.content or "")
    assert answer.usage is not None
    assert answer.usage.total_tokens > 0


async def test_chat_stream(sdk: AsyncOpenAI) -> None:
    stream = await sdk.chat.completions.create(
        model=TEXT_MODEL,
        messages=[{"role": "user", "content": "Tell me about herons"}],
        stream=True,
        stream_options={"include_usage": True},
    )
    text, tokens = "", 0
    async for chunk in stream:
        text += "".join(choice.delta.content or "" for choice in chunk.choices)
        tokens += chunk.usage.total_tokens if chunk.usage else 0
    assert "herons" in text
    assert tokens > 0


async def test_models(sdk: AsyncOpenAI) -> None:
    listed = [model.id async for model in sdk.models.list()]
    assert "gemini-3-pro-image" in listed
    one = await sdk.models.retrieve("kling-v3")
    assert one.owned_by == "kuaishou"


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("401", openai.AuthenticationError),
        ("content_policy", openai.BadRequestError),
        ("429", openai.RateLimitError),
        ("502", openai.InternalServerError),
        ("html_403", openai.PermissionDeniedError),
        ("reset_after_charge", openai.APIConnectionError),
    ],
)
async def test_errors_are_the_sdks_own(
    sandbox: Sandbox, sdk: AsyncOpenAI, fault: str, error: type[openai.APIError]
) -> None:
    sandbox.fail(fault)
    with pytest.raises(error):
        await sdk.images.generate(model="flux.1-schnell", prompt="x")


async def test_an_unknown_model_is_not_found(sdk: AsyncOpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        await sdk.images.generate(model="flux.1-schnel", prompt="x")
    assert caught.value.code == "MODEL_NOT_FOUND"


async def test_tool_calls_whole_and_streamed(sdk: AsyncOpenAI) -> None:
    parameters = {"type": "object", "properties": {"prompt": {"type": "string"}, "n": {"type": "integer"}}}
    asked = {
        "model": TEXT_MODEL,
        "messages": [{"role": "user", "content": "two pictures of a paper boat, please"}],
        "tools": [{"type": "function", "function": {"name": "generate", "parameters": parameters}}],
    }
    whole = (await sdk.chat.completions.create(**asked)).choices[0]  # type: ignore[call-overload]
    assert whole.finish_reason == "tool_calls"
    assert whole.message.tool_calls[0].function.name == "generate"
    async with sdk.chat.completions.stream(**asked) as events:  # type: ignore[arg-type]
        streamed = (await events.get_final_completion()).choices[0]
    assert streamed.finish_reason == "tool_calls"
    [call] = streamed.message.tool_calls or []
    assert json.loads(call.function.arguments) == {"prompt": "a paper boat", "n": 2}
    assert call.function.arguments == whole.message.tool_calls[0].function.arguments
