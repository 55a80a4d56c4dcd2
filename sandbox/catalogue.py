"""The upscalers, video and text models of the catalogue, and the whole table."""

from __future__ import annotations

import re

from sandbox.catalogue_images import EDITORS, GENERATORS
from sandbox.models import Model, ModelTable, Rate, ScaleRule, SecondsRule
from sandbox.offers import flat, offer, tiers
from sandbox.sizes import SizeRules

UPSCALERS = (
    Model(
        slug="topaz-image-upscale",
        name="Topaz Image Upscale",
        creator="topaz",
        modes=("upscale",),
        scale=ScaleRule(most=6),
        offers=(flat("fal", "fal-ai/topaz/upscale/image", 50_000),),
    ),
    Model(
        slug="recraft-crisp-upscale",
        name="Recraft Crisp Upscale",
        creator="recraft",
        modes=("upscale",),
        scale=ScaleRule(fixed=4),
        offers=(
            flat("fal", "fal-ai/recraft/upscale/crisp", 4_000),
            flat("replicate", "recraft-ai/recraft-crisp-upscale", 6_000),
        ),
    ),
    Model(
        slug="clarity-upscaler",
        name="Clarity Upscaler",
        creator="philz1337x",
        modes=("upscale",),
        scale=ScaleRule(most=4),
        offers=(flat("replicate", "philz1337x/clarity-upscaler", 15_000),),
    ),
    Model(
        slug="crystal-upscaler",
        name="Crystal Upscaler",
        creator="clarityai",
        modes=("upscale",),
        scale=ScaleRule(most=10),
        offers=(flat("replicate", "philz1337x/crystal-upscaler", 16_000, "megapixel"),),
    ),
    Model(
        slug="real-esrgan",
        name="Real-ESRGAN",
        creator="nightmareai",
        modes=("upscale",),
        scale=ScaleRule(default=4, most=10),
        offers=(flat("replicate", "nightmareai/real-esrgan", 2_000),),
    ),
    Model(
        slug="seedvr-image-upscale",
        name="SeedVR2 Image Upscale",
        creator="bytedance",
        modes=("upscale",),
        scale=ScaleRule(most=10),
        offers=(flat("fal", "fal-ai/seedvr/upscale/image", 1_000, "megapixel"),),
    ),
    Model(
        slug="google-upscaler",
        name="Google Upscaler",
        creator="google",
        modes=("upscale",),
        scale=ScaleRule(allowed=(2, 4)),
        offers=(flat("vertex", "imagen-4.0-upscale-preview", 5_000),),
    ),
)

VIDEOS = (
    Model(
        slug="sora-2",
        name="Sora 2",
        creator="openai",
        modes=("video",),
        prompt_limit=5000,
        seconds=SecondsRule(default=4, most=20),
        featured=True,
        video_sizes=SizeRules(tiers=("720p",), default_tier="720p", grid=2),
        offers=(
            flat("openai", "sora-2", 100_000, "second"),
            flat("fal", "fal-ai/sora-2", 100_000, "second"),
        ),
    ),
    Model(
        slug="sora-2-pro",
        name="Sora 2 Pro",
        creator="openai",
        modes=("video",),
        prompt_limit=5000,
        seconds=SecondsRule(default=4, most=20),
        offers=(tiers("openai", "sora-2-pro", "second", _720p=300_000, _1080p=500_000),),
    ),
    Model(
        slug="kling-v3",
        name="Kling 3.0",
        creator="kuaishou",
        modes=("video",),
        aliases=("kling-3",),
        prompt_limit=2500,
        seconds=SecondsRule(least=3, most=15),
        max_inputs=2,
        offers=(
            tiers("fal", "fal-ai/kling-video/v3", "second", _720p=84_000, _1080p=154_000),
            tiers("replicate", "kwaivgi/kling-v3-video", "second", _720p=168_000, _1080p=252_000),
        ),
    ),
    Model(
        slug="wan-2.6",
        name="Wan 2.6",
        creator="alibaba",
        modes=("generate", "video"),
        prompt_limit=1500,
        seconds=SecondsRule(least=2, most=15),
        aliases=("wan-2-6",),
        offers=(
            offer(
                "alibaba",
                "wan2.6",
                Rate(metric="image", micros=30_000),
                Rate(metric="second", micros=100_000, when={"resolution": "720p"}),
                Rate(metric="second", micros=150_000, when={"resolution": "1080p"}),
            ),
        ),
    ),
    Model(
        slug="seedance-2.0",
        name="Seedance 2.0",
        creator="bytedance",
        modes=("video",),
        max_inputs=9,
        seconds=SecondsRule(least=4, most=15),
        offers=(
            tiers("byteplus", "seedance-2.0", "second", _720p=181_000, _1080p=303_000),
            tiers("fal", "fal-ai/bytedance/seedance-2.0", "second", _720p=303_000, _1080p=480_000),
        ),
    ),
    Model(
        slug="veo-3.1-fast",
        name="Veo 3.1 Fast",
        creator="google",
        modes=("video",),
        seconds=SecondsRule(default=8, least=4, most=8),
        max_inputs=3,
        offers=(tiers("vertex", "veo-3.1-fast-generate-001", "second", _720p=100_000, _1080p=120_000),),
    ),
    Model(
        slug="grok-imagine-video",
        name="Grok Imagine Video",
        creator="xai",
        modes=("video",),
        seconds=SecondsRule(default=6, most=15),
        offers=(flat("xai", "grok-imagine-video", 50_000, "second"),),
    ),
)


def _text(slug: str, name: str, millis_in: int, millis_out: int) -> Model:
    """A text model; prices are thousandths of a dollar per million tokens."""
    rates = (
        Rate(metric="token", micros=millis_in * 1000, per=1_000_000, direction="input"),
        Rate(metric="token", micros=millis_out * 1000, per=1_000_000),
    )
    creator, _, path = slug.partition("/")
    return Model(
        slug=slug,
        name=name,
        creator=creator,
        modes=("chat",),
        prompt_limit=2_000_000,
        offers=(offer("openrouter", path, *rates),),
    )


TEXT = (
    _text("google/gemini-3-flash-preview", "Gemini 3 Flash", 500, 3000),
    _text("google/gemini-3-pro-preview", "Gemini 3 Pro", 2000, 12_000),
    _text("openai/gpt-5.4", "GPT-5.4", 2500, 15_000),
    _text("openai/gpt-5-mini", "GPT-5 mini", 250, 2000),
    _text("anthropic/claude-sonnet-4.6", "Claude Sonnet 4.6", 3000, 15_000),
    _text("mistralai/mistral-small-3.2-24b-instruct", "Mistral Small 3.2", 60, 180),
    _text("deepseek/deepseek-v3.2", "DeepSeek V3.2", 260, 380),
)

_TEXT_ID = re.compile(r"[\w.-]+/[\w.-]+(?::[\w.-]+)?")


def text_model(slug: str) -> Model | None:
    """Any `vendor/model`, a variant such as `:online` included: the quickstart promises all of OpenRouter's.

    Prices are made up, but for `:free` ones, which are free.
    """
    if not _TEXT_ID.fullmatch(slug):
        return None
    prices = (0, 0) if slug.endswith(":free") else (1000, 4000)
    return _text(slug, slug.partition("/")[2], *prices)


TABLE = ModelTable((*EDITORS, *GENERATORS, *UPSCALERS, *VIDEOS, *TEXT))
