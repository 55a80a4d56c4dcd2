"""Processes that are born quickly: forked from one that has imported everything already.

    async with process_factory(tmp_path) as factory:
        child = await factory.fork("tests.fakes.replica:main", {"number": 1})
        child.kill()
        assert await child.died == -9

A fresh interpreter takes a second to import what a fork has, and a fault test needs hundreds.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import importlib
import json
import os
import selectors
import signal
import sys
import traceback
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PRELOAD = (
    "tests.fakes.replica",
    "tests.fakes.mortal",
    "asyncpg",
    "anyio._backends._asyncio",
    "httpcore",
    "storage.postgres",
    "adapters.cli.main",
    "PIL.PngImagePlugin",
    "PIL.JpegImagePlugin",
)
_PR_SET_PDEATHSIG = 1


@dataclass(eq=False)
class Child:
    """A process. `died` is its exit code, negative for a signal."""

    pid: int
    died: asyncio.Future[int]
    log: Path

    def kill(self, signum: int = signal.SIGKILL) -> None:
        """Send a signal, if it still lives."""
        if not self.died.done():
            with suppress(ProcessLookupError):
                os.kill(self.pid, signum)

    def said(self) -> str:
        """Its stdout and stderr so far."""
        return self.log.read_text(errors="replace")


class ProcessFactory:
    """The parent of children. Made by `process_factory`."""

    def __init__(self, folder: Path, process: asyncio.subprocess.Process) -> None:
        self._folder = folder
        self._process = process
        self._births: asyncio.Queue[int] = asyncio.Queue()
        self._gate = asyncio.Lock()
        self._children: dict[int, Child] = {}
        self._reader = asyncio.create_task(self._read())
        self._number = 0

    async def fork(self, call: str, args: dict[str, Any]) -> Child:
        """Fork, and call `module:function(**args)` there; it ends when that returns."""
        stdin = self._process.stdin
        assert stdin is not None
        async with self._gate:
            self._number += 1
            log = self._folder / f"child-{self._number}.log"
            stdin.write(json.dumps({"call": call, "args": args, "log": str(log)}).encode() + b"\n")
            await stdin.drain()
            pid = await asyncio.wait_for(self._births.get(), 120)
        child = self._children.setdefault(pid, self._unborn(pid))
        child.log = log
        return child

    def _unborn(self, pid: int) -> Child:
        return Child(pid, asyncio.get_running_loop().create_future(), Path())

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            told = json.loads(line)
            if "born" in told:
                self._births.put_nowait(told["born"])
            else:
                child = self._children.pop(told["died"], None) or self._unborn(told["died"])
                if not child.died.done():
                    child.died.set_result(told["code"])
                if child.log == Path():  # it died before its birth was noticed
                    self._children[child.pid] = child

    async def close(self) -> None:
        """End all children and their parent."""
        for child in self._children.values():
            child.kill()
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()
        await self._reader


@asynccontextmanager
async def process_factory(folder: Path, *more: str) -> AsyncGenerator[ProcessFactory, None]:
    """A place for children whose logs go to the folder; none outlives the block. They find `more` modules
    imported.
    """
    folder.mkdir(parents=True, exist_ok=True)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.fakes.forked_processes",
        *more,
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    factory = ProcessFactory(folder, process)
    try:
        yield factory
    finally:
        await factory.close()


# What follows runs in the process that forks.


def main() -> None:
    """Take orders from stdin until it ends; tell of births and deaths on stdout."""
    for name in (*PRELOAD, *sys.argv[1:]):
        importlib.import_module(name)
    gc.freeze()  # a child that collects would copy every page
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    selector = selectors.DefaultSelector()
    selector.register(0, selectors.EVENT_READ)
    selector.register(reading, selectors.EVENT_READ)
    waiting = b""
    while True:
        for key, _ in selector.select():
            if key.fd == reading:
                os.read(reading, 4096)
                _bury()
            elif data := os.read(0, 65536):
                *lines, waiting = (waiting + data).split(b"\n")
                for line in lines:
                    _tell(born=_fork(json.loads(line)))
            else:
                return


def _bury() -> None:
    with suppress(ChildProcessError):
        while (dead := os.waitpid(-1, os.WNOHANG))[0]:
            _tell(died=dead[0], code=os.waitstatus_to_exitcode(dead[1]))


def _tell(**facts: int) -> None:
    os.write(1, json.dumps(facts).encode() + b"\n")


def _fork(order: dict[str, Any]) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        # No child outlives the test, however that ends.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        module, _, name = order["call"].partition(":")
        getattr(importlib.import_module(module), name)(**order["args"])
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
