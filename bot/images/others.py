"""What libvips' wheel cannot read: HEIC through pi-heif (it only decodes); BMP, ICO and frames of moving PNGs
through Pillow; AVIF, for which it needs less memory than libvips; and the few TIFFs that libvips refuses.

Each comes back as an image of libvips in memory, upright, with its profile but not yet in sRGB.
"""

from __future__ import annotations

import importlib
import io
from pathlib import Path
from typing import Any

import pyvips
from PIL import Image, ImageCms, ImageOps

from bot.images import kinds

Image.MAX_IMAGE_PIXELS = None
"""The decoder's own limits are stricter and are asked first."""

_EIGHT_BITS = 25_000_000
"""Pixels above which HEIC of more than eight bits is read with eight, to save half of its memory."""
_AVIF_THREADS = 2
_HIGH_BITS, _QUARTERED = 0x40, 0x0C
"""Flags of `av1C`: more than eight bits; colour at half of the width and of the height."""
_EACH = {kinds.HEIF: 5.3, kinds.BMP: 8.0, kinds.ICO: 8.0, kinds.TIFF: 14.0}
_MODES = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4}
_ICC = "icc-profile-data"


def frames_of(source: bytes | Path) -> int:
    """How many frames a PNG has."""
    with Image.open(_file(source), formats=[kinds.PNG]) as image:
        return int(getattr(image, "n_frames", 1))


def size_of(kind: str, data: bytes | Path) -> tuple[int, int]:
    """Width and height as they are stored; of an ICO, those of its largest picture."""
    if kind == kinds.HEIF:
        return _open_heif(data).size
    with Image.open(_file(data), formats=[kind]) as image:
        if kind in (kinds.AVIF, kinds.TIFF):
            return upright(image.size, _orientation(image))
        return image.size


def has_alpha(kind: str, data: bytes | Path) -> bool:
    """Whether anything in it may be transparent."""
    if kind == kinds.HEIF:
        return "A" in str(_open_heif(data).mode)
    with Image.open(_file(data), formats=[kind]) as image:
        return image.has_transparency_data


def bytes_each(kind: str, data: bytes | Path) -> float:
    """What decoding holds for each pixel (measured like the others, benchmarks/pictures.py). AVIF: the levels
    as they are coded (AV1 Codec ISO Media File Format, `av1C`), and red, green, blue and alpha twice.
    """
    if kind != kinds.AVIF:
        return _EACH[kind]
    with Image.open(_file(data), formats=[kind]) as image:
        bands = _MODES[image.mode]
    head = kinds.head_of(data)
    at = head.find(b"av1C")
    flags = head[at + 6] if 0 <= at < len(head) - 6 else _HIGH_BITS
    coded = 1.5 if flags & _QUARTERED == _QUARTERED else 3.0
    return 0.5 + 2 * bands + (coded + bands - 3) * (2 if flags & _HIGH_BITS else 1)


def upright(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    """Width and height after turning (EXIF's orientations, 1–8)."""
    return (size[1], size[0]) if orientation >= 5 else size


def loaded(
    kind: str, source: bytes | Path, size: tuple[int, int], frame: int = 0
) -> tuple[pyvips.Image, object]:
    """The picture, not much larger than `size` where that saves memory, and what owns its memory.

    The owner must live as long as the picture is read. Raises what the decoders raise.
    """
    match kind:
        case kinds.HEIF:
            return _heif(source)
        case kinds.AVIF:
            return _avif(source)
        case _:
            return _pillow(kind, source, size, frame), None


def _heif(source: bytes | Path) -> tuple[pyvips.Image, object]:
    opened = _open_heif(source, eight_bits=False)
    width, height = opened.size
    if width * height > _EIGHT_BITS:
        opened = _open_heif(source, eight_bits=True)
    deep = ";16" in opened.mode
    bands = 1 if opened.mode.startswith("I;16") else _MODES[opened.mode.partition(";")[0]]
    bytes_each = 2 if deep else 1
    # A row may be longer than its pixels: it is read as a picture of that width, and cut.
    wide = opened.stride // (bands * bytes_each)
    image = pyvips.Image.new_from_memory(opened.data, wide, height, bands, "ushort" if deep else "uchar")
    image = image.crop(0, 0, width, height).copy(interpretation=_meaning(bands, deep))
    return _with_profile(image, opened.info.get("icc_profile")), opened


def _open_heif(source: bytes | Path, *, eight_bits: bool = True) -> Any:
    # Loaded with the first HEIC picture: it brings a library of two megabytes.
    import pi_heif  # pyright: ignore[reportMissingTypeStubs]

    library: Any = pi_heif
    return library.open_heif(_file(source), convert_hdr_to_8bit=eight_bits)


def _meaning(bands: int, deep: bool) -> str:
    if bands < 3:
        return "grey16" if deep else "b-w"
    return "rgb16" if deep else "srgb"


def _avif(source: bytes | Path) -> tuple[pyvips.Image, object]:
    """Through Pillow's decoder, but without Pillow's picture: its numbers are read where the decoder left
    them, which takes half of the memory.
    """
    with Image.open(_file(source), formats=[kinds.AVIF]) as image:
        (width, height), bands = image.size, _MODES[image.mode]
        orientation, profile = _orientation(image), image.info.get("icc_profile")
    data = source if isinstance(source, bytes) else source.read_bytes()
    decoder: Any = importlib.import_module("PIL._avif").AvifDecoder(data, "auto", _AVIF_THREADS)
    numbers: bytes = decoder.get_frame(0)[0]
    made = pyvips.Image.new_from_memory(numbers, width, height, bands, "uchar")
    made = made.copy(interpretation=_meaning(bands, deep=False))
    if orientation > 1:
        turn: Any = made.set_type
        turn(pyvips.GValue.gint_type, "orientation", orientation)
    return _with_profile(made, profile), numbers


def _pillow(kind: str, source: bytes | Path, size: tuple[int, int], frame: int) -> pyvips.Image:
    with Image.open(_file(source), formats=[kind]) as image:
        if frame:
            image.seek(frame)
        image.load()
        profile = image.info.get("icc_profile")
        # Orientation counts from EXIF and the container only, as in every other reader.
        image.info.pop("xmp", None)
        image.info.pop("XML:com.adobe.xmp", None)
        picture = _plain(image)
    orientation = _orientation(image)
    box = upright(size, orientation)
    if box[0] < picture.width and box[1] < picture.height:
        picture.thumbnail(box, reducing_gap=2.0)
    if orientation > 1:
        picture = ImageOps.exif_transpose(picture)
    bands = _MODES[picture.mode]
    made = pyvips.Image.new_from_memory(picture.tobytes(), picture.width, picture.height, bands, "uchar")
    return _with_profile(made.copy(interpretation=_meaning(bands, deep=False)), profile)


def _plain(image: Image.Image) -> Image.Image:
    if image.mode in _MODES:
        return image
    if image.mode == "LAB":
        profiles: Any = ImageCms
        found: Image.Image = profiles.profileToProfile(
            image, profiles.createProfile("LAB"), profiles.createProfile("sRGB"), outputMode="RGB"
        )
        return found
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _orientation(image: Image.Image) -> int:
    exif = Image.Exif()
    exif.load(image.info.get("exif") or b"")
    return int(exif.get(0x0112, 1))


def _with_profile(image: pyvips.Image, profile: object) -> pyvips.Image:
    if isinstance(profile, bytes) and profile:
        keep: Any = image.set_type
        keep(pyvips.GValue.blob_type, _ICC, profile)
    return image


def _file(source: bytes | Path) -> io.BytesIO | Path:
    return io.BytesIO(source) if isinstance(source, bytes) else source
