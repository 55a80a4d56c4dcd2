"""What every handler is given: the core's use cases, and the ways to look people up and to answer."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.slack.api import Api
from adapters.slack.files import Files
from adapters.slack.notifier import SlackNotifier
from adapters.slack.pacing import Clock
from adapters.slack.people import People
from adapters.slack.posting import Posting
from adapters.slack.tasks import Tasks
from bot.admin import Admin
from bot.service import Service
from bot.settings import Settings

ORIGIN = "slack"


@dataclass(frozen=True, kw_only=True)
class Kit:
    """The parts; built once by `app`."""

    service: Service
    admin: Admin
    settings: Settings
    clock: Clock
    api: Api
    people: People
    posting: Posting
    files: Files
    notifier: SlackNotifier
    tasks: Tasks
