"""What a server that anybody may reach needs before it starts: the demo a password, the sandbox some care."""

from __future__ import annotations

import ipaddress
import secrets

from pydantic import SecretStr

from bot.settings import Settings

PASSWORD_BYTES = 12


def is_own_machine(host: str) -> bool:
    """Whether only programs of this machine reach an address that a server listens on."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def with_password(settings: Settings, *, spends: bool) -> Settings:
    """The demo's settings, with a new password where it spends real money or others may reach it.

    A password that the operator has set is kept.
    """
    needed = spends or not is_own_machine(settings.host)
    if not needed or settings.playground_password is not None:
        return settings
    password = SecretStr(secrets.token_urlsafe(PASSWORD_BYTES))
    return settings.model_copy(update={"playground_password": password})


def made_password(before: Settings, after: Settings) -> str:
    """The password that was made and that nobody knows yet; empty where none was."""
    made = after.playground_password
    return made.get_secret_value() if made is not None and before.playground_password is None else ""
