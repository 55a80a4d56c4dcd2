"""Discord and Slack have the same folders, and the same file names for the same job."""

from __future__ import annotations

from pathlib import Path

from tests.architecture.test_house_rules import ROOT

DISCORD_ALONE = {
    "command_sync.py": "Discord keeps a list of the commands; Slack's stand in the manifest",
    "command_translation.py": "Slack has no menus in languages",
    "homes.py": "who pays in direct messages; on Slack the workspace does",
    "interrupted.py": "what was promised before it was stored; Slack's payloads are stored first",
    "recent_activity.py": "fills autocomplete, which Slack has only inside forms",
    "responses.py": "an interaction is answered once, within three seconds; Slack's are acknowledged by Bolt",
    "delivery/further_orders.py": "a message for each order of a plan; Slack's are in record.py",
    "delivery/placeholders.py": 'the "thinking" message that an interaction promises',
    "delivery/transport.py": "sending and editing through discord.py's client; Slack's is client.py",
    "forms/modals.py": "one form for all purposes, from a description of its fields",
    "handlers/autocomplete.py": "suggestions while an option is typed",
    "handlers/context_menus.py": "commands on a message or a person; Slack's are shortcuts",
    "handlers/homes.py": "choosing who pays in direct messages",
    "handlers/info.py": "slash commands without a price; Slack has one command, read by intake/grammar.py",
    "handlers/orders.py": "slash commands that order",
    "handlers/prices.py": "slash commands that ask for prices",
    "intake/options.py": "a slash command's options become an order",
    "intake/saved_offers.py": "what a button's short id stands for",
    "views/home_texts.py": "its sentences",
    "views/homes.py": "how that choice looks",
    "views/buttons.py": "buttons that survive a restart are a class of discord.py's",
    "views/markdown.py": "Discord's markup; Slack's is mrkdwn in views/layout.py",
}
SLACK_ALONE = {
    "installation.py": "tokens of workspaces and organisations; Discord has one token",
    "manifest.py": "Slack's description of the app",
    "oauth.py": "installation into a workspace",
    "rate_limit.py": "discord.py has its own",
    "delivery/chat_stream.py": "answers that grow are an API of their own",
    "delivery/status.py": "the line under an agent's conversation that says it is at work",
    "delivery/files.py": "files are uploaded in three calls",
    "delivery/private_files.py": "an ephemeral message takes no files; Discord's does",
    "delivery/packing.py": "a result as one of Slack's files; on Discord all of them go with one message",
    "delivery/once.py": "a message that may stand there already; Discord drops the copy of a nonce",
    "delivery/record.py": "what has been posted; on Discord a nonce and the message's id are enough",
    "forms/admin.py": "App Home's forms: what was entered, checked",
    "forms/app_home.py": "the Home tab",
    "forms/order.py": "the form for an order",
    "forms/order_view.py": "how that form is built",
    "handlers/dispatch.py": "the words after the one slash command, or after a mention",
    "handlers/removal.py": "an uninstalled app loses its token",
    "handlers/router.py": "Bolt has one listener per kind of payload; discord.py has a client",
    "handlers/shortcuts.py": "commands on a message; Discord's are context menus",
    "handlers/slash.py": "the slash command",
    "intake/grammar.py": "the text of a command",
    "intake/inbox.py": "payloads are stored before they are acknowledged",
    "intake/payload.py": "one type for events, commands and interactions",
    "intake/transport.py": "Socket Mode and HTTP",
}
"""Files with a job that the other platform does not have, each with that job."""


def files(platform: str) -> set[str]:
    root = ROOT / "adapters" / platform
    return {path.relative_to(root).as_posix() for path in root.rglob("*.py")}


def folders(paths: set[str]) -> set[str]:
    return {Path(path).parent.as_posix() for path in paths}


def test_the_same_folders() -> None:
    assert folders(files("discord")) == folders(files("slack")) == {
        ".", "delivery", "forms", "handlers", "intake", "views"
    }  # fmt: skip


def test_the_same_file_names_for_the_same_job() -> None:
    discord, slack = files("discord"), files("slack")
    assert discord - slack == DISCORD_ALONE.keys(), (
        "give it the other platform's name, or say what is different"
    )
    assert slack - discord == SLACK_ALONE.keys(), (
        "give it the other platform's name, or say what is different"
    )
    assert len(discord & slack) > 25
