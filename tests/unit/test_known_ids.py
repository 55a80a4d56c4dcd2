"""Commands refuse ids that name nothing, in one sentence, and change nothing."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from click.testing import Result
from typer.testing import CliRunner

from adapters.cli.main import app
from tests.fakes.environment import bare
from tests.fakes.stack import MIA, Stack, generate, running_stack

HERE = replace(MIA, tenant="slack:T1", person="slack:T1:U1", channel="slack:T1:C1")


async def run(stack: Stack, *args: str) -> Result:
    names = {**bare(), "COLUMNS": "300", "DATA_DIR": str(stack.core.settings.data_dir)}
    return await asyncio.to_thread(CliRunner().invoke, app, list(args), env=names)


REFUSED = {
    "a place of no form": ("budget set 5 --tenant nonsense", "is not an id such as"),
    "a place that nobody used": ("budget set 5 --tenant discord:99", "Nothing is known of the place"),
    "a person of no form": (f"budget set 5 --tenant {HERE.tenant} --scope person --subject mia", "not an id"),
    "an unknown person": (
        f"budget set 5 --tenant {HERE.tenant} --scope person --subject discord:9",
        "Nothing is known of the person",
    ),
    "a person without an id": (f"budget set 5 --tenant {HERE.tenant} --scope person", "Say which person"),
    "a place with a subject": (
        f"budget set 5 --tenant {HERE.tenant} --subject {HERE.person}",
        "no --subject",
    ),
    "limits of nothing": ("budget list --tenant discord:99", "Nothing is known of the place"),
    "trust in nothing": ("budget trust discord:99", "Nothing is known of the place"),
    "nothing explained": ("budget why discord:99 discord:1", "Nothing is known of the place"),
    "nobody explained": (f"budget why {HERE.tenant} mia", "not an id"),
    "no budget": ("budget remove nope", "There is no budget called nope"),
    "a budget of another place": ("budget remove budget:discord:9:tenant::month", "There is no budget"),
    "a report of nothing": ("budget report --tenant discord:99", "Nothing is known of the place"),
    "nobody to erase": ("erase discord:1 --yes", "Nothing is known of the person"),
    "nobody of no form to erase": ("erase mia --yes", "not an id"),
    "nobody to export": ("export-person discord:1", "Nothing is known of the person"),
    "requests of nobody": ("requests --person discord:1", "Nothing is known of the person"),
    "requests of no place": ("requests --tenant discord:99", "Nothing is known of the place"),
    "no request": ("requests req_nothing", "There is no request"),
}


async def test_what_names_nothing_is_refused_in_one_sentence(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    async with running_stack(tmp_path) as stack:
        await stack.run(generate(), HERE)
        await stack.settled()
        wrong: list[str] = []
        for name, (line, words) in REFUSED.items():
            said = await run(stack, *line.split())
            if said.exit_code not in (1, 2) or words not in said.output or "Traceback" in said.output:
                wrong.append(f"{name}: {said.exit_code} {said.output}")
        assert wrong == []
        assert await stack.core.store.budgets("*") == []
        assert await stack.core.store.budgets(HERE.tenant) == []
        assert len(await stack.core.store.of_person(HERE.person)) == 1


@pytest.mark.parametrize(
    "line",
    [
        "budget set 5 --tenant discord:99 --new",
        f"budget set 5 --tenant {HERE.tenant}",
        f"budget set 5 --tenant {HERE.tenant} --scope person --subject {HERE.person}",
        f"budget set 5 --tenant {HERE.tenant} --scope person --subject *",
        "budget set 5",
    ],
)
async def test_what_is_there_is_set_shown_and_removed(tmp_path, line):
    async with running_stack(tmp_path) as stack:
        await stack.run(generate(), HERE)
        await stack.settled()
        said = await run(stack, *line.split())
        assert said.exit_code == 0, said.output
        budget = said.output.partition(": $")[0]
        removed = await run(stack, "budget", "remove", budget)
        assert removed.exit_code == 0, removed.output
        again = await run(stack, "budget", "remove", budget)
        assert (again.exit_code, "There is no budget" in again.output) == (2, True)
