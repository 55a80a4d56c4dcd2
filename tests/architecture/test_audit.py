"""Nothing that admins or the operator change leaves the audit log out.

What writes is read off the store: its methods that run a transaction. Each either takes who does it (`by`) or
the line itself (`audit`), or is named here with the reason why nobody has to be told.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from bot.use_cases import operator, unknown_calls
from bot.use_cases.admin import Admin
from storage.store import SqlStore
from tests.architecture.test_house_rules import ROOT

NOT_RECORDED = {
    "note_erased": "an erasure, of which nothing but a hash may stay",
    "accept": "a person asks",
    "become": "a message becomes orders",
    "move_together": "a person agrees to a plan",
    "point": "a person goes on from an older picture",
    "claim": "work in progress",
    "extend": "work in progress",
    "release_leases": "work in progress",
    "make_job_due": "work in progress",
    "open_code": "a person's own code",
    "enter_code": "a person's own try",
    "answer_proposal": "a person agrees for their own account; an erasure must be able to take it back",
    "choose_home": "takes the person, and records what they chose",
    "adjust": "the gateway's log decides; the ledger has the line",
    "inbox_put": "an event of a platform",
    "inbox_done": "an event of a platform",
    "put_document": "an adapter's own memory",
    "delete_document": "an adapter's own memory",
    "forget": "a person's own conversation",
    "purge": "by age",
    "erase": "the operator's command, for a person who asks for it",
    "check": "a health check",
    "add_notice": "the gateway's balance causes it",
    "claim_notices": "a worker's lease",
    "end_notice": "a worker's step",
    "notice_later": "a worker's step",
    "add_digest": "the end of a week or month causes it",
    "claim_digests": "a worker's lease",
    "end_digest": "a worker's step",
    "digest_later": "a worker's step",
}
"""Writing methods that no admin's or operator's change goes through."""


@cache
def writing() -> dict[str, bool]:
    """The store's methods that write, and whether they take who does it, or a line."""
    found: dict[str, bool] = {}
    for name, method in inspect.getmembers(SqlStore, inspect.iscoroutinefunction):
        if not name.startswith("_") and ".transact(" in inspect.getsource(method):
            found[name] = bool({"by", "audit"} & set(inspect.signature(method).parameters))
    assert len(found) > 15, "the store's methods are not read any more"
    return found


def test_every_method_that_writes_takes_its_author_or_is_said_not_to() -> None:
    without = {name for name, recorded in writing().items() if not recorded}
    assert without == NOT_RECORDED.keys() - {"adjust"}


def _calls(path: Path) -> Iterator[tuple[str, int, set[str | None]]]:
    """Calls of the store's writing methods: name, line, keywords."""
    for node in ast.walk(ast.parse(path.read_text())):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        if node.func.attr in writing() and ast.unparse(node.func.value).lower().endswith("store"):
            yield node.func.attr, node.lineno, {one.arg for one in node.keywords}


def _admin_modules() -> set[Path]:
    """The modules of admins' and the operator's use cases."""
    classes = [Path(inspect.getfile(one)) for one in Admin.__mro__ if one is not object]
    return {*classes, *(Path(str(module.__file__)) for module in (operator, unknown_calls))}


def test_every_change_of_an_admin_or_the_operator_is_recorded() -> None:
    silent: list[str] = []
    seen = 0
    for path in sorted(_admin_modules()):
        for name, line, given in _calls(path):
            seen += 1
            if not {"by", "audit"} & given:
                silent.append(f"{path.relative_to(ROOT)}:{line} {name}")
    assert seen >= 12, "the use cases are not read any more"
    assert silent == []


def test_what_asks_for_an_admins_rights_and_then_moves_a_request_records_it() -> None:
    """The other use cases: those that let admins do what else only the person may."""
    silent: list[str] = []
    for path in sorted((ROOT / "bot" / "use_cases").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.AsyncFunctionDef) and "admins=True" in ast.unparse(node):
                moves = [
                    one
                    for one in ast.walk(node)
                    if isinstance(one, ast.Call) and "_store.move" in ast.unparse(one.func)
                ]
                silent += [
                    f"{path.name}:{one.lineno}"
                    for one in moves
                    if "audit" not in {k.arg for k in one.keywords}
                ]
    assert silent == []
