"""Several conversations of one person on the page: each has its own memory, its pictures and its total."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from adapters.web import channel
from adapters.web.conversations import handlers
from tests.fakes.playground import Site, running_playground


async def prompts(site: Site, query: str = "", who: str = "mia") -> list[str]:
    """What was asked in the channel or in a conversation, page after page, oldest first."""
    found, before = list[str](), ""
    while before is not None:
        page = await site.get(f"/api/channel?before={before}&{query}", who=who)
        found = [one["prompt"] for one in page["messages"]] + found
        before = page["before"]
    return found


async def begin(site: Site, who: str = "mia") -> str:
    return str((await site.post("/api/conversations", who=who))["id"])


async def ordered(site: Site, text: str, conversation: str, who: str = "mia") -> Any:
    body = {"text": text, "conversation": conversation}
    answer = await site.post("/api/orders", body, who=who)
    return await site.ended(answer["request_id"], who=who)


async def test_each_conversation_has_its_messages_its_pictures_and_its_total(tmp_path: Path) -> None:
    async with running_playground(tmp_path) as site:
        # Two that begin in the same millisecond stand in any order.
        first, second = sorted([await begin(site), await begin(site)])
        assert (await site.get("/api/conversations"))["conversations"] == []
        fern = await ordered(site, "/generate a fern in the rain --model flux.1-schnell", first)
        await ordered(site, "/generate a stone --model seedream-4.5", second)
        await site.run("/generate a lobby --model flux.1-schnell")
        assert await prompts(site) == ["a lobby"]
        assert await prompts(site, f"conversation={first}") == ["a fern in the rain"]
        again = await site.post(f"/api/requests/{fern['id']}/vary", {"prompt": "a fern in the sun"})
        assert (await site.ended(again["request_id"]))["conversation"] == first
        assert await prompts(site, f"conversation={first}&limit=1") == [
            "a fern in the rain",
            "a fern in the sun",
        ]
        here = await site.get(f"/api/conversation?conversation={first}")
        assert (here["charged"], here["requests"]) == (6000, 2)
        assert [one["name"] for one in here["pictures"]] == ["p1", "p2"]
        assert here["pictures"][0]["url"] == fern["assets"][0]["url"]
        found = (await site.get("/api/conversations"))["conversations"]
        assert [(one["id"], one["title"]) for one in found] == [
            (second, "a stone"),
            (first, "a fern in the rain"),
        ]
        page = await site.get("/api/conversations?limit=1")
        rest = await site.get(f"/api/conversations?limit=1&before={page['before']}")
        assert [rest["conversations"][0]["id"], rest["before"]] == [first, None]


async def test_a_conversation_is_its_persons_own(tmp_path: Path) -> None:
    async with running_playground(tmp_path) as site:
        mine = await begin(site)
        async with site.events() as events:
            view = await ordered(site, "/generate a secret --model flux.1-schnell", mine, who="ned")
            await site.run("/generate a window --model flux.1-schnell", who="ada")
            async for kind, data in events:
                if kind == "request" and data["state"] == "delivered":
                    break
        assert data["prompt"] == "a window"
        assert await prompts(site, f"conversation={mine}", who="mia") == []
        assert (await site.get("/api/conversations", who="mia"))["conversations"] == []
        status, _ = await site.call("GET", f"/api/library/{view['id']}", who="mia")
        assert status == 404
        assert (await site.get(f"/api/library/{view['id']}", who="ned"))["prompt"] == "a secret"
        assert [one["prompt"] for one in (await site.get("/api/library", who="mia"))["results"]] == [
            "a window"
        ]
        again = await site.post(f"/api/requests/{view['id']}/repeat", who="ada")
        assert again["request"]["conversation"] is None
        for path in ("/api/orders", "/api/say", "/api/forget"):
            status, error = await site.refused(path, {"text": "/generate a cat", "conversation": "../ned"})
            assert (status, error["field"]) == (400, "conversation")


async def test_a_chat_is_remembered_and_forgotten_per_conversation(tmp_path: Path) -> None:
    async with running_playground(tmp_path) as site:
        one, two = await begin(site), await begin(site)
        for conversation in (one, two):
            await ordered(site, f"/chat my word is {conversation}", conversation)
            later = await ordered(site, "/chat and what was it", conversation)
            assert later["details"]["remembered_turns"] == 2
        body = {"text": "/forget", "conversation": one}
        assert (await site.post("/api/commands", body))["forgotten_turns"] == 4
        assert (await ordered(site, "/chat again", one))["details"]["remembered_turns"] == 0
        assert (await ordered(site, "/chat again", two))["details"]["remembered_turns"] == 4
        assert (await site.post("/api/forget", {"conversation": two}))["forgotten_turns"] == 6
        assert (await site.post("/api/forget"))["forgotten_turns"] == 0


async def test_a_title_goes_with_the_words_that_it_is_made_of(tmp_path: Path) -> None:
    async with running_playground(tmp_path) as site:
        own = await begin(site)
        await ordered(site, f"/generate {'long words ' * 20} --model flux.1-schnell", own)
        (one,) = (await site.get("/api/conversations"))["conversations"]
        assert one["title"].endswith("words long…")
        assert len(one["title"]) <= handlers.TITLE
        await site.stack.core.store.erase("web:mia")
        found = (await site.get("/api/conversations"))["conversations"]
        assert [one["title"] for one in found] == [""]
        assert (await site.get(f"/api/conversation?conversation={own}"))["title"] == ""


async def test_the_channel_is_found_behind_many_messages_of_conversations(
    tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr(channel, "SCAN", 2)
    monkeypatch.setattr(channel, "SCANS", 2)
    async with running_playground(tmp_path) as site:
        await site.run("/generate the first --model flux.1-schnell")
        own = await begin(site)
        for number in range(5):
            await ordered(site, f"/generate own {number} --model flux.1-schnell", own)
        page = await site.get("/api/channel")
        assert (page["messages"], bool(page["before"])) == ([], True)
        assert await prompts(site) == ["the first"]
