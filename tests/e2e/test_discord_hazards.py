"""What breaks Discord bots in production, provoked; every test fails without its counter-measure.

`HAZARDS` pairs each hazard and what is done about it with the tests that fall when that is taken out.
"""

from __future__ import annotations

import asyncio
import gc
import re
import threading
from pathlib import Path
from typing import Any

from adapters.discord.addressing import Reply
from adapters.discord.views.buttons import RequestButton
from bot.core.money import Micros
from bot.core.request import State
from bot.core.said import Said
from bot.images import preparation
from tests.fakes.discord_server.transcript import all_text
from tests.fakes.discord_stage import CHEAP, staged, upload

HAZARDS = {
    "A view that mixes a lasting button with another kind, or ends, unregisters the button for the whole bot:"
    " lasting messages hold `RequestButton` alone, in views without end": (
        "e2e/test_discord_hazards::test_lasting_buttons_stay_registered_whatever_views_come_and_go",
        "unit/test_discord_render::test_lasting_messages_hold_nothing_that_lives_in_memory",
        "unit/test_discord_render::test_every_message_is_within_the_limits",
    ),
    "Errors under a button are logged and shown to nobody: callbacks run inside `ActiveInteractions.serve`": (
        "e2e/test_discord_hazards::test_an_error_under_a_button_is_answered",
    ),
    "After a 5xx the library posts again: results are edits, or carry a nonce": (
        "e2e/test_discord_delivery::test_a_broken_line_or_an_ill_discord_delays_the_result_and_never_doubles_it",
        "e2e/test_discord_delivery::test_a_new_message_is_not_doubled_by_an_answer_that_got_lost",
    ),
    "A reset connection is not tried again on Linux: the outbox and the first answer do it": (
        "e2e/test_discord_hazards::test_a_mention_on_a_broken_line_is_answered_all_the_same",
        "e2e/test_discord_hazards::test_a_first_answer_whose_line_broke_is_still_ours",
        "e2e/test_discord_delivery::test_a_broken_line_or_an_ill_discord_delays_the_result_and_never_doubles_it",
    ),
    "Events replayed after a RESUME may be stale: nothing is spent or changed before they are answered": (
        "e2e/test_discord_hazards::test_an_event_replayed_too_late_spends_nothing",
        "e2e/test_discord_hazards"
        "::test_what_changes_something_changes_it_once_and_never_for_a_dead_interaction",
    ),
    "A blocking call kills everybody's interactions: pictures are cleaned in threads": (
        "e2e/test_discord_hazards::test_pictures_are_cleaned_while_everybody_else_is_served",
    ),
    "Two processes on one shard get every event: an interaction is claimed by its id": (
        "e2e/test_discord_lifecycle::test_two_processes_on_one_shard_run_and_charge_each_request_once",
        "e2e/test_discord_hazards::test_the_same_interaction_twice_is_one_request_and_one_charge",
        "e2e/test_discord_hazards::test_the_same_mention_twice_is_one_answer",
    ),
    "SIGTERM leaves messages thinking: the signal is handled, presses end, the next start goes on": (
        "e2e/test_discord_lifecycle::test_a_stop_leaves_nobody_waiting_on_a_bot_that_thinks",
        "e2e/test_discord_lifecycle"
        "::test_killed_before_it_knew_of_its_own_placeholder_the_next_start_takes_it_back",
    ),
    "Suggestions that fail or are slow show an error: they come from memory, in time, or not at all": (
        "e2e/test_discord_commands::test_suggestions_come_from_memory_and_a_broken_database_gives_none",
        "unit/test_discord_adapter_parts::test_suggestions_survive_a_slow_database",
        "unit/test_discord_adapter_parts::test_suggestions_that_take_too_long_or_fail_are_left_out",
    ),
    "A token dies after fifteen minutes: the message is edited by channel and id": (
        "e2e/test_discord_delivery::test_after_fifteen_minutes_the_same_message_is_edited_by_the_bot",
    ),
    "A public first answer makes a refusal public: what can be refused at once is, the rest is told aside": (
        "e2e/test_discord_buttons"
        "::test_a_budget_refusal_is_private_and_an_admin_can_grant_exactly_that_price",
        "e2e/test_discord_buttons"
        "::test_a_refusal_that_only_the_price_reveals_replaces_the_public_placeholder",
    ),
    "A price that expires must still change its message: that too is an edit by channel and id": (
        "e2e/test_discord_buttons::test_a_price_declined_or_left_too_long_costs_nothing",
    ),
    "Commands handed over on every connection use up the day's allowance: a hash is remembered": (
        "e2e/test_discord_lifecycle::test_commands_are_handed_over_only_when_they_have_changed",
    ),
    "Missing permissions cost a paid result at its end: they are looked at before, and addresses follow": (
        "e2e/test_discord_delivery::test_a_video_is_refused_unpaid_where_it_could_not_be_posted_later",
        "e2e/test_discord_delivery::test_where_the_bot_may_no_longer_speak_the_asker_is_told_directly",
        "e2e/test_discord_delivery::test_an_archived_thread_hands_over_to_a_direct_message",
    ),
    "Addresses of files die: results are uploaded, pictures kept or taken again from the message": (
        "e2e/test_discord_commands::test_a_picture_comes_with_its_receipt_and_its_buttons",
        "e2e/test_discord_buttons::test_a_result_whose_copy_is_gone_is_taken_from_discord",
    ),
    "One file too large fails the whole message: a smaller copy, then a link": (
        "e2e/test_discord_delivery::test_a_file_limit_that_lies_brings_a_smaller_copy",
        "e2e/test_discord_delivery::test_what_fits_nowhere_is_a_link_that_says_until_when",
    ),
    "People's words are markup and mentions: escaped, clamped, and nobody is ever pinged": (
        "e2e/test_discord_hazards::test_words_of_people_are_never_markup_and_ping_nobody",
        "unit/test_discord_render::test_every_message_is_within_the_limits",
    ),
    "A check before a charge loses the race: the ledger holds before it buys": (
        "e2e/test_discord_hazards::test_many_people_cannot_spend_more_than_the_budget_holds",
    ),
    "Tasks nobody holds are lost or never end: all are kept in one place, and a stop leaves none": (
        "e2e/test_discord_hazards::test_nothing_is_left_running_after_a_stop",
    ),
    "State in views is gone after a restart: buttons and forms carry a verb and an id": (
        "e2e/test_discord_buttons::test_buttons_and_open_forms_outlive_the_process",
    ),
    "An event the library cannot read ends the whole client: readers are guarded (`payload_guard`)": (
        "e2e/test_fuzz_discord::test_any_body_leaves_the_connection_open",
    ),
}
TESTS = Path(__file__).parents[1]


def test_every_hazard_names_tests_that_exist():
    for pair in {pair for pairs in HAZARDS.values() for pair in pairs}:
        module, _, name = pair.partition("::")
        written = (TESTS / f"{module}.py").read_text()
        assert re.search(rf"^(async )?def {name}\(", written, re.MULTILINE), pair


async def test_lasting_buttons_stay_registered_whatever_views_come_and_go(tmp_path):
    """A view that mixes dynamic and ordinary buttons unregisters the class for the whole bot when it ends."""
    async with staged(tmp_path) as stage:
        store = stage.app.client._connection._view_store
        pattern = RequestButton.__discord_ui_compiled_template__
        await stage.change(threshold=Micros(10_000))
        waiting = await (await stage.slash("generate", prompt="a fox", model=CHEAP)).message(
            "can confirm it until", timeout=30
        )
        await stage.server.click(stage.mira, waiting, "Run it for $0.04")
        await stage.admin("settings")
        await stage.stack.settled()
        gc.collect()
        assert store._dynamic_items == {pattern: RequestButton}
        assert store._views == {}
        assert store._synced_message_views == {}


async def test_an_error_under_a_button_is_answered(tmp_path):
    """discord.py only logs it, and the person sees "This interaction failed"."""
    async with staged(tmp_path) as stage:
        result = await stage.result()
        await stage.stack.core.store.close()
        for button in ("More", "Vary", "Edit"):
            pressed = await stage.server.click(stage.mira, result, button)
            told = await pressed.message("I cannot save anything right now")
            assert told.ephemeral


async def test_an_event_replayed_too_late_spends_nothing(tmp_path):
    """After a RESUME Discord replays what was missed; the interaction may be dead by then."""
    async with staged(tmp_path) as stage:
        [session] = stage.server.gateway.connected()
        stage.server.gateway.drop(session)
        handle = await stage.slash("generate", prompt="a fox", model=CHEAP)
        stage.server.clock.advance(4)
        await stage.server.gateway.wait_resumed(session)
        await handle.refused("10062")
        assert await stage.app.context.interactions.empty(10)
        assert await stage.charged() == 0
        assert await stage.rows() == []


async def test_an_event_replayed_in_time_is_served(tmp_path):
    async with staged(tmp_path) as stage:
        [session] = stage.server.gateway.connected()
        stage.server.gateway.drop(session)
        handle = await stage.slash("generate", prompt="a fox", model=CHEAP)
        await handle.message("charged **", timeout=30)
        assert await stage.charged() == 40_000


async def test_pictures_are_cleaned_while_everybody_else_is_served(tmp_path, monkeypatch):
    """Any blocking call of three seconds kills every interaction of the process."""
    begun, answered, clean = threading.Event(), threading.Event(), preparation.as_it_is
    waited: list[bool] = []

    def slowly(*args: Any) -> Any:
        begun.set()
        waited.append(answered.wait(5))
        return clean(*args)

    monkeypatch.setattr(preparation, "as_it_is", slowly)
    async with staged(tmp_path) as stage:
        edit = await stage.slash("edit", prompt="night", image=upload(), model=CHEAP)
        while not begun.is_set():
            await asyncio.sleep(0.01)
        other = await stage.slash("balance")
        await other.message("no budget limit")
        answered.set()
        await edit.message("charged **", timeout=30)
    assert waited == [True]


async def test_the_same_interaction_twice_is_one_request_and_one_charge(tmp_path):
    async with staged(tmp_path) as stage:
        handle = await stage.slash("generate", prompt="a fox", model=CHEAP)
        stage.server.redeliver(handle)
        stage.server.redeliver(handle)
        await handle.message("charged **", timeout=30)
        answers = [line for line in stage.server.requests("POST /interactions/") if str(handle.id) in line]
        assert len(answers) == 1
        assert handle.refusals == []
        assert await stage.charged() == 40_000
        assert len(await stage.rows()) == 1


async def test_what_changes_something_changes_it_once_and_never_for_a_dead_interaction(tmp_path):
    """A grant that is delivered twice, or replayed too late, must not be a second grant."""
    async with staged(tmp_path) as stage:
        await stage.admin("budget set", amount="1")
        [budget] = await stage.server.autocomplete(stage.ada, stage.lounge, "budget grant", "budget")
        options = {"budget": budget["value"], "amount": "1", "member": stage.mira}
        twice = await stage.server.slash(stage.ada, stage.lounge, "budget grant", **options)
        stage.server.redeliver(twice)
        await twice.message("Granted")
        await twice.refused("40060")
        late = await stage.server.slash(stage.ada, stage.lounge, "budget grant", **options)
        stage.server.clock.advance(4)
        await late.refused("10062")
        balance = await stage.slash("balance")
        assert "$2.00 of $2.00 left" in stage.server.render(await balance.message("left"))


async def test_the_same_mention_twice_is_one_answer(tmp_path):
    async with staged(tmp_path) as stage:
        said = await stage.server.mention(stage.mira, stage.art, "/edit night please", [upload()])
        stage.server.gateway.dispatch_message("MESSAGE_CREATE", said)
        await stage.server.wait_message(stage.art, "charged **", timeout=30)
        assert len(await stage.rows()) == 1
        mine = [item for item in stage.art.messages.values() if item.author is stage.server.world.bot]
        assert len(mine) == 1


async def test_a_mention_on_a_broken_line_is_answered_all_the_same(tmp_path):
    """discord.py repeats nothing on Linux when the connection is reset."""
    async with staged(tmp_path) as stage:
        stage.server.faults.add(r"POST /channels/\d+/messages", times=2, reset=True)
        await stage.server.mention(stage.mira, stage.art, "/edit night please", [upload()])
        await stage.server.wait_message(stage.art, "charged **", timeout=30)


async def test_a_first_answer_whose_line_broke_is_still_ours(tmp_path):
    async with staged(tmp_path) as stage:
        stage.server.faults.add(r"POST /interactions/", times=1, reset=True, after=True)
        handle = await stage.slash("generate", prompt="a fox", model=CHEAP)
        await handle.message("charged **", timeout=30)
        assert await stage.charged() == 40_000


async def test_words_of_people_are_never_markup_and_ping_nobody(tmp_path):
    async with staged(tmp_path) as stage:
        ada = stage.ada.user.mention
        nasty = f"@everyone <@&1> {ada} **bold** `code` [link](https://evil.example) # x ||spoiler|| <t:0:R>"
        handle = await stage.slash("generate", prompt=nasty, model=CHEAP)
        message = await handle.message("charged **", timeout=30)
        assert message.pings == []
        shown = all_text(message)
        for markup in ("**bold**", "`code`", "[link](", "||spoiler||", " <@&1>", f" {ada}", " <t:0:R>"):
            assert markup not in shown
        made = await stage.admin("budget set", amount="5", member=stage.mira)
        assert (await made.message("Set:")).pings == []
        history = await stage.slash("history")
        assert "**bold**" not in stage.server.render(await history.message("Your requests"))


async def test_many_people_cannot_spend_more_than_the_budget_holds(tmp_path):
    async with staged(tmp_path) as stage:
        await stage.admin("budget set", amount="0.25", server=True)
        handles = await asyncio.gather(
            *(stage.slash("generate", prompt=f"fox {number}", model=CHEAP) for number in range(20))
        )
        for handle in handles:
            await stage.server.wait_for(lambda: handle.followups or "charged **" in handle.text(), timeout=30)  # noqa: B023
        assert 0 < await stage.charged() <= 250_000
        states = [row.state for row in await stage.rows()]
        assert states.count(State.DELIVERED) * 40_000 == await stage.charged()
        assert set(states) == {State.DELIVERED, State.REFUSED}


async def test_a_promise_whose_process_died_is_cleared_and_said_to_be_free(tmp_path):
    async with staged(tmp_path, clear_after_s=0.3) as stage:
        handle = await stage.slash("estimate", capability="generate", prompt="a fox", model=CHEAP)
        await handle.message("would cost")
        reply = {
            "channel_id": stage.art.id,
            "message_id": handle.original.id if handle.original else 0,
            "user_id": stage.mira.user.id,
            "guild_id": stage.guild.id,
            "application_id": stage.server.world.application_id,
            "token": handle.record.token,
            "token_until": 2**53,
        }
        await stage.stack.core.service.inbox.inbox_put("discord", "discord:of-a-dead-process", reply)
        told = await handle.followup("restarted before")
        assert told.ephemeral
        await handle.deleted()
        assert await stage.charged() == 0


async def test_a_yes_whose_process_died_is_said_to_have_been_a_yes(tmp_path):
    """It is no order: nothing but what it was taken to mean is on record."""
    async with staged(tmp_path, clear_after_s=0.3) as stage:
        await stage.change(threshold=Micros(1_000))
        thread = stage.server.add_thread(stage.art, "foxes", stage.mira)
        await stage.server.mention(stage.mira, thread, "draw a red fox")
        await stage.server.wait_message(thread, "confirm it until", timeout=30)
        core, actor = stage.stack.core, stage.actor(stage.mira)
        while not any(
            row.notified == State.AWAITING_CONFIRMATION for row in await core.service.history(actor)
        ):
            await asyncio.sleep(0.02)
        rows = await core.service.history(actor, limit=5)
        said = await stage.server.say(stage.mira, thread, "yes")
        reply = Reply(channel_id=thread.id, guild_id=stage.guild.id, user_id=stage.mira.user.id).to_json()
        await core.talk.say(
            actor,
            Said(words="yes"),
            conversation=next(row.order.conversation for row in rows if row.reading),
            origin="discord",
            reply_to=reply,
            dedupe_key=f"discord:m:{said.id}",
        )
        await core.service.inbox.inbox_put("discord", f"discord:m:{said.id}", reply)
        await stage.server.wait_message(thread, "Agreed, for at most", after=said, timeout=20)
        await stage.charged()
        assert len(await stage.rows()) == len(rows)


async def test_nothing_is_left_running_after_a_stop(tmp_path):
    async with staged(tmp_path) as stage:
        await stage.result()
    left = [task for task in asyncio.all_tasks() if task.get_name().startswith("discord")]
    assert left == []


async def test_rate_limits_like_discords_own_slow_edits_down_and_lose_nothing(tmp_path):
    async with staged(tmp_path) as stage:
        stage.server.limits.like_discord()
        handles = [await stage.slash("generate", prompt=f"fox {number}", model=CHEAP) for number in range(6)]
        for handle in handles:
            await handle.message("charged **", timeout=60)
        assert await stage.charged() == 240_000
