"""Which servers others may reach, and that the demo then has a password."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from adapters.cli.exposure import is_own_machine, made_password, with_password
from bot.settings import Settings


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("bot.localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.5", False),
        ("192.168.1.2", False),
        ("example.com", False),
        ("localhost.example.com", False),
    ],
)
def test_who_reaches_it(host: str, own: bool) -> None:
    assert is_own_machine(host) is own
    given = Settings(host=host)
    assert bool(made_password(given, with_password(given, spends=False))) is not own


def test_a_demo_that_spends_has_a_password_of_its_own_each_time() -> None:
    given = Settings()
    made = {made_password(given, with_password(given, spends=True)) for _ in range(3)}
    assert len(made) == 3
    assert all(len(password) >= 16 for password in made)


def test_the_operators_password_is_kept_and_not_printed() -> None:
    given = Settings(host="0.0.0.0", playground_password=SecretStr("mine"))
    assert with_password(given, spends=True) == given
    assert made_password(given, given) == ""
