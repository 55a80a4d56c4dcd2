"""How many examples a test tries: its own number in every run, ten times as many with the profile `deep`."""

from __future__ import annotations

from typing import Any

from hypothesis import settings

EVERY_RUN = 100
"""Hypothesis's own number, which the profile `default` keeps."""
DEEP = 10 * EVERY_RUN


def register_profiles() -> None:
    """Name both and take `default`; pytest's `--hypothesis-profile deep` takes the other.

    Every run of `default` tries the same examples, so that it fails only for what was changed; a deep one
    looks for new ones.
    """
    settings.register_profile("default", max_examples=EVERY_RUN, print_blob=True, derandomize=True)
    settings.register_profile("deep", max_examples=DEEP, print_blob=True, deadline=None)
    settings.load_profile("default")


def is_deep() -> bool:
    """Whether the profile `deep` is taken."""
    return settings.default.max_examples == DEEP


def examples(number: int, **more: Any) -> settings:
    """So many examples in every run, ten times as many in a deep one; `more` are other settings."""
    return settings(max_examples=number * settings.default.max_examples // EVERY_RUN, **more)
