"""The picture models of the catalogue, with their published prices as of 2026.

Prices drift; what matters is that every kind of price component of the real catalogue occurs (image,
tier, quality, megapixel, token) and that some models cost more at the next provider.
"""

from __future__ import annotations

from sandbox.models import Model, Rate
from sandbox.offers import flat, offer, qualities, tiers
from sandbox.sizes import SizeRules

_GEMINI_TIERS = SizeRules(tiers=("0.5K", "1K", "2K", "4K"))
_PRO_TIERS = SizeRules(tiers=("1K", "2K", "4K"))
_GPT_SIZES = SizeRules(fixed=((1024, 1024), (1024, 1536), (1536, 1024)))
_TWO_K = SizeRules(tiers=("1K", "2K"))
_GPT_QUALITIES = ("low", "medium", "high")
_MEGAPIXEL = (
    Rate(metric="megapixel", micros=15_000),
    Rate(metric="megapixel", micros=15_000, direction="input"),
)

GENERATORS = (
    Model(
        slug="flux.1-schnell-fp8",
        name="FLUX.1 [schnell] FP8",
        creator="black-forest-labs",
        modes=("generate",),
        prompt_limit=1000,
        description="Free and fast, for trying things out.",
        offers=(flat("fireworks", "flux-1-schnell-fp8", 0),),
    ),
    Model(
        slug="flux.1-schnell",
        name="FLUX.1 [schnell]",
        creator="black-forest-labs",
        modes=("generate",),
        prompt_limit=1000,
        description="Four-step text to image, up to 1024×1024.",
        offers=(
            flat("fal", "fal-ai/flux/schnell", 3_000),
            flat("replicate", "black-forest-labs/flux-schnell", 3_000),
        ),
    ),
    Model(
        slug="flux.1-dev",
        name="FLUX.1 [dev]",
        creator="black-forest-labs",
        modes=("generate",),
        prompt_limit=2000,
        offers=(flat("fal", "fal-ai/flux/dev", 25_000, "megapixel"),),
    ),
    Model(
        slug="flux.2-klein-4b",
        name="FLUX.2 [klein] 4B",
        creator="black-forest-labs",
        modes=("generate",),
        prompt_limit=4000,
        sizes=_TWO_K,
        offers=(flat("runware", "flux.2-klein-4b", 5_000), flat("fal", "fal-ai/flux-2/klein/4b", 9_000)),
    ),
    Model(
        slug="imagen-4.0-generate",
        name="Imagen 4",
        creator="google",
        modes=("generate",),
        aliases=("imagen-4.0",),
        prompt_limit=1900,
        sizes=_TWO_K,
        offers=(flat("vertex", "imagen-4.0-generate-001", 40_000),),
    ),
    Model(
        slug="imagen-4.0-fast-generate",
        name="Imagen 4 Fast",
        creator="google",
        modes=("generate",),
        prompt_limit=1900,
        offers=(flat("vertex", "imagen-4.0-fast-generate-001", 20_000),),
    ),
    Model(
        slug="grok-imagine-image",
        name="Grok Imagine",
        creator="xai",
        modes=("generate",),
        prompt_limit=8000,
        offers=(flat("xai", "grok-imagine-image", 20_000),),
    ),
    Model(
        slug="qwen-image-2512",
        name="Qwen-Image 2512",
        creator="alibaba",
        modes=("generate",),
        prompt_limit=800,
        offers=(flat("alibaba", "qwen-image-2512", 20_000),),
    ),
    Model(
        slug="seedream-5-lite",
        name="Seedream 5 Lite",
        creator="bytedance",
        modes=("generate",),
        sizes=_TWO_K,
        offers=(flat("byteplus", "seedream-5-lite", 35_000),),
    ),
    Model(
        slug="stable-diffusion-3.5-large",
        name="Stable Diffusion 3.5 Large",
        creator="stability-ai",
        modes=("generate",),
        prompt_limit=10_000,
        offers=(flat("fal", "fal-ai/stable-diffusion-v35-large", 65_000, "megapixel"),),
    ),
    Model(
        slug="dall-e-3",
        name="DALL·E 3",
        creator="openai",
        modes=("generate",),
        disabled=True,
        offers=(flat("openai", "dall-e-3", 40_000),),
    ),
)

EDITORS = (
    Model(
        slug="gemini-3-pro-image",
        name="Nano Banana Pro",
        creator="google",
        modes=("generate", "edit"),
        aliases=("gemini-3-pro-image-preview", "nano-banana-pro"),
        max_inputs=14,
        prompt_limit=10_000,
        sizes=_PRO_TIERS,
        featured=True,
        description="Google's best picture model; edits and composes.",
        offers=(
            tiers("vertex", "gemini-3-pro-image-preview", _1K=134_000, _2K=134_000, _4K=240_000),
            tiers("fal", "fal-ai/nano-banana-pro", _1K=150_000, _2K=150_000, _4K=300_000),
        ),
    ),
    Model(
        slug="gemini-3.1-flash-image-preview",
        name="Nano Banana 2",
        creator="google",
        modes=("generate", "edit"),
        aliases=("nano-banana-2", "gemini-3.1-flash-image"),
        max_inputs=14,
        prompt_limit=10_000,
        sizes=_GEMINI_TIERS,
        thinking=("minimal", "high"),
        featured=True,
        description="Fast and good at following instructions.",
        offers=(
            tiers(
                "vertex", "gemini-3.1-flash-image-preview", half=45_000, _1K=67_000, _2K=101_000, _4K=151_000
            ),
            tiers("fal", "fal-ai/nano-banana-2", half=60_000, _1K=80_000, _2K=120_000, _4K=160_000),
        ),
    ),
    Model(
        slug="gpt-image-2",
        name="GPT Image 2",
        creator="openai",
        modes=("generate", "edit"),
        max_inputs=10,
        prompt_limit=32_000,
        sizes=_PRO_TIERS,
        qualities=_GPT_QUALITIES,
        default_quality="medium",
        image_tokens={"low": 200, "medium": 1767, "high": 7033},
        thinking=("off", "minimal", "high"),
        featured=True,
        description="Priced by tokens: quality and size decide what it costs.",
        offers=(
            offer(
                "openai",
                "gpt-image-2",
                Rate(metric="token_text", micros=5_000_000, per=1_000_000, direction="input"),
                Rate(metric="token_image", micros=8_000_000, per=1_000_000, direction="input"),
                Rate(metric="token_image", micros=30_000_000, per=1_000_000),
            ),
        ),
    ),
    Model(
        slug="gpt-image-1.5",
        name="GPT Image 1.5",
        creator="openai",
        modes=("generate", "edit"),
        max_inputs=10,
        prompt_limit=32_000,
        sizes=_GPT_SIZES,
        qualities=_GPT_QUALITIES,
        default_quality="medium",
        offers=(
            qualities(
                "openai",
                "gpt-image-1.5",
                {"low": 9_000, "medium": 34_000, "high": 133_000},
                {"low": 13_000, "medium": 51_000, "high": 200_000},
            ),
        ),
    ),
    Model(
        slug="flux.2-pro",
        name="FLUX.2 [pro]",
        creator="black-forest-labs",
        modes=("generate", "edit"),
        max_inputs=9,
        prompt_limit=10_000,
        sizes=_TWO_K,
        description="Priced per megapixel in and out; takes up to nine reference pictures.",
        offers=(
            offer("fal", "fal-ai/flux-2-pro", *_MEGAPIXEL),
            offer("replicate", "black-forest-labs/flux-2-pro", *_MEGAPIXEL),
        ),
    ),
    Model(
        slug="flux.2-max",
        name="FLUX.2 [max]",
        creator="black-forest-labs",
        modes=("generate", "edit"),
        max_inputs=9,
        prompt_limit=10_000,
        sizes=_TWO_K,
        offers=(flat("fal", "fal-ai/flux-2-max", 70_000, "megapixel"),),
    ),
    Model(
        slug="flux.1-kontext-pro",
        name="FLUX.1 Kontext [pro]",
        creator="black-forest-labs",
        modes=("generate", "edit"),
        max_inputs=1,
        prompt_limit=5000,
        offers=(flat("fal", "fal-ai/flux-pro/kontext", 40_000),),
    ),
    Model(
        slug="seedream-4.5",
        name="Seedream 4.5",
        creator="bytedance",
        modes=("generate", "edit"),
        aliases=("seedream-4-5",),
        max_inputs=10,
        prompt_limit=4000,
        sizes=_PRO_TIERS,
        offers=(
            flat("fal", "fal-ai/bytedance/seedream/v4.5", 40_000),
            flat("replicate", "bytedance/seedream-4.5", 40_000),
        ),
    ),
    Model(
        slug="qwen-image-edit-2511",
        name="Qwen-Image-Edit 2511",
        creator="alibaba",
        modes=("edit",),
        max_inputs=3,
        prompt_limit=800,
        offers=(flat("fal", "fal-ai/qwen-image-edit-2511", 30_000, "megapixel"),),
    ),
    Model(
        slug="p-image-edit",
        name="P-Image-Edit",
        creator="pruna",
        modes=("edit",),
        max_inputs=5,
        offers=(flat("replicate", "prunaai/p-image-edit", 10_000),),
    ),
)
