"""What every handler is given: the core's use cases, and the ways to look people up and to answer."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.common.background import Background
from adapters.slack.client import Api
from adapters.slack.delivery.files import Files
from adapters.slack.delivery.notifier import SlackNotifier
from adapters.slack.delivery.routes import MessageRoutes
from adapters.slack.identity import People
from bot.core.ports.for_adapters import Clock
from bot.settings import Settings
from bot.use_cases.admin import Admin
from bot.use_cases.requests import Service
from bot.use_cases.talk import Talk

ORIGIN = "slack"


@dataclass(frozen=True, kw_only=True)
class AdapterContext:
    """The parts; built once by `app`."""

    service: Service
    talk: Talk
    admin: Admin
    settings: Settings
    clock: Clock
    api: Api
    people: People
    message_routes: MessageRoutes
    files: Files
    notifier: SlackNotifier
    tasks: Background
