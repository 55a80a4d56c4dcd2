"""Where the published descriptions of Slack's interfaces fall short of Slack, and what we allow instead.

Each entry names what Slack is known to send or take although its own types or method list leave it out.
"""

from __future__ import annotations

from typing import Any

_STRING: dict[str, Any] = {"type": "string"}


def _described(required: list[str], scope: list[str], **args: str) -> dict[str, Any]:
    return {
        "args": {name: {"type": kind} for name, kind in args.items()},
        "required": ["token", *required],
        "scope": {"bot": scope},
        "errors": [],
        "tier": None,
    }


SUPPLEMENT: dict[str, dict[str, Any]] = {
    "usergroups.list": _described(
        [], ["usergroups:read"], include_count="boolean", include_disabled="boolean", include_users="boolean"
    ),
    "usergroups.users.list": _described(
        ["usergroup"], ["usergroups:read"], usergroup="string", include_disabled="boolean"
    ),
}
"""Methods the cut-down list leaves out."""

EXTRA_ARGUMENTS: dict[str, set[str]] = {
    "chat.stopStream": {"session_status"},  # slack_sdk passes it
    "chat.startStream": {"blocks"},
    "files.completeUploadExternal": {"highlight_type"},
    "apps.connections.open": {"app_token"},
}
NOT_REQUIRED: dict[str, set[str]] = {
    "chat.appendStream": {"markdown_text"},  # chunks do as well
    "reactions.remove": {"timestamp"},
}

ANSWERS: dict[str, str] = {
    "auth.test": "R_auth",
    "oauth.v2.access": "R_oauth",
    "chat.postMessage": "R_chat_postMessage",
    "files.getUploadURLExternal": "R_upload",
    "files.completeUploadExternal": "R_complete",
    "files.info": "R_files_info",
}
"""Methods whose answers Slack publishes a type for, and its name."""


def patched(definitions: dict[str, Any]) -> dict[str, Any]:
    """Loosen the definitions where Slack itself does not keep to them."""
    _files(definitions)
    event = definitions["FileShareMessageEvent"]["properties"]
    event |= {"client_msg_id": _STRING, "team": _STRING, "user_team": _STRING, "source_team": _STRING}
    for name in ("GenericMessageEvent", "AppMentionEvent"):
        definitions[name]["properties"] |= {"user_team": _STRING, "source_team": _STRING, "app_id": _STRING}
    # A forwarded message carries these, which the published type leaves out.
    shared = {"author_id": _STRING, "is_share": {"type": "boolean"}, "is_msg_unfurl": {"type": "boolean"}}
    definitions["MessageAttachment"]["properties"] |= {**shared, "message_blocks": {"type": "array"}}
    # `authorizations` and `event` are checked apart: the envelope's type knows no event but a bare one.
    definitions["EnvelopedEvent"]["properties"]["event"] = {"type": "object", "required": ["type"]}
    for name in ("BlockAction", "MessageShortcut", "ViewSubmitAction"):
        properties = definitions[name]["properties"]
        properties["enterprise"] = {"anyOf": [properties["enterprise"], {"type": "null"}]}
    # Actions inside a view carry no response_url.
    definitions["BlockAction"]["required"].remove("response_url")
    # The answer repeats what was posted, of whatever kind; the generated type knows a few old blocks.
    posted = definitions["ChatPostMessageResponseMessage"]["properties"]
    posted["blocks"]["items"] = {"$ref": "#/definitions/KnownBlock"}
    posted["attachments"]["items"] = posted["metadata"] = {"type": "object"}
    # The view of app_home_opened is the one Slack keeps, with its id and hash, not the one apps send.
    definitions["AppHomeOpenedEvent"]["properties"]["view"] = {"$ref": "#/definitions/ViewOutput"}
    return definitions


def _files(definitions: dict[str, Any]) -> None:
    mention = definitions["AppMentionEvent"]["properties"]["files"]["items"]
    share = definitions["FileShareMessageEvent"]["properties"]["files"]["items"]
    generic = definitions["GenericMessageEvent"]["properties"].get("files", {}).get("items")
    mention["properties"]["alt_txt"] = _STRING
    # Slack's file objects are one and the same wherever they appear; only its types differ.
    for name, schema in mention["properties"].items():
        share["properties"].setdefault(name, schema)
        definitions["UploadedFile"]["properties"].setdefault(name, schema)
    for required in ("channels", "groups"):
        share["required"].remove(required)
        if isinstance(generic, dict):
            generic["required"].remove(required)
    if isinstance(generic, dict) and "properties" in generic:
        generic["properties"] |= {
            k: v for k, v in mention["properties"].items() if k not in generic["properties"]
        }
    # Sizes of pictures are numbers on the wire; the generated type says strings.
    for name in ("UploadedFile", "File", "MessageFile"):
        for side in ("original_w", "original_h"):
            definitions[name]["properties"][side] = {"type": ["number", "string"]}
    # A file from another company, or behind the free plan's limit, is a stub.
    stub = {
        "type": "object",
        "properties": {"mode": {"enum": ["file_access", "tombstone", "hidden_by_limit"]}},
        "required": ["id", "mode"],
    }
    for event in ("AppMentionEvent", "FileShareMessageEvent"):
        files = definitions[event]["properties"]["files"]
        files["items"] = {"anyOf": [files["items"], stub]}
