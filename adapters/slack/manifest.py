"""The app as Slack must know it: scopes, events, the command, shortcuts, the agent; said here only.

`lumenfall-bot slack manifest` prints it; pasted into api.slack.com it makes the app (Slack docs, App
manifest).
"""

from __future__ import annotations

from typing import Any

from adapters.slack.handlers.mentions import PROMPTS
from adapters.slack.handlers.shortcuts import SHORTCUTS
from adapters.slack.views import command_texts

SCOPES = (
    "app_mentions:read",
    "channels:history",
    "chat:write",
    "commands",
    "files:read",
    "files:write",
    "groups:history",
    "im:history",
    "im:write",
    "users:read",
)
"""Without these something breaks."""
OPTIONAL_SCOPES = ("assistant:write", "usergroups:read", "chat:write.public", "mpim:history")
"""Prompts for the agent's view, budgets by user group, posting without being invited, group conversations."""
EVENTS = (
    "app_home_opened",
    "app_mention",
    "app_uninstalled",
    "message.im",
    "team_access_revoked",
    "tokens_revoked",
)
EVENTS_PATH = "/slack/events"
REDIRECT_PATH = "/slack/oauth_redirect"
INSTALL_PATH = "/slack/install"


def manifest(*, name: str = "Lumenfall", command: str = "/lumen", url: str = "") -> dict[str, Any]:
    """The manifest. `url` is the public https address for HTTP; empty means Socket Mode."""
    base = url.rstrip("/")
    request_url = {"request_url": base + EVENTS_PATH} if base else {}
    options_url = {"message_menu_options_url": base + EVENTS_PATH} if base else {}
    command_url = {"url": base + EVENTS_PATH} if base else {}
    redirects = {"redirect_urls": [base + REDIRECT_PATH]} if base else {}
    return {
        "_metadata": {"major_version": 2, "minor_version": 0},
        "display_information": {
            "name": name,
            "description": command_texts.APP,
            "background_color": "#1f2430",
            "long_description": (command_texts.APP_LONG),
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": name, "always_online": True},
            "shortcuts": [
                {
                    "name": shortcut.name,
                    "type": shortcut.kind,
                    "callback_id": callback_id,
                    "description": shortcut.description,
                }
                for callback_id, shortcut in SHORTCUTS.items()
            ],
            "slash_commands": [
                {
                    "command": command,
                    "description": command_texts.COMMAND,
                    "usage_hint": command_texts.COMMAND_HINT,
                    "should_escape": True,
                    **command_url,
                }
            ],
            "agent_view": {
                "agent_description": command_texts.AGENT,
                "suggested_prompts": [{"title": title, "message": message} for title, message in PROMPTS],
            },
        },
        "oauth_config": {
            **redirects,
            "scopes": {"bot": [*SCOPES, *OPTIONAL_SCOPES], "bot_optional": list(OPTIONAL_SCOPES)},
        },
        "settings": {
            "event_subscriptions": {"bot_events": list(EVENTS), **request_url},
            "interactivity": {"is_enabled": True, **request_url, **options_url},
            "org_deploy_enabled": bool(base),
            "socket_mode_enabled": not base,
            "token_rotation_enabled": False,
        },
    }


def missing_scopes(granted: tuple[str, ...]) -> list[str]:
    """Required scopes that a token lacks."""
    return [scope for scope in SCOPES if scope not in granted]
