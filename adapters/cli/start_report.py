"""What a start says: one log line of what runs, and a sentence where the gateway does not take the key."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

import structlog
import typer

from adapters.cli.limit_sentences import kept_sentence, limit_sentences
from adapters.composition import Core
from bot import __version__
from bot.core.errors import PriceUnknown
from bot.core.errors.outside import DryRunRan, GatewayError
from bot.core.ledger import INSTALLATION, KEPT
from bot.settings import Settings
from bot.use_cases.key_check import REJECTED, check_key

log = structlog.get_logger(__name__)

LIMITS = (
    "concurrency per_person per_tenant per_model per_provider per_platform queue_limit headroom_percent"
    " confirm_minutes ambiguous_minutes retention_days max_image_bytes"
    " max_result_bytes gateway_timeout_s".split()
)
"""Settings that say how much may happen at once, and for how long."""


def starting(settings: Settings, platforms: Sequence[str]) -> None:
    """The first line: version, kind of database, platforms, gateway and limits; no secret and no address."""
    web = ("playground",) if settings.playground_password is not None else ()
    log.info(
        "starting",
        version=__version__,
        database="postgresql" if settings.database_url else "sqlite",
        platforms=[*platforms, *web],
        gateway=urlsplit(settings.lumenfall_base_url).hostname,
        shards=list(settings.shard_ids) or None,
        limits={name: getattr(settings, name) for name in LIMITS},
    )


async def report_limits(core: Core, *, spoken: bool = True) -> None:
    """Say what limits the installation and new places; loudly, where older ones have kept none.

    Only the log says it where nothing is `spoken`.
    """
    sentences = limit_sentences(await core.store.budgets(INSTALLATION), core.settings)
    log.info("limits", limits=" ".join(sentences))
    kept = await core.store.places_with_note(KEPT)
    if kept:
        said = kept_sentence(kept)
        log.warning("no_limits_kept_from_before", places=len(kept), meaning=said)
        if spoken:
            typer.echo(said, err=True)


async def report_key(core: Core, *, spoken: bool = True) -> None:
    """Say once, in the log and if `spoken` on the terminal, when the gateway cannot be used like this."""
    try:
        await check_key(core.gateway, core.catalog)
    except (PriceUnknown, DryRunRan) as error:
        said = "The gateway names no price, so every request will be refused."
        _say(said, code=error.code, spoken=spoken)
    except GatewayError as error:
        if error.status in REJECTED and error.code != "edge_block":
            said = "The gateway refuses LUMENFALL_API_KEY, so every request will be refused; set a valid key."
        elif error.status in REJECTED:
            said = "A network in front of the gateway turns this bot away; `lumenfall-bot doctor` says more."
        else:
            said = f"The gateway cannot be reached ({error.code}); requests wait until it answers."
        _say(said, code=error.code, spoken=spoken)


def _say(sentence: str, *, code: str, spoken: bool) -> None:
    log.error("gateway_not_usable", error=code, meaning=sentence)
    if spoken:
        typer.echo(sentence, err=True)
