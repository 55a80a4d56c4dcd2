"""Who may come in: passwords, sessions, other sites' pages, foreign names; and when the page is off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from pydantic import SecretStr

from adapters.web.authentication import COOKIE
from adapters.web.throttle import Limit, Throttle
from tests.fakes.playground import Site, running_playground
from tests.fakes.stack import generate

PASSWORD = "correct horse"


@pytest.fixture
async def locked(tmp_path: Path) -> AsyncIterator[Site]:
    async with running_playground(
        tmp_path, demo_place=None, playground_password=SecretStr(PASSWORD)
    ) as running:
        yield running


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[Site]:
    async with running_playground(tmp_path) as running:
        yield running


async def sign_in(site: Site, password: str = PASSWORD) -> aiohttp.ClientResponse:
    return await site.http.post(
        f"{site.server.url}/login", data={"password": password}, allow_redirects=False
    )


async def test_without_a_password_and_outside_the_demo_the_page_is_off(tmp_path: Path) -> None:
    async with running_playground(tmp_path, demo_place=None) as site:
        assert not site.playground.enabled
        for path in ("/", "/api/balance", "/login", "/static/js/main.js"):
            async with site.http.get(site.server.url + path) as answer:
                assert answer.status == 404
        status, error = await site.refused("/api/orders", {"text": "hello"})
        assert (status, error["code"]) == (404, "not_found")


async def test_nothing_is_seen_or_done_before_signing_in(locked: Site) -> None:
    for path in ("/api/balance", "/api/channel", "/api/events", "/media/req_x/0"):
        status, body = await locked.call("GET", path)
        assert (status, body["error"]["code"]) == (401, "sign_in"), path
    status, error = await locked.refused("/api/orders", {"text": "hello"})
    assert (status, error["charged"]) == (401, False)
    async with locked.http.get(f"{locked.server.url}/", allow_redirects=False) as page:
        assert (page.status, page.headers["Location"]) == (303, "/login")


async def test_the_password_opens_a_session_for_the_one_owner(locked: Site) -> None:
    wrong = await sign_in(locked, "wrong")
    assert (wrong.status, wrong.headers["Location"]) == (303, "/login#sign_in")
    right = await sign_in(locked)
    assert (right.status, right.headers["Location"]) == (303, "/")
    cookie = right.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert PASSWORD not in cookie
    me = await locked.get("/api/me", who="ada")
    assert (me["person"]["id"], me["person"]["admin"], me["people"]) == ("web:owner", True, [])
    async with locked.http.post(f"{locked.server.url}/logout", allow_redirects=False) as out:
        assert out.status == 303
    status, _ = await locked.call("GET", "/api/me")
    assert status == 401


async def test_a_session_outlives_a_restart_but_not_a_new_password(tmp_path: Path) -> None:
    async with running_playground(tmp_path, demo_place=None, playground_password=SecretStr(PASSWORD)) as site:
        token = (await sign_in(site)).cookies[COOKIE].value
    for password, status in ((PASSWORD, 200), ("another", 401)):
        async with running_playground(
            tmp_path, demo_place=None, playground_password=SecretStr(password)
        ) as site:
            got, _ = await site.call("GET", "/api/me", cookies={COOKIE: token})
            assert got == status


async def test_programs_carry_the_password_and_guessing_is_slow(locked: Site) -> None:
    assert await locked.get("/api/me", headers={"Authorization": f"Bearer {PASSWORD}"})
    slow = Limit(per_minute=3, pause_s=0.2, most=2)
    locked.playground.context.authentication.throttle = Throttle(locked.stack.core.clock, per_address=slow)
    guess = {"Authorization": "Bearer guess"}
    for _ in range(slow.per_minute):
        status, _ = await locked.call("GET", "/api/me", headers=guess)
        assert status == 401
    assert await locked.get("/api/me", headers={"Authorization": f"Bearer {PASSWORD}"})
    assert (await sign_in(locked)).headers["Location"] == "/"
    locked.http.cookie_jar.clear()
    tries = await asyncio.gather(*(locked.call("GET", "/api/me", headers=guess) for _ in range(8)))
    assert sorted(status for status, _ in tries) == [401] * slow.most + [429] * (8 - slow.most)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({}, 200),
    ],
)
async def test_changes_come_from_our_own_page_only(demo: Site, headers: dict[str, str], status: int) -> None:
    got, body = await demo.call("POST", "/api/forget", json={}, headers=headers)
    assert got == status, body
    own = {"Origin": demo.server.url}
    assert await demo.post("/api/forget", headers=own)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("evil.example", 403),
        ("127.0.0.1.evil.example:8080", 403),
        ("localhost:1", 200),
        ("[::1]:8080", 200),
        ("192.168.1.4", 200),
    ],
)
async def test_a_foreign_name_is_not_answered(demo: Site, host: str, status: int) -> None:
    got, _ = await demo.call("GET", "/api/channel", headers={"Host": host})
    assert got == status


async def test_people_are_chosen_in_the_demo_only_among_its_own(demo: Site) -> None:
    status, body = await demo.call("GET", "/api/me", who="eve")
    assert status == 400
    assert "mia" in body["error"]["message"]
    assert (await demo.get("/api/me?person=ned", who=""))["person"]["name"] == "Ned"


async def test_every_answer_carries_the_headers_that_keep_a_page_safe(demo: Site) -> None:
    for path in ("/", "/static/js/main.js", "/api/me", "/api/requests/none"):
        async with demo.http.get(demo.server.url + path) as answer:
            policy = answer.headers["Content-Security-Policy"]
            assert "script-src 'self'" in policy
            assert "unsafe-inline" not in policy
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["X-Frame-Options"] == "DENY"


async def test_requests_of_other_tenants_do_not_exist_here(demo: Site) -> None:
    elsewhere = await demo.stack.run(generate("a cat"))
    for path in (f"/api/requests/{elsewhere.request.id}", f"/media/{elsewhere.request.id}/0"):
        status, body = await demo.call("GET", path)
        assert (status, body["error"]["code"]) == (404, "not_found")
