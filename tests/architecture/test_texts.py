"""What people read stands in one place per surface, and is marked for translation.

On Discord and Slack that is the folder `views`, on the page's server `adapters/web/texts`, on the page
itself `texts.js`, and `adapters/common` for what several of them say. A literal of two or more words counts
as a text. Not looked at are docstrings, what is logged, and the messages of errors that only programmers and
operators see.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from adapters.web.languages.page_texts import texts_of_scripts
from tests.architecture.page_strings import before, literals
from tests.architecture.test_house_rules import ROOT, name

SURFACES = ("adapters/discord", "adapters/slack", "adapters/web")
COMMON = "adapters/common"
PLACES = ("adapters/discord/views/", "adapters/slack/views/", "adapters/web/texts/", "adapters/common/")
"""Where texts may stand; everything there is marked."""
TEXT = re.compile(
    r"[A-Za-z][A-Za-z'’]+[,;:.!?*)…]*\s+[-*(`“<·→]*[A-Za-z{]"  # two words, or a word before a placeholder
    r"|\}[*`)]*[,;:.]?\s+[A-Za-z][a-z']+\b"  # a word after a placeholder
)
MARKS = {"_", "gettext", "ngettext", "N_"}
LOGS = {"log", "logger"}
NOT_FOR_PEOPLE = {"ValueError", "RuntimeError", "AssertionError"}
"""A mistake in the code or in the operator's settings. What a person is told is a `BotError`."""
NAMES = {"described", "split"}
"""Calls that take the names of options, or of Slack's error codes, with spaces between."""
ALLOWED = {
    "adapters/discord/app.py": {"shard {}": "a label of the metrics"},
    "adapters/discord/delivery/notices.py": {
        "nobody on Discord can be told": "a delivery error, logged",
        "the digest's channel is closed": "a delivery error, logged",
    },
    "adapters/discord/handlers/notices.py": {"/notices on:True": "a command to type"},
    "adapters/slack/delivery/notices.py": {"nobody in Slack can be told": "a delivery error, logged"},
    "adapters/slack/handlers/notices.py": {
        "notices on": "a command to type",
        "settings notices on": "a command to type",
    },
    "adapters/slack/views/notices.py": {"`{} budget`": "a command to type"},
    "adapters/discord/views/notices.py": {"/budget set": "a command to type"},
    "adapters/discord/delivery/notifier.py": {"Discord did not take an edit": "a delivery error, logged"},
    "adapters/discord/delivery/routes.py": {
        "Discord did not answer": "a delivery error, logged",
        "no address on Discord is left": "a delivery error, logged",
    },
    "adapters/discord/delivery/transport.py": {"Discord is not connected": "a delivery error, logged"},
    "adapters/slack/app.py": {"socket {}": "a label of the metrics", "not ready": "a probe's answer"},
    "adapters/slack/delivery/files.py": {"Bearer {}": "a header"},
    "adapters/slack/forms/order_view.py": {
        "--seed 7 --style vivid": "options to type",
        "--format png": "options to type",
        "--seed 7 --negative rain": "options to type",
    },
    "adapters/slack/installation.py": {"Install(team={}, enterprise={})": "a repr"},
    "adapters/slack/intake/transport.py": {"`token` will be unused": "a log record of Bolt's"},
    "adapters/slack/oauth.py": {"not ready": "a probe's answer"},
    "adapters/web/context.py": {"default-src 'none'; script-src": "a header"},
    "adapters/web/demo.py": {"/generate ": "a sample order", "/chat ": "the same", "/video ": "the same"},
    "adapters/web/languages/choice.py": {"Accept-Language, Cookie": "a header"},
    "adapters/web/languages/documents.py": {
        "<html lang=": "HTML",
        "<script type=": "HTML",
        "<button name=": "HTML",
    },
    "adapters/web/media.py": {
        "default-src 'none'; sandbox": "a header",
        "private, max-age=": "a header",
        "attachment; filename=": "a header",
    },
    "adapters/web/stream.py": {"id: {}": "the format of server-sent events", "{}event: {}": "the same"},
}
"""How literals begin that are no texts for people, by file, and what they are."""
PAGE = "adapters/web/static/js"
PAGE_TEXTS = f"{PAGE}/texts.js"
FOR_THE_BROWSER = re.compile(
    r"(\b(class|rel): |\b(querySelector|querySelectorAll|closest|matches|matchMedia)\()$"
)
"""What stands before a literal that names classes, elements or a kind of screen."""
PAGE_ALLOWED = {
    f"{PAGE}/compose/complete.js": {"--model {}": "an option to type"},
    f"{PAGE}/notes.js": {
        "{} --model {}": "a line to type",
        "/{} --model {}": "a line to type",
        "/notices {}": "a line to type",
    },
    PAGE_TEXTS: {"/upscale --scale": "a line to type"},
    f"{PAGE}/panel.js": {"/{} --model {}": "a line to type"},
}
"""The same as `ALLOWED`, for the modules of the page."""


@dataclass(frozen=True)
class Text:
    """A literal of two or more words; placeholders of an f-string are `{}`."""

    path: str
    line: int
    text: str
    marked: bool

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text[:80]!r}"


def called(node: ast.AST) -> str:
    """The last name of what is called: `_`, `split`, `ValueError`."""
    if not isinstance(node, ast.Call):
        return ""
    function = node.func
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def is_logged(node: ast.AST) -> bool:
    owner = node.func.value if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else None
    return isinstance(owner, ast.Name) and owner.id in LOGS


def is_documentation(node: ast.AST) -> bool:
    """A docstring, or the words below a constant."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def texts_below(node: ast.AST, path: str, *, marked: bool = False) -> Iterator[Text]:
    if is_documentation(node) or is_logged(node) or called(node) in NOT_FOR_PEOPLE | NAMES:
        return
    if isinstance(node, ast.JoinedStr):
        parts = [part.value if isinstance(part, ast.Constant) else "{}" for part in node.values]
        whole = "".join(map(str, parts))
        if TEXT.search(whole):
            # A marked f-string is not found in the catalogue: its values are in it by then.
            yield Text(path, node.lineno, whole, marked=False)
        parts_with_code = [part for part in node.values if not isinstance(part, ast.Constant)]
        for part in parts_with_code:
            yield from texts_below(part, path)
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and TEXT.search(node.value):
        yield Text(path, node.lineno, node.value, marked=marked)
    for child in ast.iter_child_nodes(node):
        yield from texts_below(child, path, marked=called(node) in MARKS)


def files(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def texts_in(folder: str) -> list[Text]:
    return [text for path in files(folder) for text in texts_below(ast.parse(path.read_text()), name(path))]


def is_allowed(text: Text) -> bool:
    return any(text.text.startswith(begin) for begin in ALLOWED.get(text.path, ()))


@pytest.mark.parametrize(("folder", "least_files", "least_texts"), [
    ("adapters/discord", 35, 180),
    ("adapters/slack", 45, 190),
    ("adapters/web", 18, 75),
    (COMMON, 14, 60),
])  # fmt: skip
def test_texts_for_people_stand_in_their_place_and_are_marked(
    folder: str, least_files: int, least_texts: int
):
    texts = texts_in(folder)
    assert len(files(folder)) >= least_files, "the code has moved"
    assert len([text for text in texts if text.marked]) >= least_texts, "the texts have moved"
    wrong = [str(text) for text in texts if not is_allowed(text) and not _is_right(text)]
    assert not wrong, "texts belong in views/ or texts/, inside _():\n" + "\n".join(wrong)


def _is_right(text: Text) -> bool:
    return text.marked and text.path.startswith(PLACES)


def test_what_is_allowed_is_still_there():
    found = [text for surface in SURFACES for text in texts_in(surface)]
    for path, begins in ALLOWED.items():
        for begin in begins:
            assert any(text.path == path and text.text.startswith(begin) for text in found), (path, begin)


@pytest.mark.parametrize("folder", [*SURFACES, COMMON])
def test_nothing_is_translated_while_modules_are_imported(folder: str):
    """A later version asks for the language of a person at the time of the call."""
    early = [
        f"{name(path)}:{node.lineno}"
        for path in files(folder)
        for node in _at_import(ast.parse(path.read_text()))
        if called(node) in {"_", "gettext", "ngettext"}
    ]
    assert not early, f"mark with N_ and translate where it is shown: {early}"


def _at_import(node: ast.AST) -> Iterator[ast.expr]:
    """What runs at import: everything outside of functions, and their defaults and decorators."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            yield child
        if isinstance(child, ast.Lambda):
            continue
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            for run in (*child.decorator_list, child.args):
                yield from ([run] if isinstance(run, ast.expr) else ())
                yield from _at_import(run)
            continue
        yield from _at_import(child)


def texts_of_page(path: str, source: str) -> list[Text]:
    """The texts of one module of the page; those that are marked in their place go to translators."""
    known = {form for text in texts_of_scripts() for form in ([text] if isinstance(text, str) else text)}
    return [
        Text(
            path,
            source.count("\n", 0, literal.start) + 1,
            literal.text,
            marked=path == PAGE_TEXTS and literal.text in known,
        )
        for literal in literals(source)
        if TEXT.search(literal.text) and not FOR_THE_BROWSER.search(before(source, literal))
    ]


def test_texts_of_the_page_stand_in_one_module():
    modules = sorted((ROOT / PAGE).rglob("*.js"))
    texts = [text for path in modules for text in texts_of_page(name(path), path.read_text())]
    assert len(modules) >= 18, "the code has moved"
    assert len([text for text in texts if text.marked]) >= 140, "the texts have moved"
    allowed = [text for text in texts if text.text.startswith(tuple(PAGE_ALLOWED.get(text.path, ())))]
    wrong = [str(text) for text in texts if not text.marked and text not in allowed]
    assert not wrong, f"texts belong in {PAGE_TEXTS}, inside _():\n" + "\n".join(wrong)
    for path, begins in PAGE_ALLOWED.items():
        for begin in begins:
            assert any(text.path == path and text.text.startswith(begin) for text in allowed), (path, begin)


def test_every_text_of_the_page_is_used():
    """Nothing stays behind when the place that showed it goes."""
    source = (ROOT / PAGE_TEXTS).read_text()
    topics = re.findall(r"^const (\w+) = \{\n(.*?)^\};", source, re.MULTILINE | re.DOTALL)
    keys = {
        f"{topic}.{key}" for topic, body in topics for key in re.findall(r"^  (\w+):", body, re.MULTILINE)
    }
    used = "".join(path.read_text() for path in (ROOT / PAGE).rglob("*.js"))
    assert len(keys) >= 130, "the texts have moved"
    unused = {key for key in keys if not re.search(rf"\bsay\.{re.escape(key)}\b", used)}
    # These are shown by a loop over all of them, or by the name that the server says.
    by_name = {key for key in unused if key.startswith(("facts.", "states.", "chargedFrom."))}
    assert unused == by_name
    for topic in ("facts", "states", "chargedFrom"):
        assert re.search(rf"\bsay\.{topic}\b", used)


@pytest.mark.parametrize(("source", "text"), [
    ('h("p", {}, "Nothing has run.")', "Nothing has run."),
    ("button(`Use ${model}`)", "Use {}"),
    ("h('p', {}, `${shown(`${count} left`)}`)", "{} left"),
    ('const find = /"/; show("What is left")', "What is left"),
    ('row.split(/[/"]/); show("What is left")', "What is left"),
])  # fmt: skip
def test_a_text_that_stands_elsewhere_on_the_page_is_found(source: str, text: str):
    assert [(found.text, found.marked) for found in texts_of_page("planted.js", source)] == [(text, False)]


@pytest.mark.parametrize("source", [
    'h("p", { class: "card ask" })',
    'node.querySelector("button, input")',
    '// "This is a comment."',
    '/* `another one` */ const plus = "M12 5v14M5 12h14";',
    'event.key === "ArrowUp"',
])  # fmt: skip
def test_what_only_the_browser_reads_is_not_looked_at(source: str):
    assert not texts_of_page("planted.js", source)


@pytest.mark.parametrize("source", [
    'raise NotFound("There is no such budget here.")',
    'notice(f"Forgotten: {turns} messages.")',
    'title = f"{count} spent"',
    'title = _(f"Forgotten {turns} messages")',
    'text = {"a": "No budget is set"}',
])  # fmt: skip
def test_a_text_that_is_not_marked_is_found(source: str):
    assert [text.marked for text in texts_below(ast.parse(source), "planted.py")] == [False]


@pytest.mark.parametrize("source", [
    'log.info("one event", error="not so bad")',
    'raise ValueError("an id is a number")',
    'described("prompt model size")',
    '"""What this does."""',
    'state = "awaiting_confirmation"',
])  # fmt: skip
def test_what_people_do_not_read_is_not_looked_at(source: str):
    assert not list(texts_below(ast.parse(source), "planted.py"))
