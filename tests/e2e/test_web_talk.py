"""The playground's box is spoken to: over its JSON API, as its page does it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from tests.fakes.playground import Site, running_playground


async def said(site: Site, text: str, **more: Any) -> Any:
    """The message once it is understood."""
    answer = await site.post("/api/say", {"text": text, **more})
    return await site.ended(answer["request_id"])


async def became(site: Site, message: str, count: int, *states: str) -> list[Any]:
    """The orders of a message, each in one of these states."""
    async with asyncio.timeout(20):
        while True:
            views = (await site.get("/api/channel"))["messages"]
            orders = [view for view in views if view["parent_id"] == message]
            if len(orders) == count and all(view["state"] in states for view in orders):
                return sorted(orders, key=lambda view: view["part"]["place"])
            await asyncio.sleep(0.02)


async def test_words_become_an_order_whose_picture_can_be_talked_about(tmp_path: Path) -> None:
    async with running_playground(tmp_path, ask_first=False) as site:
        first = await said(site, "draw a fox in the snow")
        assert first["reading"]["orders"] == 1
        (fox,) = await became(site, first["id"], 1, "delivered")
        assert (fox["command"].split()[0], fox["part"]["made"]) == ("/generate", "p1")
        assert "for understanding you" in fox["receipt"]
        second = await said(site, "make it night")
        (night,) = await became(site, second["id"], 1, "delivered", "awaiting_confirmation")
        assert (night["part"]["uses"], night["part"]["made"]) == (["p1"], "p2")
        status, picture = await _bytes(site, night["inputs"][0]["url"])
        assert (status, picture[:4]) == (200, b"\x89PNG")
        found = await site.get("/api/conversation")
        assert [one["name"] for one in found["pictures"]] == ["p1", "p2"]
        answer = await said(site, "tell me a fun fact about foxes")
        assert answer["text"]
        assert answer["reading"]["orders"] == 0


async def _bytes(site: Site, path: str) -> tuple[int, bytes]:
    async with site.http.get(site.server.url + path, headers={"X-Demo-Person": "mia"}) as answer:
        return answer.status, await answer.read()


async def test_a_plan_has_one_button_and_a_yes_presses_it(tmp_path: Path) -> None:
    async with running_playground(tmp_path, ask_first=False) as site:
        site.stack.sandbox.script(
            "both", ("generate", {"prompt": "a fox", "model": "seedream-4.5"}), ("upscale", {})
        )
        message = await said(site, "both please")
        orders = await became(site, message["id"], 2, "awaiting_confirmation")
        assert orders[1]["inputs"][0]["url"] == f"/media/{orders[0]['id']}/0", "the picture that it will be"
        plan = (await site.get(f"/api/requests/{message['id']}"))["plan"]
        assert plan["total"]["micros"] == sum(view["estimate"]["micros"] for view in orders)
        path = f"/api/requests/{message['id']}/agree"
        status, error = await site.refused(path, {"shown": plan["total"]["micros"] - 1})
        assert (status, error["code"]) == (409, "price_moved")
        status, _error = await site.refused(path, {"shown": plan["total"]["micros"]}, who="ada")
        assert status == 403
        async with asyncio.timeout(20):
            while not all([(await site.stack.row(view["id"])).notified for view in orders]):
                await asyncio.sleep(0.02)
        answer = await site.post("/api/say", {"text": "ok do it"})
        assert (answer["kind"], answer["reply"]) == ("said", "agreed")
        await became(site, message["id"], 2, "delivered")
        assert (await site.get(f"/api/requests/{message['id']}"))["plan"] is None


async def test_nothing_is_bought_where_there_is_no_picture(tmp_path: Path) -> None:
    async with running_playground(tmp_path, ask_first=False) as site:
        site.stack.sandbox.script("bigger", ("upscale", {}))
        message = await said(site, "bigger please")
        assert message["reading"]["orders"] == 0
        assert [note["kind"] for note in message["reading"]["notes"]] == ["missing"]


async def test_a_reply_to_somebody_elses_picture_works_on_that_picture(tmp_path: Path) -> None:
    async with running_playground(tmp_path, ask_first=False) as site:
        site.stack.sandbox.script("make it night", ("edit", {"prompt": "make it night"}))
        theirs = await site.post("/api/say", {"text": "draw a fox"}, who="ada")
        await site.ended(theirs["request_id"])
        (fox,) = await became(site, theirs["request_id"], 1, "delivered")
        await became(site, (await said(site, "draw a hare"))["id"], 1, "delivered")
        message = await said(site, "make it night", reply_to=fox["id"], index=0)
        (night,) = await became(site, message["id"], 1, "delivered", "awaiting_confirmation")
        assert (night["part"]["uses"], night["part"]["made"]) == (["p2"], "p3")


async def test_where_no_model_may_be_asked_choices_have_prices(tmp_path: Path) -> None:
    async with running_playground(tmp_path, ask_first=False) as site:
        await site.post("/api/admin/settings", {"denied_capabilities": ["chat"]}, who="ada")
        answer = await site.post("/api/say", {"text": "a red fox in the snow"})
        assert answer["kind"] == "choices"
        commands = [one["command"] for one in answer["choices"]]
        assert commands == ["/generate a red fox in the snow", "/video a red fox in the snow"]
        assert all(one["price"]["micros"] > 0 for one in answer["choices"])
        assert site.stack.sandbox.charged_micros == 0


async def test_prices_are_compared_and_run_for_the_picture_that_is_meant(tmp_path: Path) -> None:
    async with running_playground(tmp_path, ask_first=False) as site:
        models = ["seedream-4.5", "gpt-image-1.5"]
        wanted = {"tool": "edit", "options": {"prompt": "make it night"}, "models": models}
        site.stack.sandbox.script("which is cheaper", ("compare", wanted))
        await became(site, (await said(site, "draw a fox"))["id"], 1, "delivered")
        message = await said(site, "which is cheaper for making it night?")
        path = f"/api/requests/{message['id']}"
        quotes = (await site.get(f"{path}/prices"))["quotes"]
        assert sorted(one["model"] for one in quotes) == sorted(models)
        assert all(one["price"] for one in quotes)
        status, _error = await site.refused(f"{path}/run", {"model": "flux.2-pro"})
        assert status == 400
        status, _error = await site.refused(f"{path}/run", {"model": models[0]}, who="ada")
        assert status == 403
        accepted = await site.post(f"{path}/run", {"model": models[0]})
        night = await site.ended(accepted["request_id"])
        assert (night["part"]["uses"], night["model"]) == (["p1"], models[0])
