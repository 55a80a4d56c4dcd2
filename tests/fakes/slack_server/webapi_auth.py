"""auth.*, oauth.*, apps.* and api.test: tokens, given and taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.fakes.slack_server.events import remove_app
from tests.fakes.slack_server.webapi import Call, SlackError, method

if TYPE_CHECKING:
    from tests.fakes.slack_server.core import Core


@method("api.test")
async def api_test(core: Core, call: Call) -> dict[str, Any]:
    return {"args": {key: value for key, value in call.args.items() if key != "token"}}


@method("auth.test")
async def auth_test(core: Core, call: Call) -> dict[str, Any]:
    team, bot = call.team, call.bot
    return {
        "url": f"https://{team.domain}.slack.com/",
        "team": team.name,
        "user": bot.name,
        "team_id": team.id,
        "user_id": bot.id,
        "bot_id": bot.bot_id,
        "is_enterprise_install": team.org_wide,
    } | ({"enterprise_id": team.enterprise_id} if team.enterprise_id else {})


@method("auth.revoke")
async def auth_revoke(core: Core, call: Call) -> dict[str, Any]:
    assert call.grant is not None
    if not call.flag("test"):
        call.grant.dead = "token_revoked"
        core.touch()
    return {"revoked": not call.flag("test")}


@method("apps.uninstall")
async def uninstall(core: Core, call: Call) -> dict[str, Any]:
    if call.text("client_id") != core.app.client_id:
        raise SlackError("invalid_client_id")
    if call.text("client_secret") != core.app.client_secret:
        raise SlackError("bad_client_secret")
    remove_app(core, call.team)
    return {}


@method("oauth.v2.access")
async def oauth_access(core: Core, call: Call) -> dict[str, Any]:
    if call.text("client_id") != core.app.client_id:
        raise SlackError("invalid_client_id")
    if call.text("client_secret") != core.app.client_secret:
        raise SlackError("bad_client_secret")
    issued = core.oauth_codes.pop(call.text("code"), None)
    if issued is None:
        raise SlackError("invalid_code")
    team, installer, scopes, redirect_uri = issued
    if redirect_uri != (call.args.get("redirect_uri") or None):
        raise SlackError("bad_redirect_uri")
    grant = core.grant(team, set(scopes))
    core.touch()
    return {
        "app_id": core.app.id,
        "authed_user": {"id": installer.id},
        "scope": ",".join(scopes),
        "token_type": "bot",
        "access_token": grant.token,
        "bot_user_id": team.bot.id,
        "team": None if team.org_wide else {"id": team.id, "name": team.name},
        "enterprise": {"id": team.enterprise_id, "name": team.name} if team.enterprise_id else None,
        "is_enterprise_install": team.org_wide,
    }
