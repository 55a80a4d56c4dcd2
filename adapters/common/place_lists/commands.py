"""The commands themselves: typed as a line, or one by one where a platform has options for each.

project · project add Acme · project rename Acme to Acme 2 · project close Acme · project default Acme
style · style set House = a {prompt} in soft light --model flux.2-pro · style remove House
statement · statement create 2026-10 · statement show 2026-10 · statement verify 2026-10
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from adapters.common.place_lists import texts
from adapters.common.place_lists.statement_files import StatementFile, statement_files
from bot.core.command_parser import read
from bot.core.errors import InvalidOrder
from bot.core.options import OPTIONS
from bot.core.place_lists.styles import Style
from bot.core.request import Actor
from bot.use_cases.admin import Admin
from bot.use_cases.place_lists.statement_csv import csv_chunks

VERBS = frozenset(("project", "projects", "style", "styles", "statement", "statements"))
_TO = re.compile(r"\s+(?:to|>|->)\s+")
_STYLE = [option for option in OPTIONS if option.name not in ("prompt", "image", "mask")]


@dataclass(frozen=True, kw_only=True)
class ListAnswer:
    """Words for the admin who asked, and perhaps files. `month` is that of a statement that was asked for."""

    text: str
    files: Sequence[StatementFile] = ()
    month: str = ""


class PlaceLists:
    """Runs them; the core checks each time that the person is an admin.

    Without `makes_files` a statement is only named, for a surface that hands files out by itself.
    """

    def __init__(self, admin: Admin, *, makes_files: bool = True) -> None:
        self._admin = admin
        self._makes_files = makes_files

    async def typed(self, actor: Actor, verb: str, line: str) -> ListAnswer:
        """A command as a line. Raises Refusal."""
        sub, _gap, rest = line.strip().partition(" ")
        match verb.removesuffix("s"):
            case "project":
                return ListAnswer(text=await self._project(actor, sub.lower(), rest.strip()))
            case "style":
                return ListAnswer(text=await self._style(actor, sub.lower(), rest.strip()))
            case _:
                return await self._statement(actor, sub.lower(), rest.strip())

    # projects

    async def _project(self, actor: Actor, sub: str, rest: str) -> str:
        match sub:
            case "" | "list":
                return await self.projects(actor)
            case "add" if rest:
                return texts.projects(await self._admin.projects.add(actor, _bare(rest)))
            case "rename" if len(names := _TO.split(rest, maxsplit=1)) == 2:
                return await self.rename(actor, _bare(names[0]), _bare(names[1]))
            case "close" | "reopen" if rest:
                return await self.close(actor, _bare(rest), is_closed=sub == "close")
            case "default" if rest:
                return await self.default(actor, _bare(rest))
            case _:
                raise InvalidOrder(texts.project_usage(), field="project")

    async def projects(self, actor: Actor) -> str:
        """The list, for anybody."""
        default = await self._admin.projects.of_channel(actor)
        return texts.projects(await self._admin.projects.all(actor), default)

    async def add(self, actor: Actor, name: str) -> str:
        """A new project."""
        return texts.projects(await self._admin.projects.add(actor, name))

    async def rename(self, actor: Actor, old: str, new: str) -> str:
        """Another name for one."""
        return texts.projects(await self._admin.projects.rename(actor, old, new))

    async def close(self, actor: Actor, name: str, *, is_closed: bool) -> str:
        """Closed, or open again."""
        return texts.projects(await self._admin.projects.close(actor, name, is_closed=is_closed))

    async def default(self, actor: Actor, name: str, channel: str = "") -> str:
        """The project of the channel that it is asked in, or of another one."""
        made = await self._admin.projects.set_default(actor, channel or actor.channel, name)
        return texts.default_set(made)

    # styles

    async def _style(self, actor: Actor, sub: str, rest: str) -> str:
        match sub:
            case "" | "list":
                return await self.styles(actor)
            case "remove" if rest:
                return await self.remove_style(actor, _bare(rest))
            case "set" if "=" in rest:
                name, _equals, words = rest.partition("=")
                return await self.set_style(actor, _bare(name), words.strip())
            case _:
                raise InvalidOrder(texts.style_usage(), field="style")

    async def styles(self, actor: Actor) -> str:
        """The list, for anybody."""
        return texts.styles(await self._admin.styles.all(actor))

    async def set_style(self, actor: Actor, name: str, words: str, model: str = "", options: str = "") -> str:
        """A style with its words; options are typed behind them or apart. Raises InvalidOrder."""
        return texts.style_set(await self.made_style(actor, name, words, model, options))

    async def made_style(self, actor: Actor, name: str, words: str, model: str, options: str) -> Style:
        """The same, as it is kept."""
        found = read(f"{words} {options}".strip(), _STYLE, command="style")
        given = dict(found.options)
        model = given.pop("model", "") or model
        return await self._admin.styles.set(actor, name, found.text, model=model, options=given)

    async def remove_style(self, actor: Actor, name: str) -> str:
        """Remove one."""
        await self._admin.styles.remove(actor, name)
        return texts.style_removed()

    # statements

    async def _statement(self, actor: Actor, sub: str, rest: str) -> ListAnswer:
        match sub:
            case "" | "list":
                return ListAnswer(text=await self.statements(actor))
            case "create":
                return ListAnswer(text=await self.create_statement(actor, rest))
            case "verify" if rest:
                return ListAnswer(text=await self.verify_statement(actor, rest))
            case "show" if rest:
                return await self.statement(actor, rest)
            case _ if sub[:2] == "20" and not rest:
                return await self.statement(actor, sub)
            case _:
                raise InvalidOrder(texts.statement_usage(), field="month")

    async def statements(self, actor: Actor) -> str:
        """The closed months."""
        return texts.statements(await self._admin.statements.all(actor))

    async def create_statement(self, actor: Actor, month: str) -> str:
        """Close a month, by default the last one."""
        return texts.statement(await self._admin.statements.create(actor, month))

    async def verify_statement(self, actor: Actor, month: str) -> str:
        """Add one up again."""
        return texts.check(await self._admin.statements.check(actor, month))

    async def statement(self, actor: Actor, month: str) -> ListAnswer:
        """One as files. Raises InvalidOrder for one that is too large for a chat."""
        found, tenant = await self._admin.statements.show(actor, month)
        if not self._makes_files:
            return ListAnswer(text=texts.statement(found), month=found.month)
        statements = self._admin.statements
        chunks = csv_chunks(statements.store, found, tenant, statements.identity_key)
        files = await statement_files(chunks, file_name(tenant.id, found.month).removesuffix(".csv"))
        lines = [texts.statement(found)]
        if files[0].name.endswith(".zip"):
            lines.append(texts.packed(len(files)))
        return ListAnswer(text="\n".join(lines), files=files, month=found.month)


def file_name(tenant: str, month: str) -> str:
    """`statement-discord-123-2026-10.csv`."""
    return f"statement-{re.sub(r'[^A-Za-z0-9]+', '-', tenant)}-{month}.csv"


def _bare(text: str) -> str:
    """A name without the quotes around it."""
    text = text.strip()
    return text[1:-1] if len(text) > 1 and text[0] in "\"'“" and text[-1] in "\"'”" else text
