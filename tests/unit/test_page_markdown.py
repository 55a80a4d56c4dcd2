"""The page's Markdown: what it makes of an answer, and that nothing in one makes it slow."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

MODULE = Path(__file__).parents[2] / "adapters/web/static/js/markdown.js"
NODE = shutil.which("node")
SCRIPT = """
class Node {
  constructor(tag, text) { this.tag = tag; this.text = text; this.children = []; this.attributes = {}; }
  setAttribute(name, value) { this.attributes[name] = value; }
  append(...children) { this.children.push(...children); }
}
globalThis.Node = Node;
globalThis.document = {
  documentElement: { lang: "en" },
  createElement: (tag) => new Node(tag),
  createTextNode: (text) => new Node("", text),
  getElementById: () => null,
};
const shown = (one) => typeof one === "string" ? one : one.tag
  ? `<${one.tag}${one.attributes.href ? " " + one.attributes.href : ""}>`
    + `${one.children.map(shown).join("")}</>`
  : one.text;
const { markdown } = await import(process.argv[1]);
let input = "";
for await (const piece of process.stdin) input += piece;
const { texts, print } = JSON.parse(input);
const out = texts.map((text) => markdown(text).map(shown).join(""));
console.log(JSON.stringify(print ? out : out.map((one) => one.length)));
"""
SIGNS = (
    "`", "*", "**", "_", "__", "[", "]", "[a](", "[a](http://x", "http://", "```", "> ", ">", "- ", "# a\n",
    "`a", "``a", "*a", "**a ", "[[a]", "a\n", "- a\n", "> a\n", "1. a\nb\n", "-\n", "***", "* ",
    "\\\\", "<", "( ",
)  # fmt: skip

pytestmark = pytest.mark.skipif(NODE is None, reason="node is not installed")


def run(texts: list[str], *, print_all: bool, seconds: float) -> Any:
    done = subprocess.run(
        [str(NODE), "--input-type=module", "-e", SCRIPT, MODULE.as_uri()],
        input=json.dumps({"texts": texts, "print": print_all}),
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


CASES = {
    "plain": "<p>plain</>",
    "a **b** c": "<p>a <strong>b</> c</>",
    "__b__ *i*": "<p><strong>b</> <em>i</></>",
    "**a *b* c**": "<p><strong>a <em>b</> c</></>",
    "2 * 3 * 4": "<p>2 * 3 * 4</>",
    "`a*b*`": "<p><code>a*b*</></>",
    "``a`b``": "<p><code>a`b</></>",
    "[x](https://e.example/a) y": "<p><a https://e.example/a>x</> y</>",
    "[x](javascript:1)": "<p>[x](javascript:1)</>",
    "see https://e.example/a, ok": "<p>see <a https://e.example/a,>https://e.example/a,</> ok</>",
    "[x] [y](https://e.example)": "<p>[x] <a https://e.example>y</></>",
    "**open": "<p>**open</>",
    "# T\nwords": "<p>T</><p>words</>",
    "words\n- a\n- b\n  c": "<p>words</><ul><li>a</><li>b\nc</></>",
    "1. a\n2. b": "<ol><li>a</><li>b</></>",
    "> q\n> r": "<blockquote><p>q<br></>r</></>",
    "---\nafter": "<hr></><p>after</>",
    "a\nb\n\nc": "<p>a<br></>b</><p>c</>",
    "```py\nx = 1\n```\nz": "<pre><code>x = 1</></><p>z</>",
    "```\nopen": "<pre><code>open</></>",
}


def test_what_an_answer_becomes() -> None:
    assert dict(zip(CASES, run(list(CASES), print_all=True, seconds=60), strict=True)) == CASES


def test_no_text_makes_it_slow() -> None:
    """Two hundred thousand characters each; a search from every opening sign to the end takes minutes."""
    texts = [(sign * (200_000 // len(sign))) for sign in SIGNS]
    assert len(run(texts, print_all=False, seconds=100)) == len(SIGNS)
