"""Pictures sent in: bytes out ÷ bytes in, peak memory and seconds, by megapixels; and the worst four at once.

    python -m benchmarks.pictures

prints the table of `docs/benchmarks.md`. Each figure is a process of its own. "Before" is Pillow as it was
used until libvips came: open, decode, encode. The pictures are made here by Pillow, the same every time.
"""

from __future__ import annotations

import asyncio
import io
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pillow_heif
from PIL import Image, ImageOps

from benchmarks import memory_limit
from bot.core.capability import Capability
from bot.core.errors import BadImage
from bot.images.preparation import prepare

Image.MAX_IMAGE_PIXELS = None
SIDES = {1: (1200, 900), 12: (4000, 3000), 36: (6928, 5196), 100: (11600, 8700), 200: (16300, 12300)}
KINDS = ("JPEG", "PNG", "WEBP")
WORST: dict[str, Callable[[Path], None]] = {
    "WebP, lossless, 36 megapixels, of one colour": lambda path: flat().save(path, "WEBP", lossless=True),
    "WebP, 36 megapixels": lambda path: photograph(36).save(path, "WEBP", quality=80, method=0),
    "JPEG, progressive, 4:4:4, 36 megapixels": lambda path: photograph(36).save(
        path, "JPEG", progressive=True, subsampling=0
    ),
    "JPEG, progressive, turned, 36 megapixels": lambda path: photograph(36).save(
        path, "JPEG", progressive=True, subsampling=0, exif=turned()
    ),
    "PNG of 16 bits, 24 megapixels": lambda path: deep().save(path, "PNG", compress_level=1),
    "TIFF, 10 megapixels": lambda path: photograph(10, (3650, 2740)).save(path, "TIFF"),
    "GIF, 30 megapixels": lambda path: photograph(30, (6324, 4743)).quantize(64).save(path, "GIF"),
    "AVIF, 4:4:4, 28 megapixels": lambda path: photograph(28, (6110, 4580)).save(
        path, "AVIF", speed=10, subsampling="4:4:4"
    ),
    "AVIF with alpha, 4:4:4, 21 megapixels": lambda path: clear((5300, 3960)).save(
        path, "AVIF", speed=10, subsampling="4:4:4"
    ),
    "HEIC, 50 megapixels": lambda path: heic(path, photograph(50, (8160, 6120))),
    "WebP with alpha, 10 megapixels": lambda path: clear((3650, 2740)).save(path, "WEBP", method=0),
    "JPEG of 26 MB, of noise": lambda path: noise((4300, 3200)).save(path, "JPEG", quality=90, subsampling=0),
    "PNG of 31 MB, of noise": lambda path: noise((3800, 2700)).save(path, "PNG", compress_level=1),
    "mask of 1 megapixel for a picture of 36": lambda path: mask().save(path, "PNG"),
}
"""The largest of each kind that the limits allow, or nearly."""
MASKED = (6928, 5196)
"""The picture that a mask belongs to."""


def clear(size: tuple[int, int]) -> Image.Image:
    """A photograph that one can see through."""
    made = photograph(0, size).convert("RGBA")
    made.putalpha(Image.linear_gradient("L").resize(size))
    return made


def noise(size: tuple[int, int]) -> Image.Image:
    """What does not compress."""
    return Image.frombytes("RGB", size, random.Random(5).randbytes(3 * size[0] * size[1]))


def mask() -> Image.Image:
    """White on black."""
    made = Image.new("1", (1155, 866))
    made.paste(1, (300, 300, 700, 600))
    return made


def heic(path: Path, picture: Image.Image) -> None:
    """As phones write it."""
    pillow_heif.from_pillow(picture).save(path, quality=50)


def photograph(megapixels: int, size: tuple[int, int] | None = None) -> Image.Image:
    """Soft shapes with noise; the same every time."""
    small = Image.radial_gradient("L").resize((64, 48))
    noise = Image.frombytes("RGB", (64, 48), bytes((at * 7919) % 251 for at in range(64 * 48 * 3)))
    made = Image.blend(Image.merge("RGB", (small, ImageOps.invert(small), small.rotate(90))), noise, 0.15)
    return made.resize(size or SIDES[megapixels], Image.Resampling.BILINEAR)


def flat() -> Image.Image:
    """A picture that is 46 bytes as WebP."""
    return Image.new("RGB", (6000, 6000), (1, 2, 3))


def deep() -> Image.Image:
    """Greyscale of 16 bits."""
    return (
        Image.linear_gradient("L")
        .resize((6000, 4000))
        .convert("I")
        .point(lambda value: value * 257)
        .convert("I;16")
    )


def turned() -> Image.Exif:
    """EXIF that says: a quarter turn."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


def before(path: Path) -> int:
    """Decoded whole, and written as JPEG or PNG. The size of the file."""
    with Image.open(path) as source:
        source.load()
        image = ImageOps.exif_transpose(source).convert("RGB")
        out = io.BytesIO()
        if source.format == "JPEG":
            image.save(out, "JPEG", quality=95, optimize=True)
        else:
            image.save(out, "PNG", compress_level=4)
    return len(out.getvalue())


async def after(path: Path, times: int) -> int:
    """As the bot does it, so many at once. The size of one."""
    small = path.stat().st_size <= 32_000_000
    sources = [path.read_bytes() if small else path for _ in range(times)]
    is_mask = path.suffix == ".mask"
    fits = MASKED if is_mask else None
    made = await asyncio.gather(
        *(prepare(source, capability=Capability.UPSCALE, for_mask=is_mask, fits=fits) for source in sources)
    )
    return made[0].upload.size


def child(how: str, name: str, times: int) -> None:
    """One measurement; prints bytes, megabytes and seconds."""
    path, begun = Path(name), time.monotonic()
    try:
        size = before(path) if how == "before" else asyncio.run(after(path, times))
    except BadImage as error:
        print("refused:", error)
        return
    print(size, peak(), f"{time.monotonic() - begun:.1f}", memory_limit.here())


def peak() -> int:
    """The most memory that this process has had, in MB.

    Linux counts in `ru_maxrss` what the parent had when this process was started; `VmHWM` is without it.
    """
    status = Path("/proc/self/status")
    if status.exists():
        words = status.read_text().partition("VmHWM:")[2].split()
        return int(words[0]) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def measured(
    how: str, path: Path, times: int = 1, limit: memory_limit.Limit | None = None
) -> tuple[int, int, float] | str:
    """Bytes out, peak in MB and seconds of a process of its own, or the words of a refusal.

    With a `limit` the process has no more memory than that, and has to see it from inside.
    """
    command = [sys.executable, "-m", "benchmarks.pictures", how, str(path), str(times)]
    enter = limit.enter if limit else None
    done = subprocess.run(command, capture_output=True, text=True, check=False, preexec_fn=enter)
    words = done.stdout.split()
    if limit and words[-1:] != [str(limit.size)]:
        return f"ended with {done.returncode} within the limit of {limit.size} bytes: {done.stdout.strip()}"
    if done.returncode or words[:1] == ["refused:"] or len(words) != 4:
        return done.stdout.strip() or f"ended with {done.returncode}"
    return int(words[0]), int(words[1]), float(words[2])


def row(path: Path) -> str:
    """Before and after, side by side."""
    came = path.stat().st_size
    cells: list[str] = [f"{came / 1e6:.1f} MB"]
    for how in ("before", "after"):
        match measured(how, path):
            case (size, peak, seconds):
                cells.append(f"{size / came:.1f} | {peak} MB | {seconds:.1f} s")
            case words:
                cells.append(f"{words} | |")
    return " | ".join(cells)


def main() -> None:
    """Print both tables."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "picture"
        print("| picture | in | before: out ÷ in | peak | time | after: out ÷ in | peak | time |")
        print("|---|---|---|---|---|---|---|---|")
        for megapixels, size in SIDES.items():
            for kind in KINDS:
                if kind == "WEBP" and megapixels > 100:
                    continue
                photograph(megapixels, size).save(path, kind, **({"method": 0} if kind == "WEBP" else {}))
                print(f"| {kind}, {megapixels} megapixels | {row(path)} |", flush=True)
        print("\n| four at once | peak | time |\n|---|---|---|")
        for name, make in WORST.items():
            path = path.with_suffix(".mask" if name.startswith("mask") else "")
            make(path)
            match measured("after", path, 4):
                case (_, peak, seconds):
                    print(f"| {name} | {peak} MB | {seconds:.1f} s |", flush=True)
                case words:
                    print(f"| {name} | {words} | |", flush=True)


if __name__ == "__main__":
    if len(sys.argv) == 4:
        child(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    else:
        main()
