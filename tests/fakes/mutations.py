"""Payloads changed as nobody means them to be: any JSON, anywhere in a document that was good.

A `Change` knows nothing of the document it is applied to: it counts places round and round, so that
Hypothesis can draw and shrink it before the document exists.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests.fakes.examples import examples, is_deep


def often(few: int) -> settings:
    """So many examples, the same each time; in a deep run ten times as many, others each time."""
    return examples(
        few,
        derandomize=not is_deep(),
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


def nested(depth: int) -> Any:
    """A list in a list in a list …"""
    found: Any = []
    for _ in range(depth):
        found = [found]
    return found


HOSTILE = (
    "",
    "\x00",
    "\ud800",
    "a\ud83d",
    "x" * 70_000,
    "é" * 5000,
    "\u202e@everyone <!channel> <@U000000001> *_~`",
    "-1",
    "0",
    "1e400",
    "NaN",
    "١٢",
    "²",
    "9" * 400,
    "null",
    "{}",
    "[]",
    '{"f": 1}',
    '{"f": [[]], "p": {}}',
    '{"capability": "none", "index": "x", "where": []}',
    ":",
    "::::",
    "confirm:",
    "cancel:req_01",
    "upscale:req_01:99999999999999999999",
    "../../etc/passwd",
    "https://127.0.0.1:9/x",
    "http://[::1",
    "T0FOREIGN",
    "U0FOREIGN",
    "C0FOREIGN",
    "1.000001",
)
"""Strings that have been trouble to somebody."""

values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([0, -1, 2**31, 2**63, 10**30, 1e308, float("nan"), float("inf"), -0.0])
    | st.text(max_size=20)
    | st.sampled_from(HOSTILE),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "type", "value", "text", "name", "files", "ts"]), inner, max_size=3
        )
    ),
    max_leaves=5,
) | st.sampled_from([nested(40), nested(400)])


_WORDS = (
    "generate edit upscale video chat ask estimate compare models balance history cancel forget help budget"
    " settings report everyone all last it --model --models --size --n --seconds --scale --seed --mask"
    " --image -- — --n=99999 --seed=-1 --size=0x0 --scale=NaN --model=gpt-image-1,seedream-4.5 req_01 $5"
    " 1 day week total person channel role <@U000000001> <#C000000001|art> <!channel> <!subteam^S1|@g>"
    " <https://x.test/a|b> paused threshold 0.01 pause resume zone Europe/Vienna allow deny flux* a red fox"
).split()
words: st.SearchStrategy[str] = st.one_of(
    st.lists(st.sampled_from(_WORDS) | st.text(max_size=8), max_size=8).map(" ".join),
    st.text(max_size=200),
    st.sampled_from(HOSTILE),
)
"""What people may type."""


class Opaque:
    """A test's argument that Hypothesis names instead of printing.

    It prints the arguments of every explicit example and of every failure, dataclasses field by field: a
    running bot with all that it has heard takes it minutes.
    """

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(f"<{type(self).__name__}>")


@dataclass(frozen=True, kw_only=True)
class Change:
    """What to `do` with the `place`-th value; `value`, `words` or the one at `other` replace it."""

    place: int
    do: str
    value: Any = None
    other: int = 0
    words: str = ""

    def apply(self, document: Any, spared: Callable[[Any], bool] = lambda _: False) -> None:
        """Change the document where it stands; keys and values that are `spared` stay as they are."""
        places = [place for place in _places(document) if not spared(place[1])]
        if not places:
            return
        node, key = places[self.place % len(places)]
        if self.do == "remove":
            del node[key]
        elif self.do == "borrow":
            source, its = places[self.other % len(places)]
            node[key] = copy.deepcopy(source[its])
        elif self.do == "say":
            texts = [place for place in places if isinstance(place[0][place[1]], str)]
            node, key = texts[self.place % len(texts)] if texts else (node, key)
            node[key] = self.words
        elif self.do == "wrap":
            node[key] = [node[key]] if self.other % 2 else {"id": node[key]}
        elif self.do == "repeat" and isinstance(node[key], str):
            node[key] = node[key] * 60
        elif self.do == "rename" and isinstance(node, dict):
            node[str(self.value)[:40]] = node.pop(key)
        else:
            node[key] = copy.deepcopy(self.value)


_DEEDS = ("replace", "replace", "remove", "borrow", "wrap", "repeat", "rename", "say", "say", "say")
changes = st.builds(
    Change,
    place=st.integers(0, 400),
    do=st.sampled_from(_DEEDS),
    value=values,
    other=st.integers(0, 400),
    words=words,
)
several = st.lists(changes, min_size=1, max_size=4)


def in_turn(changes: Iterable[Change]) -> Callable[[Any], None]:
    """All the changes as one."""

    def change(document: Any) -> None:
        for one in changes:
            one.apply(document)

    return change


def _places(document: Any) -> list[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []

    def walk(node: Any) -> None:
        items: Iterable[tuple[Any, Any]] = ()
        if isinstance(node, dict):
            items = node.items()
        elif isinstance(node, list):
            items = enumerate(node)
        for key, child in items:
            found.append((node, key))
            walk(child)

    walk(document)
    return found
