"""What an edit can do to a picture: light, weather, materials. Each keeps the composition."""

from __future__ import annotations

import random
from collections.abc import Callable

from PIL import Image, ImageChops, ImageEnhance, ImageFilter, ImageOps

from sandbox.art import sky
from sandbox.art.canvas import RGB, contrast, fade, fbm, glow, ramp, times, tone
from sandbox.art.mood import PALETTES, Mood

Effect = Callable[[Image.Image, random.Random], Image.Image]


def _map(picture: Image.Image, dark: RGB, middle: RGB, light: RGB, share: float) -> Image.Image:
    """Pull the colours towards a gradient from `dark` to `light` by brightness."""
    toned = ImageOps.colorize(picture.convert("L"), dark, light, mid=middle)
    return Image.blend(picture, toned, share)


def _front(picture: Image.Image, rng: random.Random, air: str) -> Image.Image:
    """Something that falls, in front of everything."""
    mood = Mood(palette=PALETTES["autumn"], place="", subject=None, air=frozenset({air}), words=frozenset())
    layer = sky.falling(rng, picture.size, mood)
    canvas = picture.convert("RGBA")
    if layer:
        canvas.alpha_composite(layer)
    return canvas.convert("RGB")


def night(picture: Image.Image, rng: random.Random) -> Image.Image:
    """Blue and dark, lamps still burning, a moon and stars in the upper part."""
    lamps = contrast(picture.convert("L"), 205, 255).filter(
        ImageFilter.GaussianBlur(max(1, picture.width / 200))
    )
    dark = _map(
        ImageEnhance.Brightness(picture).enhance(0.36), (4, 8, 28), (26, 44, 92), (120, 150, 210), 0.6
    )
    dark = Image.composite(ImageEnhance.Color(picture).enhance(1.2), dark, tone(lamps, lambda v: v * 0.22))
    sprinkled = _front(dark, rng, "snow").crop((0, 0, dark.width, dark.height))
    dots = times(
        ImageChops.subtract(sprinkled, dark).convert("L"), fade(dark.size, (0, 255), (0.42, 0), (1, 0))
    )
    dark.paste((235, 240, 255), (0, 0), tone(dots, lambda v: v * 1.2))
    at, radius = (dark.width * rng.choice([0.22, 0.78]), dark.height * 0.17), min(dark.size) * 0.05
    glow(dark, at, radius * 4.5, (150, 170, 220), alpha=0.5)
    glow(dark, at, radius * 1.5, (240, 244, 255), power=0.35)
    return dark


def snow(picture: Image.Image, rng: random.Random) -> Image.Image:
    """Cold light, snow on what faces up, flakes in the air."""
    cold = _map(
        ImageEnhance.Color(picture).enhance(0.45), (46, 62, 92), (150, 172, 198), (250, 252, 255), 0.5
    )
    grey = cold.convert("L")
    step = max(1, picture.height // 90)
    edges = contrast(ImageChops.subtract(grey, ImageChops.offset(grey, 0, step)), 6, 60)
    edges.paste(0, (0, 0, edges.width, step + 2))
    drifts = times(
        contrast(fbm(rng, picture.size, cells=(4, 7)), 90, 190),
        fade(picture.size, (0, 0), (0.55, 0), (0.8, 255), (1, 255)),
    )
    cover = ImageChops.lighter(edges.filter(ImageFilter.MaxFilter(3)), drifts)
    cold.paste(
        (248, 251, 255), (0, 0), tone(cover.filter(ImageFilter.GaussianBlur(step / 3)), lambda v: v * 0.85)
    )
    return _front(cold, rng, "snow")


def sunset(picture: Image.Image, rng: random.Random) -> Image.Image:
    warm = _map(picture, (46, 14, 50), (214, 88, 66), (255, 226, 150), 0.5)
    light = ramp(picture.size, ((120, 50, 110), (255, 130, 70), (255, 200, 120)))
    warm = Image.blend(warm, ImageChops.soft_light(warm, light), 0.8)
    glow(
        warm,
        (picture.width * rng.uniform(0.3, 0.7), picture.height * 0.4),
        picture.height * 0.6,
        (255, 196, 110),
        alpha=0.5,
    )
    return warm


def autumn(picture: Image.Image, rng: random.Random) -> Image.Image:
    """Greens turn to rust, and leaves fall."""
    hue, saturation, value = picture.convert("HSV").split()
    hue = hue.point([18 if 35 <= h <= 125 else h for h in range(256)])
    turned = Image.merge("HSV", (hue, tone(saturation, lambda v: v * 1.15), value)).convert("RGB")
    return _front(_map(turned, (50, 20, 14), (206, 120, 50), (255, 234, 190), 0.4), rng, "petals")


def spring(picture: Image.Image, rng: random.Random) -> Image.Image:
    bright = _map(
        ImageEnhance.Brightness(picture).enhance(1.12), (40, 84, 60), (160, 206, 140), (255, 240, 246), 0.35
    )
    return _front(bright, rng, "petals")


def rain(picture: Image.Image, rng: random.Random) -> Image.Image:
    grey = _map(
        ImageEnhance.Brightness(picture).enhance(0.66), (16, 22, 30), (84, 100, 116), (190, 204, 212), 0.55
    )
    return _front(_front(grey, rng, "rain"), rng, "rain")


def fog(picture: Image.Image, rng: random.Random) -> Image.Image:
    bank = tone(fbm(rng, picture.size, cells=(2, 4), octaves=4), lambda v: v * 0.8 + 50)
    return Image.composite(
        Image.new("RGB", picture.size, (222, 228, 228)), picture, tone(bank, lambda v: min(215, v))
    )


def neon(picture: Image.Image, rng: random.Random) -> Image.Image:
    del rng
    toned = _map(
        ImageEnhance.Contrast(picture).enhance(1.3), (14, 4, 46), (214, 26, 150), (60, 244, 255), 0.75
    )
    edges = picture.convert("L").filter(ImageFilter.FIND_EDGES).filter(ImageFilter.GaussianBlur(1.2))
    toned.paste((60, 244, 255), (0, 0), contrast(edges, 20, 120))
    return toned


def fire(picture: Image.Image, rng: random.Random) -> Image.Image:
    hot = _map(ImageEnhance.Contrast(picture).enhance(1.25), (18, 2, 2), (222, 62, 10), (255, 232, 130), 0.8)
    return _front(_front(hot, rng, "lanterns"), rng, "lanterns")


def underwater(picture: Image.Image, rng: random.Random) -> Image.Image:
    deep = _map(picture, (2, 18, 52), (16, 110, 150), (190, 246, 236), 0.7)
    waves = contrast(fbm(rng, picture.size, cells=(9, 3), octaves=3), 120, 210)
    deep.paste(
        (170, 240, 240),
        (0, 0),
        times(tone(waves, lambda v: v * 0.4), fade(picture.size, (0, 255), (0.8, 0), (1, 0))),
    )
    return deep


def mono(picture: Image.Image, rng: random.Random) -> Image.Image:
    del rng
    return ImageOps.autocontrast(picture.convert("L"), cutoff=1).convert("RGB")


def vintage(picture: Image.Image, rng: random.Random) -> Image.Image:
    del rng
    return _map(
        ImageEnhance.Contrast(picture).enhance(0.9), (52, 32, 20), (170, 130, 86), (250, 234, 200), 0.85
    )


def _lines(picture: Image.Image, low: int, high: int) -> Image.Image:
    """White where something ends; blurred first, or film grain would be all there is."""
    calm = picture.convert("L").filter(ImageFilter.GaussianBlur(max(1.2, picture.width / 500)))
    edges = calm.filter(ImageFilter.FIND_EDGES)
    # The filter leaves a frame of its own along the rim.
    edges.paste(0, (0, 0, edges.width, 2))
    edges.paste(0, (0, edges.height - 2, edges.width, edges.height))
    edges.paste(0, (0, 0, 2, edges.height))
    edges.paste(0, (edges.width - 2, 0, edges.width, edges.height))
    return contrast(edges, low, high)


def sketch(picture: Image.Image, rng: random.Random) -> Image.Image:
    """Pencil lines, light hatching in the dark parts, paper."""
    lines = ImageOps.invert(_lines(picture, 4, 30))
    hatch = contrast(fbm(rng, picture.size, cells=(90, 14), octaves=2), 60, 190)
    shadow = ImageChops.lighter(
        tone(picture.convert("L"), lambda v: v * 0.55 + 140), tone(hatch, lambda v: v * 0.4 + 150)
    )
    paper = tone(fbm(rng, picture.size, cells=(40, 40), octaves=2), lambda v: 228 + v / 10)
    return ImageOps.colorize(times(times(lines, shadow), paper), (40, 38, 48), (253, 249, 240))


def painting(picture: Image.Image, rng: random.Random) -> Image.Image:
    """Broad strokes on rough paper."""
    small = picture.resize((max(8, picture.width // 3), max(8, picture.height // 3)), Image.Resampling.BOX)
    strokes = ImageOps.posterize(small.filter(ImageFilter.ModeFilter(7)), 4).filter(ImageFilter.SMOOTH_MORE)
    broad = ImageEnhance.Color(strokes.resize(picture.size, Image.Resampling.BICUBIC)).enhance(1.45)
    paper = contrast(fbm(rng, picture.size, cells=(30, 30), octaves=3), 40, 200)
    light = Image.blend(broad, Image.new("RGB", picture.size, (255, 250, 240)), 0.16)
    return Image.composite(light, ImageEnhance.Brightness(broad).enhance(0.92), paper)


def cartoon(picture: Image.Image, rng: random.Random) -> Image.Image:
    """Flat colours with ink around them."""
    del rng
    calm = (
        ImageEnhance.Color(picture).enhance(1.6).filter(ImageFilter.GaussianBlur(max(1, picture.width / 400)))
    )
    flat = ImageOps.posterize(calm, 3)
    flat.paste((20, 16, 26), (0, 0), _lines(picture, 14, 34).filter(ImageFilter.MaxFilter(3)))
    return flat


def pixels(picture: Image.Image, rng: random.Random) -> Image.Image:
    del rng
    step = max(3, max(picture.size) // 96)
    small = picture.resize(
        (max(1, picture.width // step), max(1, picture.height // step)), Image.Resampling.BOX
    )
    return small.quantize(28).convert("RGB").resize(picture.size, Image.Resampling.NEAREST)


def erase(picture: Image.Image, rng: random.Random) -> Image.Image:
    """Smooth away what is there; with a mask this is the filling of a hole."""
    del rng
    return picture.filter(ImageFilter.GaussianBlur(max(4, max(picture.size) / 18)))


def negative(picture: Image.Image, rng: random.Random) -> Image.Image:
    del rng
    return ImageOps.invert(picture)


EFFECTS: tuple[tuple[str, Effect], ...] = (
    ("night midnight moonlight moonlit evening dark nocturnal moon", night),
    ("snow snowy winter snowfall ice icy frozen christmas blizzard", snow),
    ("sunset sunrise dusk dawn golden warm warmer hour", sunset),
    ("autumn fall october", autumn),
    ("spring blossom blossoms sakura flowers", spring),
    ("rain rainy storm stormy thunderstorm wet", rain),
    ("fog foggy mist misty haze smoke steam", fog),
    ("neon cyberpunk synthwave vaporwave futuristic", neon),
    ("fire flames burning lava inferno volcanic", fire),
    ("underwater ocean sea submerged", underwater),
    ("black-and white-black monochrome grayscale greyscale mono noir b w", mono),
    ("vintage sepia old retro antique western", vintage),
    ("sketch pencil drawing charcoal ink outline", sketch),
    ("watercolor watercolour oil painting painted impressionist gogh monet canvas", painting),
    ("cartoon comic anime manga ghibli disney illustration", cartoon),
    ("pixel pixels pixelated pixelart 8bit lego minecraft", pixels),
    ("remove erase delete clean without", erase),
    ("negative invert inverted", negative),
)
