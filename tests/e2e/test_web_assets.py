"""The page's own files: packed for those who can unpack them, and not sent twice."""

from __future__ import annotations

import gzip
from pathlib import Path

import aiohttp

from adapters.web.languages.page_texts import STATIC
from tests.fakes.playground import running_playground

MODULE = "/static/js/main.js"


async def test_a_module_is_packed_once_and_not_sent_again(tmp_path: Path) -> None:
    plain = (STATIC / "js" / "main.js").read_bytes()
    async with (
        running_playground(tmp_path) as site,
        aiohttp.ClientSession(auto_decompress=False) as http,
    ):
        url = site.server.url + MODULE
        async with http.get(url, headers={"Accept-Encoding": "gzip, br"}) as answer:
            packed = await answer.read()
            assert answer.headers["Content-Encoding"] == "gzip"
            assert answer.content_type == "text/javascript"
            tag = answer.headers["ETag"]
        assert gzip.decompress(packed) == plain
        assert len(packed) < len(plain) / 2
        async with http.get(url, headers={"Accept-Encoding": "identity"}) as answer:
            assert "Content-Encoding" not in answer.headers
            assert await answer.read() == plain
        for known, status in ((tag, 304), ('"other"', 200)):
            async with http.get(url, headers={"If-None-Match": known}) as answer:
                assert (answer.status, bool(await answer.read())) == (status, status == 200)
        async with http.get(f"{site.server.url}/static/index.html") as answer:
            assert answer.status == 404, "it is sent with its texts only"
