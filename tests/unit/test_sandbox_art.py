"""The painter: deterministic, guided by words, and honest about masks, sizes and films."""

from __future__ import annotations

import io

import av
import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat

from sandbox.art.effects import EFFECTS
from sandbox.art.encode import encode
from sandbox.art.film import film, fit_edge
from sandbox.art.lettering import captioned, marked
from sandbox.art.mood import PALETTES, read_mood
from sandbox.art.retouch import enlarge, retouch
from sandbox.art.scene import compose, paint, placeholder, seeded
from sandbox.art.subjects import SUBJECTS


def mean(image: Image.Image) -> float:
    return ImageStat.Stat(image.convert("L")).mean[0]


def difference(a: Image.Image, b: Image.Image) -> float:
    return sum(ImageStat.Stat(ImageChops.difference(a.convert("RGB"), b.convert("RGB"))).mean) / 3


def test_same_words_same_pixels() -> None:
    one, two = (paint("a fox in the forest", 96, 64, seed=3) for _ in range(2))
    assert one.tobytes() == two.tobytes()
    assert paint("a fox in the forest", 96, 64, seed=4).tobytes() != one.tobytes()


@pytest.mark.parametrize("name", sorted(SUBJECTS))
@pytest.mark.parametrize("size", [(96, 54), (54, 96), (17, 200)])
def test_every_subject_is_seen_in_every_shape(name: str, size: tuple[int, int]) -> None:
    picture = paint(f"a {name}", *size)
    assert picture.size == size
    assert len(picture.getcolors(maxcolors=100_000) or []) > 100


@pytest.mark.parametrize(
    "place",
    ["mountains", "sea", "forest", "meadow", "city", "desert", "space", "underwater", "abstract", "portrait"],
)
def test_every_place_is_painted_in_layers(place: str) -> None:
    scene = compose(place, (80, 60))
    assert len(scene.layers) >= 2
    assert {layer.size for layer, _ in scene.layers} == {(80, 60)}


def test_words_choose_light_place_and_subject() -> None:
    mood = read_mood("A capybara in a hot spring at night, snowing", seeded("x", 0))
    assert (mood.place, mood.subject) == ("sea", "capybara")
    assert mood.palette == PALETTES["night"]
    assert {"snow", "steam"} <= mood.air
    assert mean(paint("mountains at night", 96, 96)) < mean(paint("mountains at noon", 96, 96)) - 40


def test_large_pictures_are_painted_small_and_enlarged() -> None:
    assert paint("hills", 700, 500, cap=10_000).size == (700, 500)


@pytest.mark.parametrize(
    "keys", [keys.split()[0] for keys, _ in EFFECTS] + ["something unforeseen", "add a cat"]
)
def test_every_edit_is_visible(keys: str) -> None:
    before = paint("a house on a hill by day", 160, 120)
    after = retouch([before], f"make it {keys}", size=before.size)
    assert after.size == before.size
    assert difference(before, after) > 3


def test_area_and_transparency_are_respected() -> None:
    before = paint("a meadow", 120, 90).convert("RGBA")
    before.putalpha(Image.linear_gradient("L").resize(before.size))
    area = Image.new("L", before.size)
    ImageDraw.Draw(area).rectangle((30, 20, 79, 69), fill=255)
    after = retouch([before], "replace it with a robot on fire", size=before.size, area=area)
    assert after.getchannel("A").tobytes() == before.getchannel("A").tobytes()
    assert ImageChops.difference(after.convert("RGB"), before.convert("RGB")).getbbox() == (30, 20, 80, 70)


def test_other_pictures_are_laid_on_the_first() -> None:
    first, red = paint("sea", 200, 150), Image.new("RGB", (60, 60), (250, 0, 0))
    after = retouch([first, red], "add this at night", size=first.size)
    colours = after.getcolors(maxcolors=100_000) or []
    assert sum(count for count, (r, g, b) in colours if r > 220 and g < 40 and b < 40) > 500


def test_an_upscale_keeps_the_picture() -> None:
    before = paint("a boat", 80, 60)
    after = enlarge(before, (320, 240))
    assert after.size == (320, 240)
    assert difference(after.resize((80, 60), Image.Resampling.BOX), before) < 6


@pytest.mark.parametrize("given", [None, Image.new("RGB", (300, 100), (20, 200, 40))])
def test_a_film_moves(given: Image.Image | None) -> None:
    data = film("a boat in the rain", (1280, 720), seconds=2, fps=6, edge=128, first=given)
    with av.open(io.BytesIO(data)) as container:
        frames = [frame.to_image() for frame in container.decode(video=0)]
    assert len(frames) == 12
    assert frames[0].size == (128, 72)
    if given is None:
        assert difference(frames[0], frames[-1]) > 2
    else:
        assert difference(frames[0], Image.new("RGB", (128, 72), (20, 200, 40))) < 8


@pytest.mark.parametrize(
    ("size", "edge", "fitted"),
    [((1280, 720), 640, (640, 360)), ((99, 51), 640, (100, 52)), ((9, 900), 90, (16, 90))],
)
def test_films_have_even_sides(size: tuple[int, int], edge: int, fitted: tuple[int, int]) -> None:
    assert fit_edge(size, edge) == fitted


def test_compression_makes_lossy_files_smaller() -> None:
    picture = paint("clouds", 128, 128)
    assert len(encode(picture, "jpeg", 20).data) < len(encode(picture, "jpeg", 95).data)
    assert len(encode(picture, "webp", 20).data) < len(encode(picture, "webp", 95).data)


def test_the_placeholder_is_grey() -> None:
    assert placeholder(64, 48).getpixel((32, 6)) == (160, 164, 172)


@pytest.mark.parametrize(
    ("prompt", "drawn"),
    [
        ("a red fox in the snow", True),
        ("please draw a picture of two foxes", True),
        ("ein Fuchs im Schnee", True),
        ("un renard roux dans la neige", True),
        ("лису", True),
        ("一只红色的狐狸", True),
        ("mountain lake at sunset", True),
        ("clouds", True),
        ("", True),
        ("a puppy", False),
        ("a cup of coffee", False),
        ("a puppy on the beach", False),
        ("a dragon flying over a castle", False),
        ("an owl in the forest", False),
        ("a logo for a bakery", False),
        ("something unforeseen", False),
    ],
)
def test_what_cannot_be_drawn_is_set_in_words(prompt: str, drawn: bool) -> None:
    mood = read_mood(prompt, seeded(prompt, 0))
    assert mood.drawn is drawn
    if drawn:
        assert len(compose(prompt, (80, 60)).layers) > 2
        return
    paper, letters = (layer for layer, _depth in compose(prompt, (400, 300)).layers)
    left, top, right, low = letters.getbbox() or (0, 0, 0, 0)
    assert 0 < left < right < 400
    assert 0 < top < low < 300
    assert (right - left) * (low - top) > 400 * 300 / 20, "the words are too small"
    alpha = letters.getchannel("A").point(lambda value: 255 if value > 200 else 0)
    ink = ImageStat.Stat(letters.convert("L"), alpha).mean[0]
    assert abs(ink - ImageStat.Stat(paper.convert("L"), alpha).mean[0]) > 60, "the words cannot be read"


@pytest.mark.parametrize("size", [(16, 16), (64, 48), (200, 17), (300, 900), (1024, 1024)])
@pytest.mark.parametrize("prompt", ["coffee", "x" * 300, "un café ☕ 🎉", "ᚠᚢᚦ", "word " * 200])
def test_words_fit_every_picture(size: tuple[int, int], prompt: str) -> None:
    assert paint(prompt, *size).size == size
    assert captioned(Image.new("RGB", size), prompt).size == size


def test_an_unforeseen_edit_says_what_was_asked_and_leaves_the_rest() -> None:
    before = paint("a meadow", 320, 240)
    after = retouch([before], "put a hat on the dog", size=before.size)
    box = ImageChops.difference(before, after).getbbox()
    assert box is not None
    assert box[1] > 240 * 0.7


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
@pytest.mark.parametrize("size", [(16, 16), (90, 60), (512, 384)])
def test_the_mark_is_small_and_in_its_corner(mode: str, size: tuple[int, int]) -> None:
    before = Image.new("RGBA", size, (120, 130, 140, 90)).convert(mode)
    after = marked(before)
    assert before.tobytes() == Image.new("RGBA", size, (120, 130, 140, 90)).convert(mode).tobytes()
    left, top, right, low = ImageChops.difference(before.convert("RGB"), after.convert("RGB")).getbbox() or (
        0, 0, 0, 0,
    )  # fmt: skip
    assert right > left
    assert (right - left) * (low - top) < size[0] * size[1] * 0.03
    assert left > size[0] * 0.7
    assert top > size[1] * 0.8
    if mode == "RGBA":
        assert after.getchannel("A").tobytes() == before.getchannel("A").tobytes()
