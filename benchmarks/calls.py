"""The two calls of a chat order and nothing else: what the processor time of an order is held against.

    python -m benchmarks.calls '{"url": "http://…/openai/v1", "count": 400, "at_once": 100}'

A dry run and a streamed chat, read to the end, on aiohttp: the cheapest client that is at hand. No price is
checked, no money held, nothing is written or posted.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

import aiohttp

BODY: dict[str, Any] = {
    "model": "google/gemini-3-flash-preview",
    "messages": [{"role": "user", "content": "Hello"}],
}
STREAM: dict[str, Any] = {**BODY, "stream": True, "stream_options": {"include_usage": True}}


async def one(http: aiohttp.ClientSession, url: str) -> None:
    """Ask for the price, then for the answer, and read both as they are meant."""
    async with http.post(f"{url}/chat/completions?dryRun=true", json=BODY) as answer:
        price = (await answer.json())["total_cost_micros"]
    assert price > 0
    async with http.post(f"{url}/chat/completions", json=STREAM) as answer:
        async for line in answer.content:
            if line.startswith(b"data: {"):
                json.loads(line[6:])


async def main(url: str, count: int, at_once: int) -> float:
    """Seconds of processor time for one pair of calls."""
    gate = asyncio.Semaphore(at_once)
    connector = aiohttp.TCPConnector(limit=at_once)
    async with aiohttp.ClientSession(
        connector=connector, headers={"Authorization": "Bearer lmnfl_bench.key"}
    ) as http:

        async def guarded() -> None:
            async with gate:
                await one(http, url)

        busy = time.process_time()
        await asyncio.gather(*(guarded() for _ in range(count)))
        return (time.process_time() - busy) / count


# from the benchmarks' side


async def bare(url: str, count: int, at_once: int) -> float:
    """The same, in a process of its own."""
    task = json.dumps({"url": url, "count": count, "at_once": at_once})
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.calls", task, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    return float(out)


if __name__ == "__main__":
    print(asyncio.run(main(**json.loads(sys.argv[1]))))
