"""What a prompt asks the painter for: a light, a place, a subject, and what is in the air."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, replace
from itertools import pairwise

from sandbox.art.canvas import RGB, mix
from sandbox.art.reading import inside, known


@dataclass(frozen=True, kw_only=True)
class Palette:
    """`sky` from the zenith to the horizon; `far` and `near` are the land; `light` is the sun or moon."""

    sky: tuple[RGB, ...]
    far: RGB
    near: RGB
    light: RGB
    accent: RGB
    dark: bool = False


@dataclass(frozen=True, kw_only=True)
class Mood:
    """`drawn`: what the prompt is about can be drawn; `named`: it names a place, else chance chose it."""

    palette: Palette
    place: str
    subject: str | None
    air: frozenset[str]
    words: frozenset[str]
    drawn: bool = True
    named: bool = True


PALETTES: dict[str, Palette] = {
    "day": Palette(sky=((36, 104, 178), (96, 168, 220), (214, 236, 240)), far=(138, 176, 196),
                   near=(28, 66, 60), light=(255, 250, 224), accent=(240, 128, 72)),
    "dawn": Palette(sky=((58, 66, 128), (188, 124, 158), (255, 206, 164)), far=(184, 140, 164),
                    near=(44, 38, 70), light=(255, 236, 196), accent=(250, 140, 120)),
    "sunset": Palette(sky=((44, 30, 84), (176, 60, 98), (250, 132, 72), (255, 212, 128)), far=(178, 82, 96),
                      near=(34, 18, 44), light=(255, 232, 160), accent=(255, 120, 70)),
    "night": Palette(sky=((6, 10, 30), (16, 30, 70), (46, 72, 122)), far=(44, 68, 108), near=(6, 12, 26),
                     light=(236, 240, 252), accent=(255, 196, 110), dark=True),
    "storm": Palette(sky=((30, 36, 46), (72, 84, 98), (142, 154, 158)), far=(96, 108, 116), near=(20, 26, 30),
                     light=(226, 232, 230), accent=(196, 206, 96), dark=True),
    "aurora": Palette(sky=((4, 8, 28), (8, 34, 60), (18, 78, 92)), far=(26, 66, 84), near=(4, 12, 20),
                      light=(210, 255, 226), accent=(92, 255, 178), dark=True),
    "winter": Palette(sky=((96, 136, 178), (164, 194, 216), (236, 240, 244)), far=(176, 196, 212),
                      near=(54, 76, 98), light=(255, 252, 240), accent=(220, 84, 84)),
    "autumn": Palette(sky=((86, 120, 150), (206, 180, 150), (250, 220, 168)), far=(190, 140, 96),
                      near=(82, 36, 20), light=(255, 240, 196), accent=(224, 96, 34)),
    "spring": Palette(sky=((92, 162, 214), (170, 212, 230), (250, 228, 232)), far=(150, 190, 164),
                      near=(44, 92, 58), light=(255, 252, 228), accent=(246, 146, 176)),
    "fire": Palette(sky=((18, 6, 10), (92, 14, 12), (224, 74, 16), (255, 190, 70)), far=(130, 34, 18),
                    near=(18, 6, 8), light=(255, 226, 130), accent=(255, 140, 30), dark=True),
    "neon": Palette(sky=((12, 4, 36), (62, 12, 96), (214, 34, 140), (255, 132, 150)), far=(82, 22, 116),
                    near=(10, 4, 28), light=(255, 214, 120), accent=(30, 236, 255), dark=True),
    "desert": Palette(sky=((70, 136, 190), (176, 206, 210), (252, 226, 184)), far=(232, 176, 120),
                      near=(150, 76, 40), light=(255, 248, 220), accent=(60, 110, 120)),
    "mist": Palette(sky=((126, 148, 158), (178, 194, 196), (226, 230, 224)), far=(170, 184, 184),
                    near=(50, 66, 70), light=(255, 252, 240), accent=(206, 140, 96)),
    "pastel": Palette(sky=((150, 170, 226), (222, 190, 226), (255, 222, 208)), far=(190, 172, 210),
                      near=(98, 84, 140), light=(255, 246, 226), accent=(255, 150, 160)),
    "deep": Palette(sky=((70, 190, 206), (18, 110, 160), (6, 38, 84)), far=(20, 92, 132), near=(4, 24, 48),
                    light=(214, 250, 240), accent=(255, 140, 96), dark=True),
    "cosmos": Palette(sky=((6, 4, 18), (18, 10, 48), (40, 18, 78)), far=(66, 34, 110), near=(8, 6, 20),
                      light=(240, 226, 255), accent=(255, 128, 150), dark=True),
}  # fmt: skip

_LIGHTS = {
    "aurora": "aurora northern lights polarlicht",
    "neon": "neon cyberpunk synthwave vaporwave retrowave futuristic",
    "fire": "fire volcano lava flame flames burning inferno dragon hell",
    "night": "night midnight moon moonlit moonlight stars starry dark nocturnal lantern lanterns nacht",
    "storm": "storm thunder lightning rain rainy stormy gloomy tempest hurricane",
    "sunset": "sunset dusk evening golden hour twilight sonnenuntergang glow warm",
    "dawn": "dawn sunrise morning pink breakfast early",
    "winter": "winter snow snowy ice icy frozen arctic polar glacier christmas penguin",
    "autumn": "autumn fall october leaves pumpkin harvest maple rust",
    "spring": "spring blossom blossoms cherry sakura flower flowers garden meadow tulip tulips bloom easter",
    "mist": "mist misty fog foggy haze quiet calm zen melancholy",
    "pastel": "pastel dream dreamy soft candy cute kawaii fairy magical unicorn",
    "desert": "desert dune dunes sahara sand canyon cactus camel egypt pyramid western mars",
    "day": "day sunny noon bright blue summer clear holiday",
}
_PLACES = {
    "space": "space galaxy planet planets cosmos nebula universe saturn jupiter astronaut alien spaceship "
             "weltraum espace espacio космос космосе 太空",
    "underwater": "underwater reef coral diving fish goldfish jellyfish whale shark octopus mermaid",
    "city": "city skyline town street tokyo metropolis urban skyscraper buildings cyberpunk berlin",
    "desert": "desert dune dunes sahara sand camel egypt pyramid mars",
    "sea": "sea ocean beach coast harbour harbor lighthouse boat ship sail wave island surf lake river "
           "waves bay pier lagoon pond water hot-spring onsen pool",
    "forest": "forest wood woods tree trees pine pines jungle redwood deer fox owl bear cabin camp campfire",
    "meadow": "meadow field fields hill hills grass flower flowers garden farm sheep cow wheat "
              "spring lavender tulips poppies picnic barn windmill",
    "abstract": "abstract pattern flow flowing geometric shapes liquid fluid texture wallpaper "
                "background gradient music jazz dream emotion idea",
    "studio": "portrait face headshot selfie person woman man girl boy avatar character",
    "mountains": "mountain mountains alps peak peaks summit valley cliff himalaya fjord volcano glacier",
}  # fmt: skip
_SUBJECTS = {
    "capybara": "capybara capybaras capy",
    "cat": "cat cats kitten kitty katze gato кот кота кошка кошку 猫",
    "fox": "fox foxes fuchs renard zorro raposa лиса лису лисица 狐",
    "robot": "robot robots android droid roboter робот робота",
    "rocket": "rocket rockets spaceship spacecraft rakete fusée cohete foguete ракета ракету",
    "lighthouse": "lighthouse lighthouses leuchtturm phare faro farol маяк",
    "boat": "boat boats ship ships sailboat sailboats yacht boot schiff segelboot bateau barco лодка лодку",
    "balloon": "balloon balloons ballon globo",
    "house": "house houses cabin cabins cottage cottages barn hut home farmhouse haus maison casa дом",
    "castle": "castle castles fortress palace burg schloss château castillo castelo замок 城堡",
    "person": "portrait face headshot person woman man girl boy selfie avatar",
    "fish": "fish goldfish koi fisch poisson pez peixe рыба рыбу 鱼",
    "tree": "tree trees oak baum arbre árbol árvore дерево 树",
    "flower": "flower flowers daisy daisies blume fleur flor цветок 花",
}
_HOMES = {
    "boat": "sea", "lighthouse": "sea", "capybara": "sea", "fish": "underwater", "rocket": "mountains",
    "person": "studio", "castle": "mountains", "balloon": "mountains", "fox": "forest", "robot": "city",
}  # fmt: skip
_AIR = {
    "birds": "bird birds gull gulls seagull seagulls crow crows raven geese flock swallow eagle",
    "snow": "snow snowy snowing snowfall blizzard winter christmas",
    "rain": "rain rainy raining drizzle monsoon storm stormy thunder tempest",
    "fog": "fog foggy mist misty haze",
    "moon": "moon moonlit moonlight",
    "sun": "sun sunny sunrise sunset",
    "clouds": "cloud clouds cloudy sky",
    "petals": "blossom blossoms cherry sakura petals confetti leaves autumn",
    "lanterns": "lantern lanterns fireflies firefly sparks sparkles magic magical fairy fairies",
    "aurora": "aurora northern lights",
    "steam": "hot-spring onsen spring-water steam tea coffee bath",
    "reflection": "reflection mirror lake calm",
}
_TINTS: dict[str, RGB] = {
    "red": (214, 44, 48), "blue": (40, 96, 214), "green": (44, 150, 84), "purple": (124, 58, 180),
    "violet": (150, 90, 214), "pink": (244, 126, 174), "yellow": (250, 208, 60), "orange": (246, 134, 40),
    "gold": (226, 176, 60), "golden": (226, 176, 60), "teal": (24, 140, 140), "turquoise": (48, 196, 190),
    "black": (14, 14, 18), "white": (244, 244, 246), "brown": (122, 82, 50), "silver": (190, 196, 204),
}  # fmt: skip


_NOT_DRAWN = frozenset(
    (
        "astronaut alien diving jellyfish whale shark octopus mermaid tokyo berlin camel egypt pyramid "
        "cyberpunk sail surf pier deer owl bear camp campfire garden farm sheep cow picnic windmill music "
        "jazz dream emotion idea background wallpaper texture fluid liquid dragon hell burning inferno "
        "breakfast christmas penguin pumpkin harvest leaves maple tulip tulips easter fairy magical "
        "unicorn candy cactus western holiday jungle redwood camping october summer"
    ).split()
)
"""Words that choose a place or a light and are not in the picture themselves."""


def words_of(prompt: str) -> frozenset[str]:
    """Lower-case words, and pairs joined by a hyphen (`hot spring` → `hot-spring`)."""
    single = re.findall(r"[^\W\d_]+", prompt.lower())
    return frozenset(single) | frozenset(f"{a}-{b}" for a, b in pairwise(single))


def _keys(*tables: dict[str, str]) -> frozenset[str]:
    return frozenset(word for table in tables for keys in table.values() for word in keys.split())


_DRAWN = (_keys(_LIGHTS, _PLACES, _SUBJECTS) | frozenset("clouds sky sun birds bird".split())) - _NOT_DRAWN
"""What a picture may be about."""


def _pick(table: dict[str, str], words: frozenset[str]) -> str | None:
    return next((name for name, keys in table.items() if words & set(keys.split())), None)


def read_mood(prompt: str, rng: random.Random) -> Mood:
    """Choose by the prompt's words; what they leave open, `rng` decides."""
    words = _read(prompt)
    subject = _pick(_SUBJECTS, words)
    named = _pick(_PLACES, words)
    place = named or _place_of(subject, rng)
    light = {"underwater": "deep", "space": "cosmos"}.get(place) or _pick(_LIGHTS, words)
    if light is None:
        light = "desert" if place == "desert" else rng.choice(["day", "dawn", "sunset", "pastel", "night"])
    air = frozenset(name for name, keys in _AIR.items() if words & set(keys.split()))
    if light == "winter" and place != "studio":
        air |= {"snow"}
    if light == "aurora":
        air |= {"aurora"}
    return Mood(
        palette=_tinted(PALETTES[light], words),
        place=place,
        subject=subject,
        air=air,
        words=words,
        drawn=known(prompt, _DRAWN),
        named=named is not None,
    )


def _read(prompt: str) -> frozenset[str]:
    """The words of the prompt, and those of a script without spaces that stand within them."""
    words = words_of(prompt)
    return words | inside(prompt, _DRAWN)


def _place_of(subject: str | None, rng: random.Random) -> str:
    if subject:
        return _HOMES.get(subject, "meadow")
    return rng.choice(["mountains", "mountains", "sea", "forest", "meadow", "abstract"])


def _tinted(palette: Palette, words: frozenset[str]) -> Palette:
    """Pull the palette towards the colours that the prompt names."""
    tints = [_TINTS[word] for word in sorted(words) if word in _TINTS]
    for tint in tints[:2]:
        palette = replace(
            palette,
            sky=tuple(mix(colour, tint, 0.22) for colour in palette.sky),
            far=mix(palette.far, tint, 0.25),
            accent=mix(palette.accent, tint, 0.8),
        )
    return palette
