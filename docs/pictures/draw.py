"""Draw the pictures of the documentation: a thread on Discord, one on Slack, and the playground.

The two threads are the messages of `tests/e2e/test_priced_walks.py` as the platforms received them, drawn by
components that look like the platforms (npm, here only). Run by `make pictures`; needs Node.js and Chromium.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager, contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

import av
from PIL import Image
from playwright.async_api import Browser, ViewportSize, async_playwright

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
OUT = ROOT / "docs" / "images"
WALKS = "tests/e2e/test_priced_walks.py"
COLOURS = {"Lumenfall": "#6d4aff"}
OTHER = "#c2703d"
QUALITY = 86
"""Of WebP: a fifth of the bytes of a PNG, and letters stay sharp."""
SHOWN = slice(2, 5)
"""The messages that are drawn: the sentence, its price, and the film with its receipt."""
SCALE = 2
"""Pixels of the picture for one of the page, for screens with a high density."""
WINDOW: ViewportSize = {"width": 1240, "height": 900}
SAID = {
    "/generate a fox reading at the edge of the forest --model seedream-4.5 --n 2": "charged",
    "/video a paper boat drifting on a lake --seconds 4": "Run it for",
}
"""What is said in the playground, and what then is there."""


def record(folder: Path) -> None:
    """Run the walks and keep what the platforms received."""
    env = {**os.environ, "RECORD_WALKS": str(folder)}
    subprocess.run([sys.executable, "-m", "pytest", "-q", "-n", "0", WALKS], cwd=ROOT, env=env, check=True)


def bundle(work: Path) -> None:
    """Install the components beside the drawings and put each drawing into one file."""
    for name in ("package.json", "discord.js", "slack.jsx", "page.css"):
        shutil.copy(HERE / name, work / name)
    npm = shutil.which("npm") or "npm"
    subprocess.run(
        [npm, "install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"],
        cwd=work,
        check=True,
    )
    subprocess.run([npm, "run", "--silent", "build"], cwd=work, check=True)


def avatars(people: dict[str, str]) -> dict[str, str]:
    """A round letter for each person: no picture of anybody."""
    made: dict[str, str] = {}
    for name in people.values():
        colour = COLOURS.get(name, OTHER)
        svg = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="80" height="80"><rect width="80" height="80" '
            f'fill="{colour}"/><text x="40" y="54" font-size="40" text-anchor="middle" fill="#fff" '
            f'font-family="sans-serif">{name[0].upper()}</text></svg>'
        )
        made[name] = "data:image/svg+xml," + quote(svg)
    return made


def page(work: Path, walks: Path, platform: str) -> Path:
    """The HTML page of one walk, beside its files."""
    walk = json.loads((walks / platform / "walk.json").read_text())
    walk["messages"] = walk["messages"][SHOWN]
    style = (work / "build" / "slack.css").read_text() if platform == "slack" else ""
    for film in (walks / platform).glob("*.mp4"):
        still(film)
    script = (work / "build" / f"{platform}.js").read_text().replace("</script", "<\\/script")
    html = (
        f"<!doctype html><meta charset='utf-8'><style>{style}{(work / 'page.css').read_text()}</style><body>"
        f"<script>window.walk={json.dumps(walk)};const faces={json.dumps(avatars(walk['people']))};"
        f"window.avatarOf=(name)=>faces[name];</script><script>{script}</script>"
    )
    path = walks / platform / "page.html"
    path.write_text(html)
    return path


def still(film: Path) -> None:
    """The first frame of a film beside it: a page that is only looked at plays nothing."""
    with av.open(str(film)) as container:
        next(container.decode(video=0)).to_image().save(film.with_suffix(".png"))


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        yield browser
        await browser.close()


async def shoot(pages: dict[str, Path]) -> None:
    async with chromium() as browser:
        for name, path in pages.items():
            view = await browser.new_page(viewport={"width": 620, "height": 400}, device_scale_factor=SCALE)
            await view.goto(path.as_uri())
            await view.wait_for_selector(".media")
            await view.evaluate(
                "Promise.all([...document.images].map((image) => image.decode().catch(() => 0)))"
            )
            keep(name, await view.screenshot(full_page=True))


def keep(name: str, shot: bytes) -> None:
    Image.open(BytesIO(shot)).save(OUT / f"{name}.webp", quality=QUALITY, method=6)


@contextmanager
def demo(folder: Path) -> Generator[str]:
    """The address of a demo that has begun to live in this folder."""
    environment = {**os.environ, "DATA_DIR": str(folder), "PORT": "0"}
    command = [sys.executable, "-m", "adapters.cli.main", "demo"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            lines = iter(process.stdout or ())
            yield next(line.split()[1] for line in lines if line.startswith("ready:"))
        finally:
            process.terminate()


async def shoot_playground(address: str) -> None:
    """Two pictures with their receipt, a film that waits for its price to be pressed, and the library."""
    async with chromium() as browser:
        view = await browser.new_page(viewport=WINDOW, color_scheme="dark")
        await view.goto(address)
        for line, shown in SAID.items():
            await view.fill("#box", line)
            await view.keyboard.press("Enter")
            prompt = line.split(" ", 1)[1].split(" --")[0]
            message = view.locator(".message", has_text=prompt)
            await message.get_by_text(shown).wait_for(timeout=60_000)
        await view.get_by_role("tab", name="Library").click()
        await view.wait_for_timeout(3_000)  # small copies of the results fade in
        keep("playground", await view.screenshot())


def main() -> None:
    with TemporaryDirectory() as folder:
        walks, work = Path(folder) / "walks", Path(folder) / "npm"
        work.mkdir()
        record(walks)
        bundle(work)
        asyncio.run(shoot({name: page(work, walks, name) for name in ("discord", "slack")}))
        with demo(Path(folder) / "demo") as address:
            asyncio.run(shoot_playground(address))


if __name__ == "__main__":
    main()
