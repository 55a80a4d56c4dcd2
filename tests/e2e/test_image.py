"""The container image: built from a clean clone, run without rights on a read-only root, in use.

Needs root, buildah, podman and the base image. Where no registry can be reached, `deploy/standin-base.sh`
makes a stand-in for the base; everything here skips, with the reason, where something is missing.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import re
import shutil
import subprocess
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import certifi
import pytest

from bot import __version__
from tests.fakes.program import ROOT, Bot, free_port, outside, started

IMAGE = "localhost/lumenfall-bot:test"
ADDED_BYTES = 125_000_000
"""The base is another 125 MB, and together they are to stay under 250."""
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)

pytestmark = [pytest.mark.timeout(600), pytest.mark.apart]


def base() -> str:
    found = re.search(r"^ARG BASE=(\S+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert found
    return found[1]


def output(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=540)
    assert done.returncode == 0, f"{' '.join(command)[:200]}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
    return done.stdout


def own_authorities() -> str:
    """Certificate authorities of this network's own: those pip is told to trust beyond the usual."""
    bundle = os.environ.get("PIP_CERT", "")
    if not bundle or not Path(bundle).exists():
        return ""
    usual = {"".join(pem.split()) for pem in _PEM.findall(Path(certifi.where()).read_text())}
    usual |= {"".join(pem.split()) for pem in _PEM.findall(_debian())}
    extra = [pem for pem in _PEM.findall(Path(bundle).read_text()) if "".join(pem.split()) not in usual]
    return "\n".join(extra)


def _debian() -> str:
    folder = Path("/usr/share/ca-certificates/mozilla")
    return "\n".join(path.read_text() for path in folder.glob("*.crt")) if folder.exists() else ""


@pytest.fixture(scope="session", name="image")
def image_fixture(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The image of the last commit, built as the documents say."""
    missing = [tool for tool in ("buildah", "podman", "git") if not shutil.which(tool)]
    if missing or os.geteuid() != 0:
        pytest.skip(f"needs root and {', '.join(missing) or 'buildah, podman, git'}")
    listed = subprocess.run(["buildah", "images", "-q", base()], capture_output=True, check=False)
    if listed.returncode != 0:
        pytest.skip(f"the base image {base()} is not here; deploy/standin-base.sh makes a stand-in")
    folder = tmp_path_factory.getbasetemp()
    shared = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    with users(shared) as count:
        if count[0] == 0:
            build(tmp_path_factory.mktemp("image") / "clone")
        count[0] += 1
    yield IMAGE
    with users(shared) as count:
        count[0] -= 1
        if count[0] == 0:
            subprocess.run(["buildah", "rmi", "--force", IMAGE], capture_output=True, check=False)


@contextmanager
def users(folder: Path) -> Iterator[list[int]]:
    """How many test processes use the image; nobody else counts meanwhile."""
    with (folder / "image-users").open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        count = [int(file.read() or 0)]
        try:
            yield count
        finally:
            file.truncate(0)
            file.write(str(count[0]))
            file.flush()


def build(clone: Path) -> None:
    output("git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(clone))
    arguments = ["--build-arg", f"VERSION={__version__}"]
    if authorities := own_authorities():
        arguments += ["--build-arg", f"CA_CERT={authorities}"]
    output(
        "buildah", "bud", "--isolation", "chroot", "--format", "docker", "--pull-never", *arguments,
        "--tag", IMAGE, str(clone),
    )  # fmt: skip


def engine() -> list[str]:
    runtime = ["--runtime", "runc"] if shutil.which("runc") else []
    return ["podman", "--storage-driver", "overlay", *runtime, "--cgroup-manager", "cgroupfs"]


def run(image: str, *command: str, name: str = "", **environment: str) -> list[str]:
    """A container as the documents advise: no rights, nothing writable but /data and /tmp."""
    return [
        *engine(), "run", "--rm", "--pull=never", "--network=host", "--no-healthcheck", "--read-only",
        "--cap-drop=all", "--security-opt=no-new-privileges", "--ulimit=nofile=4096:4096",
        "--ulimit=nproc=4096:4096", *(["--name", name] if name else []),
        *(f"--env={key}={value}" for key, value in environment.items()), image, *command,
    ]  # fmt: skip


@asynccontextmanager
async def contained(image: str, command: str, port: int, **environment: str) -> AsyncGenerator[Bot]:
    name = f"lumenfall-test-{port}"
    environment = {"PORT": str(port), **environment}
    try:
        async with started(run(image, command, name=name, **environment), dict(os.environ), port) as bot:
            yield bot
    finally:
        subprocess.run([*engine(), "rm", "--force", name], capture_output=True, check=False)


async def inside(port: int, *command: str) -> str:
    return await asyncio.to_thread(output, *engine(), "exec", f"lumenfall-test-{port}", *command)


def test_the_image_says_how_it_wants_to_be_run(image):
    config = json.loads(output("buildah", "inspect", "--type", "image", image))["Docker"]["config"]
    assert config["User"] == "10001:10001"
    assert config["StopSignal"] == "SIGTERM"
    assert config["Entrypoint"] == ["lumenfall-bot"]
    assert config["Cmd"] == ["run"]
    assert list(config["Volumes"]) == ["/data"]
    assert "/healthz" in config["Healthcheck"]["Test"][-1]
    assert config["Labels"]["org.opencontainers.image.version"] == __version__


def test_what_the_bot_adds_to_its_base_is_small(image):
    sizes = {
        name: int(json.loads(output(*engine(), "image", "inspect", name))[0]["Size"])
        for name in (image, base())
    }
    added = sizes[image] - sizes[base()]
    assert added < 125_000_000, f"{added:,} bytes on a base of {sizes[base()]:,}"


def test_nothing_to_build_with_is_inside(image):
    for tool in ("pip", "gcc", "make", "git"):
        done = subprocess.run(
            [*run(image)[:-1], "--entrypoint", tool, image], capture_output=True, check=False
        )
        assert done.returncode != 0, tool
    assert output(*run(image, "version")).strip() == __version__


@pytest.mark.parametrize(
    ("environment", "said"),
    [({}, "LUMENFALL_API_KEY is not set"), ({"PORT": "many"}, "PORT: Input should be a valid integer")],
)
def test_a_broken_configuration_ends_it_with_one_line(image, environment, said):
    done = subprocess.run(run(image, "run", **environment), capture_output=True, text=True, check=False)
    assert done.returncode == 2
    (line,) = (done.stdout + done.stderr).strip().splitlines()
    assert said in line


async def test_the_demo_runs_without_rights_and_stops_in_order(image):
    port = free_port()
    async with contained(image, "demo", port, HOST="127.0.0.1") as bot:
        await bot.ready(120)
        assert "<html" in (await bot.get("/")).text
        assert (await bot.get("/healthz")).json()["alive"]
        assert "lumenfall_build_info" in (await bot.get("/metrics")).text
        assert (await inside(port, "id", "-u")).strip() == "10001"
        refused = await inside(port, "sh", "-c", "touch /x 2>/dev/null || echo refused")
        assert refused.strip() == "refused"
        assert "CapEff:\t0000000000000000" in await inside(port, "cat", "/proc/self/status")
        probe = json.loads(output("buildah", "inspect", "--type", "image", image))
        await inside(port, *probe["Docker"]["config"]["Healthcheck"]["Test"][1:])
        stop = [*engine(), "stop", "--time", "30", f"lumenfall-test-{port}"]
        await asyncio.to_thread(output, *stop)
        async with asyncio.timeout(30):
            assert await bot.process.wait() == 0


async def test_a_bot_in_a_container_serves_both_platforms(image):
    port = free_port()
    async with outside() as world:
        settings = world.environment(port, "/data")
        async with contained(image, "run", port, **settings) as bot:
            await bot.ready(120)
            asked = await world.discord.slash(world.mira, world.art, "generate", prompt="a fox")
            await world.slack.mention(world.ana, world.office, "/generate a red fox")
            await asked.message("charged **", timeout=30)
            await world.office.wait_for(lambda message: message.is_bot and message.files)
            await inside(port, "lumenfall-bot", "backup", "/data/copy.db")
            assert "sound" in await inside(port, "lumenfall-bot", "ledger", "verify")
            assert '"problem"' not in await inside(port, "lumenfall-bot", "doctor", "--json")
            assert await bot.stop() == 0
