"""Whose language the page's server answers in, and that all it says is marked for translation."""

from __future__ import annotations

import io
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from adapters.common.settings_table import SETTINGS
from adapters.web.command_table import VERBS
from adapters.web.languages.choice import COOKIE, accepted
from adapters.web.languages.page_texts import catalogue, texts_of_html, texts_of_scripts
from bot.core.audit.entries import Act
from bot.core.capability import Capability
from bot.core.options import options_of
from bot.core.prices.pricing import AskPrice
from bot.core.text.translation import Language, speaking
from bot.core.windows import Window
from tests.fakes.brackets import LEFT, NAMES, SAID, Reader, speak_in_brackets
from tests.fakes.playground import Json, Site, running_playground

DE = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}
FR = {"Accept-Language": "fr"}
SHOWN = set(
    "about advice alternatives budget doing endings given help label line lines looser message price_notes"
    " problem receipt receipt_sentence said shown summary text title total usage why words chart_text group"
    " empty".split()
)
"""Keys of the API's JSON whose texts people read."""
KNOWN = (
    *NAMES,
    *SAID,
    "Mia Ned Ada Acme web lobby seedrem modle none abc nobody House soft light in Deutsch",
    "Hello, what shall we make today: a picture, a video, or just talk?",
    " ".join((*Act, *Window, *AskPrice, *Language, "fr")),
    " ".join(choice for row in SETTINGS for choice in row.choices),
    " ".join(option.name for verb in VERBS for option in verb.options),
    " ".join(option.name for capability in Capability for option in options_of(capability)),
    " ".join((*Capability, *(verb.name for verb in VERBS), *(sub for verb in VERBS for sub in verb.subs))),
)


@pytest.mark.parametrize(("header", "codes"), [
    ("de", ["de"]),
    ("de-AT, en;q=0.5", ["de-AT", "en"]),
    ("en;q=0.5, de;q=0.9", ["de", "en"]),
    ("fr;q=0, de", ["de"]),
    ("en ; q = 0.1 , de", ["de", "en"]),
    ("*", ["*"]),
    ("", []),
    (";;;,,q=1", ["q=1"]),
])  # fmt: skip
def test_what_a_browser_likes_most_comes_first(header: str, codes: list[str]) -> None:
    assert accepted(header) == codes


LINK_CODE = re.compile(r"\b[a-z0-9]{5}-[a-z0-9]{5}\b")


async def said_to(site: Site, **headers: str) -> str:
    """How it refuses a request that does not exist."""
    status, body = await site.call("GET", "/api/requests/req_none", headers=headers)
    assert status == 404
    return str(body["error"]["message"])


async def test_whose_language_counts(tmp_path: Path) -> None:
    async with running_playground(tmp_path) as site:
        english, german = await said_to(site), await said_to(site, **DE)
        assert english != german
        assert await said_to(site, **FR) == english
        await site.post("/api/admin/settings", {"language": "de"}, who="ada")
        assert await said_to(site) == german
        assert await said_to(site, **FR) == german
        assert await said_to(site, **{"Accept-Language": "en-GB"}) == english
        assert await said_to(site, **DE, Cookie=f"{COOKIE}=en") == english
        assert await said_to(site, **DE, Cookie=f"{COOKIE}=xx") == german
        async with site.http.get(f"{site.server.url}/", headers=FR) as answer:
            assert answer.headers["Content-Language"] == "de"
            assert answer.headers["Vary"] == "Accept-Language, Cookie"
            page = await answer.text()
    assert '<html lang="de">' in page
    assert '<button name="language" value="en" lang="en">English</button>' in page


async def test_a_choice_is_remembered_and_taken_back(tmp_path: Path) -> None:
    async with running_playground(tmp_path) as site:
        choose = f"{site.server.url}/language"
        async with site.http.post(choose, data={"language": "de"}) as answer:
            assert '<html lang="de">' in await answer.text()
        german = await said_to(site, **FR)
        foreign = {"Sec-Fetch-Site": "cross-site"}
        status, body = await site.call("POST", "/language", headers=foreign, data={"language": "en"})
        assert (status, body["error"]["code"]) == (403, "foreign_page")
        assert await said_to(site, **FR) == german
        async with site.http.post(choose, data={"language": ""}) as answer:
            assert '<html lang="en">' in await answer.text()
        assert await said_to(site, **FR) != german


async def test_each_browser_hears_of_a_request_in_its_own_language(tmp_path: Path) -> None:
    async with running_playground(tmp_path) as site:
        async with site.events(headers=DE) as german, site.events() as english:
            made = await site.order("/generate a cat --model flux.1-schnell", headers=DE)
            receipts = [(await delivered(events, made))["receipt"] for events in (german, english)]
        assert receipts == ["0,003\N{NO-BREAK SPACE}$ berechnet", "charged $0.003"]
        failed = await site.run("/generate a cat --model seedrem-4.5", headers=DE)
        assert failed["error"]["message"].startswith("Ein Modell „seedrem-4.5“ gibt es nicht.")


async def delivered(events: AsyncIterator[tuple[str, Json]], request_id: str) -> Json:
    async for kind, data in events:
        if kind == "request" and data["id"] == request_id and data["state"] == "delivered":
            return data
    raise AssertionError("the stream ended first")


async def test_people_sign_in_in_their_language(tmp_path: Path) -> None:
    changes = {"demo_place": None, "playground_password": SecretStr("sesame")}
    async with running_playground(tmp_path, **changes) as site:
        async with site.http.get(f"{site.server.url}/", headers=DE) as answer:
            form = await answer.text()
        assert ">Anmelden</button>" in form
        assert "{{" not in form
        status, body = await site.call("GET", "/api/me", headers=DE)
        assert (status, body["error"]["message"]) == (401, "Bitte melde dich zuerst an.")


def test_the_page_takes_along_what_its_modules_say() -> None:
    with speaking(Language.GERMAN):
        german = catalogue()
    assert german["language"] == "de"
    missing = {text if isinstance(text, str) else text[0] for text in texts_of_scripts()} - set(
        german["texts"]
    )
    assert not {text for text in missing if re.search(r"[a-z]{3,} [a-z]{3,}", text)}
    assert german["texts"]["in {count} day"] == {"one": "in {count} Tag", "other": "in {count} Tagen"}
    assert not catalogue()["texts"], "English stands in the code"
    assert len(texts_of_html()) >= 25


async def test_every_word_of_the_api_is_marked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    speak_in_brackets(tmp_path, monkeypatch)
    reader = Reader()

    def read(found: Any, key: str = "") -> None:
        match found:
            case dict():
                for name, value in found.items():
                    read(value, name)
            case list():
                for value in found:
                    read(value, key)
            case str() if key in SHOWN:
                reader.heard.append(LINK_CODE.sub("", found))
            case _:
                pass

    async with running_playground(tmp_path / "data") as site:
        for path in ("/", "/login"):
            async with site.http.get(site.server.url + path) as answer:
                html = re.sub(r"<script.*?</script>", "", await answer.text(), flags=re.DOTALL)
                reader.heard += re.findall(r'(?:aria-label|title|placeholder|alt)="([^"]+)"', html)
                reader.heard += re.findall(r">([^<>]+)<", html)
        for line in ORDERS:
            read(await site.run(line))
        for who, lines in LINES.items():
            for line in lines:
                read((await site.call("POST", "/api/commands", who=who, json={"text": line}))[1])
        for method, path, who, more in CALLS:
            read((await site.call(method, path, who=who, **more))[1])
    told = [one for one in reader.heard if LEFT in one]
    assert len(set(told)) > 250, "the API says less than it did"
    reader.finds_nothing_unmarked(KNOWN)


ORDERS = (
    "/generate a red fox in the snow --model flux.1-schnell --n 2",
    "/generate a quiet sea --model seedrem-4.5",
    "/chat hello",
)
LINES = {
    "mia": (
        "/help",
        "/balance",
        "/history",
        "/models topaz",
        "/estimate generate a quiet sea",
        "/compare generate a quiet sea --models seedream-4.5,none",
        "/cancel",
        "/forget",
        "/link",
        "/link code",
        "/link nobody",
        "/notices",
        "/notices abc",
        "/budget",
        "/settings",
        "/audit",
        "/digest",
        "/project",
        "/style",
        "/statement",
        "/generate a cat",
        "/generate a cat --modle flux",
    ),
    "ada": (
        "/help",
        "/budget set mia $5 day",
        "/budget set everyone $0.001 week",
        "/budget set nobody $5 day",
        "/budget set mia abc day",
        "/budget set mia 1,000",
        "/budget why mia",
        "/budget why",
        "/budget grant mia $1",
        "/budget remove ned",
        "/budget report 400",
        "/budget report",
        "/budget abc",
        "/settings",
        "/settings abc",
        "/settings --threshold abc",
        "/settings --threshold 0.50 --paused off --allowed_models seedream-*",
        "/settings --language fr",
        "/audit",
        "/audit mia limit 30",
        "/audit abc",
        "/digest",
        "/digest abc",
        "/project add Acme",
        "/project add Acme",
        "/project abc",
        "/project",
        "/style set House = {prompt}, in soft light",
        "/style",
        "/style remove none",
        "/statement",
        "/statement create 2026-10",
        "/statement create 2999-10",
    ),
}
CALLS: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("GET", "/api/me", "mia", {}),
    ("GET", "/api/me", "nobody", {}),
    ("GET", "/api/commands", "ada", {}),
    ("GET", "/api/channel", "mia", {}),
    ("GET", "/api/library", "mia", {}),
    ("GET", "/api/library?capability=abc", "mia", {}),
    ("GET", "/api/library/req_none", "mia", {}),
    ("GET", "/api/history?everyone=1", "mia", {}),
    ("GET", "/api/models?q=none", "mia", {}),
    ("GET", "/api/spend", "mia", {}),
    ("GET", "/api/notices", "mia", {}),
    ("POST", "/api/notices", "mia", {"json": {"wanted": "abc"}}),
    ("GET", "/api/admin/settings", "ada", {}),
    ("GET", "/api/admin/budgets", "ada", {}),
    ("GET", "/api/admin/budgets", "mia", {}),
    ("GET", "/api/admin/approvals", "mia", {}),
    ("GET", "/api/admin/audit?person=abc", "ada", {}),
    ("GET", "/api/admin/digest?span=abc", "ada", {}),
    ("POST", "/api/admin/budgets", "ada", {"json": {"who": 1}}),
    ("POST", "/api/admin/budgets", "ada", {"json": {"who": "mia", "window": "abc"}}),
    ("POST", "/api/admin/budgets/remove", "ada", {"json": {"id": "none"}}),
    ("POST", "/api/admin/settings", "ada", {"json": {"threshold": {"a": {}}}}),
    ("POST", "/api/admin/projects", "ada", {"json": {"action": "abc", "project": "Acme"}}),
    ("POST", "/api/admin/styles", "ada", {"json": {"action": "set", "options": 1}}),
    ("POST", "/api/admin/approvals/req_none", "ada", {"json": {"approve": 1}}),
    ("POST", "/api/orders", "mia", {"data": b"abc"}),
    ("POST", "/api/orders", "mia", {"data": b"{", "headers": {"Content-Type": "application/json"}}),
    ("POST", "/api/orders", "mia", {"json": []}),
    ("POST", "/api/orders", "mia", {"json": {"text": "/edit make it night"}}),
    ("POST", "/api/orders", "mia", {"json": {"text": "/generate a cat", "n": 2}}),
    ("POST", "/api/orders", "mia", {"json": {"capability": "abc"}}),
    ("POST", "/api/orders", "mia", {"json": {"capability": "generate", "extra": 1}}),
    ("POST", "/api/orders", "mia", {"json": {"text": "/generate a cat", "ask_price": "abc"}}),
    ("POST", "/api/orders", "mia", {"json": {"text": "/generate a cat", "press": "x" * 400}}),
    ("POST", "/api/orders", "mia", {"json": {"text": "/generate a cat --n 99"}}),
    (
        "POST",
        "/api/orders",
        "mia",
        {"json": {"text": "/generate a cat"}, "headers": {"Idempotency-Key": "k" * 300}},
    ),
    ("POST", "/api/compare", "mia", {"json": {"text": "/generate a cat", "models": 1}}),
    ("POST", "/api/commands", "mia", {"json": {}}),
    ("POST", "/api/say", "mia", {"json": {"text": 1}}),
    ("POST", "/api/say", "mia", {"json": {"text": ""}}),
    ("POST", "/api/requests/req_none/confirm", "mia", {"json": {"shown": "abc"}}),
    ("POST", "/api/forget", "mia", {"data": io.BytesIO(b"x" * 1_100_000)}),
    ("POST", "/api/forget", "mia", {"headers": {"Sec-Fetch-Site": "cross-site"}}),
    ("GET", "/api/me", "mia", {"headers": {"Host": "example.com"}}),
)
