"""The JSON API over a real socket, with sandbox, database, worker: what a program and the page rely on."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from PIL import Image

from tests.fakes.playground import Site, running_playground


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with running_playground(tmp_path) as running:
        yield running


def picture(size: tuple[int, int] = (64, 48), colour: str = "teal") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG")
    return out.getvalue()


def mask(size: tuple[int, int] = (64, 48)) -> bytes:
    out = io.BytesIO()
    drawn = Image.new("RGBA", size, (0, 0, 0, 255))
    drawn.paste((0, 0, 0, 0), (0, 0, size[0] // 2, size[1]))
    drawn.save(out, "PNG")
    return out.getvalue()


def form(fields: dict[str, Any], **files: bytes) -> aiohttp.FormData:
    data = aiohttp.FormData()
    for name, value in fields.items():
        data.add_field(name, value)
    for name, content in files.items():
        data.add_field(name, content, filename=f"{name}.png", content_type="image/png")
    return data


# the five capabilities


async def test_a_line_becomes_pictures_with_a_receipt(site: Site) -> None:
    await site.post("/api/admin/budgets", {"who": "mia", "limit": "5", "window": "day"}, who="ada")
    status, accepted = await site.call(
        "POST", "/api/orders", json={"text": "/generate a capybara --model seedream-4.5 --n 2 --seed 7"}
    )
    assert status == 202
    done = await site.ended(accepted["request_id"])
    assert (done["state"], done["estimate"]["shown"], done["charge"]["micros"]) == (
        "delivered",
        "$0.08",
        80_000,
    )
    assert done["options"] == {"model": "seedream-4.5", "n": "2", "seed": "7"}
    assert done["left"]["left"]["shown"] == "$4.92"
    assert len(done["assets"]) == 2
    async with site.http.get(site.server.url + done["assets"][0]["url"]) as media:
        assert (media.status, media.content_type) == (200, "image/png")
        assert "sandbox" in media.headers["Content-Security-Policy"]
        Image.open(io.BytesIO(await media.read())).verify()


async def test_orders_as_json_fields(site: Site) -> None:
    body = {
        "capability": "generate",
        "prompt": "a fern",
        "model": "flux.1-schnell",
        "n": 1,
        "extra": {"guidance": 3},
    }
    accepted = await site.post("/api/orders", body)
    done = await site.ended(accepted["request_id"])
    assert done["command"] == "/generate a fern --model flux.1-schnell guidance=3"
    assert done["state"] == "delivered"


async def test_edit_with_a_mask_and_upscale_take_files(site: Site) -> None:
    data = form({"text": "/edit a red hat --model seedream-4.5"}, image=picture(), mask=mask())
    _, accepted = await site.call("POST", "/api/orders", data=data)
    done = await site.ended(accepted["request_id"])
    assert done["state"] == "delivered"
    assert [item["role"] for item in done["inputs"]] == ["image", "mask"]
    async with site.http.get(site.server.url + done["inputs"][0]["url"]) as media:
        assert Image.open(io.BytesIO(await media.read())).size == (64, 48)

    data = form({"text": "/edit a red hat --model seedream-4.5"}, image=picture((1200, 900)))
    _, accepted = await site.call("POST", "/api/orders", data=data)
    done = await site.ended(accepted["request_id"])
    for edge, size in ((480, (480, 360)), (77, (1200, 900))):
        async with site.http.get(f"{site.server.url}{done['inputs'][0]['url']}?edge={edge}") as media:
            assert Image.open(io.BytesIO(await media.read())).size == size

    data = form({"capability": "upscale", "model": "google-upscaler", "scale": "2"}, image=picture())
    _, accepted = await site.call("POST", "/api/orders", data=data)
    done = await site.ended(accepted["request_id"])
    assert (done["assets"][0]["width"], done["assets"][0]["height"]) == (128, 96)


async def test_chat_streams_and_remembers_until_forgotten(site: Site) -> None:
    first = await site.run("My name is Mia.")
    assert first["capability"] == "chat"
    assert first["text"]
    again = await site.run("What did I say?")
    assert again["details"]["remembered_turns"] == 2
    assert (await site.post("/api/forget"))["forgotten_turns"] == 4
    assert (await site.run("And now?"))["details"]["remembered_turns"] == 0


async def test_a_film_is_confirmed_made_and_can_be_sought_in(site: Site) -> None:
    await site.post("/api/admin/settings", {"threshold": "0.30"}, who="ada")
    request_id = await site.order("/video waves --model sora-2 --seconds 4")
    asked = await site.ended(request_id, "awaiting_confirmation")
    assert asked["estimate"]["shown"] == "$0.40"
    assert asked["expires_at"]
    status, error = await site.refused(f"/api/requests/{request_id}/confirm", who="ned")
    assert (status, error["code"]) == (403, "not_allowed")
    await site.post(f"/api/requests/{request_id}/confirm")
    done = await site.ended(request_id)
    assert done["assets"][0]["content_type"] == "video/mp4"
    url = site.server.url + done["assets"][0]["url"]
    async with site.http.get(url, headers={"Range": "bytes=0-99"}) as part:
        assert part.status == 206
        assert len(await part.read()) == 100
    status, error = await site.refused(f"/api/requests/{request_id}/confirm")
    assert (status, error["code"]) == (409, "too_late")


# prices, presses


async def test_prices_without_running(site: Site) -> None:
    estimate = await site.post("/api/estimate", {"text": "/generate a cat --model seedream-4.5 --n 3"})
    assert estimate["price"] == {"micros": 120_000, "shown": "$0.12"}
    table = await site.post(
        "/api/compare", {"text": "/generate a cat", "models": ["seedream-4.5", "flux.1-schnell", "no-such"]}
    )
    assert [row["model"] for row in table["quotes"]] == ["flux.1-schnell", "seedream-4.5", "no-such"]
    assert table["quotes"][0]["command"] == "/generate a cat --model flux.1-schnell"
    assert table["quotes"][2]["price"] is None
    assert (await site.get("/api/history"))["requests"] == []


async def test_every_button_under_a_result(site: Site) -> None:
    first = await site.run("/generate a hut --model seedream-4.5 --seed 3")
    made = {}
    for press, body in (
        ("repeat", {"changes": {"n": 2}}),
        ("vary", {}),
        ("edit", {"prompt": "in winter", "changes": {"model": "seedream-4.5"}}),
        ("upscale", {"changes": {"model": "google-upscaler", "scale": 2}}),
        ("animate", {"prompt": "snow falls", "changes": {"model": "wan-2.6", "seconds": 2}}),
        ("ask", {"prompt": "What is it?"}),
    ):
        accepted = await site.post(f"/api/requests/{first['id']}/{press}", body, who="ned")
        made[press] = await site.ended(accepted["request_id"])
        assert made[press]["state"] == "delivered", made[press]
        assert made[press]["parent_id"] == first["id"]
        assert made[press]["person"]["id"] == "web:ned"
    assert len(made["repeat"]["assets"]) == 2
    assert made["vary"]["options"]["seed"] != "3"
    assert [made[name]["capability"] for name in ("edit", "upscale", "animate", "ask")] == [
        "edit",
        "upscale",
        "video",
        "chat",
    ]


async def test_the_same_key_is_the_same_request(site: Site) -> None:
    line, key = "/generate a cat --model seedream-4.5", {"Idempotency-Key": "once"}
    first = await site.order(line, headers=key)
    await site.ended(first)
    assert await site.order(line, headers=key) == first
    assert await site.order(line, headers=key, who="ned") != first
    assert await site.order(line) != first


async def test_cancel_and_delete(site: Site) -> None:
    await site.post("/api/admin/settings", {"threshold": "0"}, who="ada")
    request_id = await site.order("/generate a cat --model seedream-4.5")
    await site.ended(request_id, "awaiting_confirmation")
    status, error = await site.refused(f"/api/requests/{request_id}/delete")
    assert (status, error["code"]) == (409, "too_late")
    assert (await site.post(f"/api/requests/{request_id}/cancel"))["state"] == "cancelled"
    done = await site.ended(request_id)
    assert not done["charge"]
    status, error = await site.refused(f"/api/requests/{request_id}/delete", who="ned")
    assert status == 403
    await site.post(f"/api/requests/{request_id}/delete")
    assert (await site.get("/api/channel"))["messages"] == []
    assert [row["id"] for row in (await site.get("/api/history"))["requests"]] == [request_id]


# refusals


@pytest.mark.parametrize(
    ("body", "status", "code", "says"),
    [
        ({"text": "/generate a cat --n 0"}, 400, "invalid_order", "`n`"),
        ({"text": "/generate a cat --n 11"}, 400, "invalid_order", "`n`"),
        ({"text": "/generate a cat --model seedream,4.5"}, 400, "unknown_model", "seedream-4.5"),
        ({"text": "/generate " + "a" * 50_000}, 400, "invalid_order", "50,000 characters"),
        ({"text": "/generate"}, 400, "invalid_order", "prompt"),
        ({"text": "/edit a hat"}, 400, "invalid_order", "picture"),
        ({"text": "/generat a cat"}, 400, "invalid_order", "/generate"),
        ({"text": 7}, 400, "invalid_order", "text"),
        ({"text": "/chat hi", "n": 2}, 400, "invalid_order", "either"),
        ({"capability": "dance"}, 400, "invalid_order", "generate"),
        (
            {"capability": "generate", "prompt": "a", "extra": {"webhook_url": "x"}},
            400,
            "invalid_order",
            "extra",
        ),
        ({"capability": "generate", "prompt": "a", "extra": [1]}, 400, "invalid_order", "extra"),
        ([], 400, "invalid_order", "object"),
    ],
)
async def test_bad_orders_are_refused_in_words(
    site: Site, body: Any, status: int, code: str, says: str
) -> None:
    got, error = await site.refused("/api/orders", body)
    assert (got, error["code"], error["charged"]) == (status, code, False)
    assert says in error["message"]
    assert (await site.get("/api/channel"))["messages"] == []


async def test_bad_pictures_and_forms_are_refused(site: Site) -> None:
    fake = form({"text": "/upscale --scale 2"}, image=b"just words")
    status, error = await site.refused("/api/orders", data=fake)
    assert (status, error["code"]) == (400, "bad_image")
    bomb = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(bomb, "PNG")
    status, error = await site.refused("/api/orders", data=form({"text": "/upscale"}, image=bomb.getvalue()))
    assert (status, error["code"]) == (400, "bad_image")
    assert "megapixels" in error["message"]
    status, error = await site.refused(
        "/api/orders", data=form({"text": "/upscale --scale -1"}, image=picture())
    )
    assert (status, error["field"]) == (400, "scale")
    status, error = await site.refused("/api/orders", data=form({"text": "/upscale"}, movie=picture()))
    assert (status, error["field"]) == (400, "movie")
    status, error = await site.refused(
        "/api/orders", data=b"nonsense", headers={"Content-Type": "multipart/form-data; boundary=x"}
    )
    assert status == 400


async def test_too_many_bytes_are_not_read(tmp_path: Path) -> None:
    async with running_playground(tmp_path, max_image_bytes=20_000) as site:
        big = form({"text": "/upscale"}, image=b"\x89PNG" + b"0" * 40_000)
        status, error = await site.refused("/api/orders", data=big)
        assert (status, error["code"]) == (413, "too_large")
        huge = form({"text": "/upscale"}, image=b"\x89PNG" + b"0" * 90_000)
        status, error = await site.refused("/api/orders", data=huge)
        assert status == 413
        status, error = await site.refused(
            "/api/orders",
            data=io.BytesIO(b'{"text": "' + b"a" * 1_100_000 + b'"}'),
            headers={"Content-Type": "application/json"},
        )
        assert (status, error["code"]) == (413, "too_large")


async def test_a_budget_refuses_and_an_admin_makes_an_exception(site: Site) -> None:
    await site.post("/api/admin/budgets", {"who": "ned", "limit": "0.01", "window": "day"}, who="ada")
    refused = await site.run("/generate a cat --model seedream-4.5", who="ned")
    assert (refused["state"], refused["error"]["code"]) == ("refused", "budget_exceeded")
    assert refused["error"]["budget"] == "Your budget for today"
    assert refused["error"]["resets_at"]
    assert refused["approval"]["possible"]
    status, error = await site.refused(f"/api/requests/{refused['id']}/ask-admin", who="mia")
    assert status == 403
    assert (await site.post(f"/api/requests/{refused['id']}/ask-admin", who="ned"))["approval"]["asked"]
    status, error = await site.refused(f"/api/admin/approvals/{refused['id']}", {"approve": True}, who="ned")
    assert (status, error["code"]) == (403, "not_allowed")
    waiting = (await site.get("/api/admin/approvals", who="ada"))["approvals"]
    assert [item["id"] for item in waiting] == [refused["id"]]
    await site.post(f"/api/admin/approvals/{refused['id']}", {"approve": True}, who="ada")
    done = await site.ended(refused["id"], "delivered")
    assert done["approval"]["approved_by"] == "web:ada"
    assert (await site.get("/api/admin/approvals", who="ada"))["approvals"] == []
    status, error = await site.refused(f"/api/admin/approvals/{refused['id']}", {"approve": False}, who="ada")
    assert status == 409


async def test_twenty_of_two_hundred(tmp_path: Path) -> None:
    async with running_playground(tmp_path, headroom_percent=0, per_person=32) as site:
        await _price(site, "seedream-4.5", 50_000)
        await site.post("/api/admin/budgets", {"who": "mia", "limit": "1.00", "window": "day"}, who="ada")
        ids = await asyncio.gather(*(site.order("/generate a cat --model seedream-4.5") for _ in range(200)))
        await site.stack.settled()
        ends = await asyncio.gather(*(site.get(f"/api/requests/{request_id}") for request_id in ids))
        states = [end["state"] for end in ends]
        assert (states.count("delivered"), states.count("refused")) == (20, 180)
        assert {end["error"]["budget"] for end in ends if end["error"]} == {"Your budget for today"}
        (room,) = (await site.get("/api/balance"))["budgets"]
        assert (room["spent"]["micros"], room["held"]["micros"]) == (1_000_000, 0)


async def _price(site: Site, model: str, micros: int) -> None:
    async with site.http.post(
        f"{site.stack.sandbox.url}/sandbox/set", json={"prices": {model: micros}}
    ) as done:
        assert done.status == 200


# looking


async def test_models_balance_history_spending(site: Site) -> None:
    found = await site.get("/api/models?q=seedream&capability=edit")
    assert [model["id"] for model in found["models"]] == ["seedream-4.5"]
    assert found["models"][0]["starting_price"]["shown"] == "$0.04"
    assert (await site.get("/api/balance"))["budgets"] == []
    await site.run("/generate a cat --model seedream-4.5")
    await site.run("/generate a dog --model seedream-4.5", who="ned")
    assert [row["prompt"] for row in (await site.get("/api/history"))["requests"]] == ["a cat"]
    everyone = await site.get("/api/history?everyone=1", who="ada")
    assert {row["prompt"] for row in everyone["requests"]} == {"a cat", "a dog"}
    status, _ = await site.call("GET", "/api/history?everyone=1")
    assert status == 403
    mine = await site.get("/api/spend?days=7")
    assert len(mine["days"]) == 7
    assert [(row["day"], row["charged"]["micros"]) for row in mine["rows"]] == [(mine["days"][-1], 40_000)]
    assert {row["name"] for row in (await site.get("/api/spend", who="ada"))["rows"]} == {"Mia", "Ned"}


async def test_the_channel_pages_back_without_losing_any(site: Site) -> None:
    ids = [await site.order(f"/generate cat {number} --model flux.1-schnell") for number in range(5)]
    await asyncio.gather(*(site.ended(request_id) for request_id in ids))
    seen: list[str] = []
    before = ""
    while True:
        page = await site.get(f"/api/channel?limit=2&before={before}")
        seen = [message["id"] for message in page["messages"]] + seen
        before = page["before"]
        if not before:
            break
    assert seen == sorted(ids)


async def test_commands_of_the_box(site: Site) -> None:
    async def say(text: str, who: str = "ada") -> Any:
        return await site.post("/api/commands", {"text": text}, who=who)

    line = (await say("/budget set $5 per week for Mia"))["budgets"][0]
    assert (line["whose"], line["window"], line["limit"]["shown"]) == ("Mia", "week", "$5.00")
    await say("/budget set --who everyone --limit 0.50 --window day")
    granted = (await say("/budget grant ned $1"))["budgets"]
    assert {line["whose"] for line in granted} == {"Mia", "each person without a limit of their own"}
    assert (await say("/balance", "ned"))["budgets"][0]["left"]["shown"] == "$1.50"
    assert len((await say("/budget remove mia week"))["budgets"]) == 1
    assert (await say("/budget report 30"))["report"]["days"] == 30
    now = (await say("/settings --threshold 0.25 --paused on --deny video --deny_models flux*,sora*"))[
        "settings"
    ]
    assert (now["threshold"]["shown"], now["paused"], now["denied_capabilities"]) == (
        "$0.25",
        True,
        ["video"],
    )
    now = (await say("/settings --paused off --deny none --deny_models none"))["settings"]
    assert (now["denied_capabilities"], now["denied_models"]) == ([], [])
    assert (await say("/estimate generate a cat --model seedream-4.5", "mia"))["price"]["shown"] == "$0.04"
    quotes = (await say("/compare a cat --models seedream-4.5,flux.2-pro --n 2", "mia"))["quotes"]
    assert [(row["model"], row["command"]) for row in quotes] == [
        ("flux.2-pro", "/generate a cat --model flux.2-pro --n 2"),
        ("seedream-4.5", "/generate a cat --model seedream-4.5 --n 2"),
    ]
    assert len((await say("/compare generate a cat", "mia"))["quotes"]) == 5
    assert (await say("/models topaz"))["total"] == 1
    assert "budget" not in {item["name"] for item in (await say("/help", "mia"))["commands"]}
    for text, who, status in (
        ("/budget set mia $1", "mia", 403),
        ("/settings --paused on", "mia", 403),
        ("/budget dance", "ada", 400),
        ("/budget set nobody $5", "ada", 400),
        ("/budget remove ned", "ada", 200),
        ("/settings --zone Nowhere/Land", "ada", 400),
        ("/balanc", "mia", 400),
        ("/cancel", "mia", 400),
        ("/generate a cat", "mia", 400),
    ):
        got, _ = await site.call("POST", "/api/commands", json={"text": text}, who=who)
        assert got == status, text


# events


async def test_events_tell_a_request_from_price_to_receipt_and_resume(site: Site) -> None:
    async with site.events() as events:
        request_id = await site.order("/generate a cat --model seedream-4.5")
        seen: list[str] = []
        async for kind, data in events:
            if data.get("id") == request_id:
                seen.append(data["state"])
            if kind == "request" and data["state"] == "delivered":
                break
    assert seen[-1] == "delivered"
    async with site.http.get(f"{site.server.url}/api/events", headers={"Last-Event-ID": "0000-1"}) as answer:
        head = b""
        while b"event: " not in head:
            head += await answer.content.readany()
    assert b"event: reset" in head


async def test_a_browser_that_was_away_gets_what_it_missed(site: Site) -> None:
    async def read(last_id: str, until: bytes) -> bytes:
        head = {"Last-Event-ID": last_id} if last_id else {}
        async with site.http.get(f"{site.server.url}/api/events", headers=head) as answer:
            got = b""
            while until not in got:
                got += await answer.content.readany()
            return got

    hello = await read("", b"event: hello")
    last_id = next(line for line in hello.decode().splitlines() if line.startswith("id: "))[4:]
    request_id = await site.order("/generate a cat --model flux.1-schnell")
    await site.ended(request_id)
    missed = await read(last_id, b'"state":"delivered"')
    assert request_id.encode() in missed
    assert b"event: reset" not in missed


# presses and amounts


@pytest.mark.parametrize("press", ["repeat", "vary", "upscale"])
async def test_a_button_pressed_twice_is_one_order_and_the_second_press_is_told(
    site: Site, press: str
) -> None:
    first = await site.run("/generate a hut --model seedream-4.5")
    path = f"/api/requests/{first['id']}/{press}"
    once, twice = await asyncio.gather(site.post(path, {}), site.post(path, {}))
    assert once["request_id"] == twice["request_id"]
    assert sorted(("note" in once, "note" in twice)) == [False, True]
    assert (once.get("note") or twice.get("note")) == "Already on it."
    other = await site.post(path, {}, who="ned")
    assert other["request_id"] != once["request_id"]


async def test_a_line_run_by_a_button_twice_is_one_order_and_a_typed_one_is_two(site: Site) -> None:
    line = "/generate a hut --model seedream-4.5"
    pressed = [await site.post("/api/orders", {"text": line, "press": "note-1"}) for _ in range(2)]
    assert pressed[0]["request_id"] == pressed[1]["request_id"]
    assert pressed[1]["note"] == "Already on it."
    typed = [await site.post("/api/orders", {"text": line}) for _ in range(2)]
    assert len({one["request_id"] for one in (*pressed, *typed)}) == 3
    status, error = await site.refused("/api/orders", {"text": line, "press": "x" * 301})
    assert (status, error["field"]) == (400, "press")


async def test_limits_are_read_as_people_type_them_or_refused_with_a_sentence(site: Site) -> None:
    shown = await site.post("/api/admin/budgets", {"who": "mia", "limit": "1,50"}, who="ada")
    assert shown["budgets"][-1]["limit"]["micros"] == 1_500_000
    for text, says in (
        ("-5", "$0 or more"),
        ("1,000", "could mean $1,000.00 or $1.00"),
        ("lots", "nobody called"),
    ):
        status, error = await site.refused(
            "/api/commands", {"text": f"/budget set mia {text} day"}, who="ada"
        )
        assert status in (400, 404)
        assert says in error["message"]


async def test_an_edit_without_a_budget_is_refused_before_its_picture_is_decoded(site: Site) -> None:
    await site.post("/api/admin/budgets", {"who": "ned", "limit": "0", "window": "day"}, who="ada")
    data = form({"text": "/edit a red hat --model seedream-4.5"}, image=b"not a picture at all")
    status, body = await site.call("POST", "/api/orders", data=data, who="ned")
    assert (status, body["error"]["code"]) == (402, "budget_exceeded")
    assert "has nothing left" in body["error"]["message"]
    assert body["error"]["price"] is None


@pytest.mark.parametrize("kind", ["fields", "files", "parts"])
async def test_a_form_without_a_length_is_read_up_to_its_limit_and_no_further(site: Site, kind: str) -> None:
    sent = 0

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal sent
        size = 0 if kind == "parts" else 900_000
        for number in range(400):
            name = f'"image{number % 9}"; filename="x.png"' if kind == "files" else f'"f{number}"'
            head = f"--cut\r\nContent-Disposition: form-data; name={name}\r\n\r\n".encode()
            sent += size
            yield head + b"x" * size + b"\r\n"

    headers = {"Content-Type": "multipart/form-data; boundary=cut"}
    try:
        status, body = await site.call("POST", "/api/orders", data=pieces(), headers=headers)
    except aiohttp.ClientError:  # the answer was there, and the line was cut while we still sent
        assert sent < 100_000_000
    else:
        expected = (400, "invalid_order") if kind == "files" else (413, "too_large")
        assert (status, body["error"]["code"]) == expected
        assert sent < 100_000_000


async def test_files_of_the_page_are_packed_and_sent_once(tmp_path: Path) -> None:
    async with running_playground(tmp_path) as site:
        address = f"{site.server.url}/static/js/main.js"
        async with site.http.get(address, headers={"Accept-Encoding": "identity"}) as plain:
            words, tag = await plain.text(), plain.headers["ETag"]
            assert (plain.content_type, "Content-Encoding" in plain.headers) == ("text/javascript", False)
        async with site.http.get(address, headers={"Accept-Encoding": "gzip"}) as packed:
            assert packed.headers["Content-Encoding"] == "gzip"
            assert int(packed.headers["Content-Length"]) < len(words) / 2
            assert await packed.text() == words
        async with site.http.get(address, headers={"If-None-Match": tag}) as known:
            assert (known.status, await known.read()) == (304, b"")
