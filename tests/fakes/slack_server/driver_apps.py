"""Administrators and Slack itself: installing by OAuth, uninstalling, revoking, and delivering twice."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.fakes.slack_server.core import Core
from tests.fakes.slack_server.delivery import Attempt, Delivery, resend, send
from tests.fakes.slack_server.events import remove_app, revoke, shut_out
from tests.fakes.slack_server.http_events import Requests
from tests.fakes.slack_server.state import Team, User

_AUTHORIZE = re.compile(r"https://slack\.com/oauth/v2/authorize\?[^\"'\s]+")


class Apps(Core):
    """The life of an installation, and Slack's unreliable post."""

    requests: Requests

    async def install(
        self,
        team: Team,
        installer: User,
        app_url: str,
        *,
        path: str = "/slack/install",
        scopes: Sequence[str] | None = None,
        with_cookie: bool = True,
        state: str | None = None,
        denied: bool = False,
    ) -> tuple[int, str]:
        """Walk through OAuth as a browser: (status, page) of the app's redirect URL.

        `scopes` grants less than asked; `with_cookie=False` or another `state` imitates a forged link; with
        `denied` the person cancels. The state cookie is `Secure`: over plain HTTP it is carried by hand.
        """
        asked, cookies = await self._asked(f"{app_url}{path}")
        answer = {"state": asked.get("state", "") if state is None else state}
        redirect = asked.get("redirect_uri")
        if denied:
            answer["error"] = "access_denied"
        else:
            answer["code"] = self.ids.next("code")
            granted = list(scopes) if scopes is not None else asked["scope"].split(",")
            self.oauth_codes[answer["code"]] = (team, installer, granted, redirect)
        target = f"{redirect or app_url + '/slack/oauth_redirect'}?{urlencode(answer)}"
        headers = {"Cookie": "; ".join(cookies)} if with_cookie and cookies else {}
        async with self.requests.session.get(target, headers=headers, allow_redirects=False) as done:
            return done.status, await done.text()

    async def _asked(self, url: str) -> tuple[dict[str, str], list[str]]:
        """What the install page asks Slack for, and the cookies it sets."""
        async with self.requests.session.get(url, allow_redirects=False) as page:
            found = _AUTHORIZE.search(page.headers.get("Location", "") + " " + unescape(await page.text()))
            cookies = [value.split(";")[0] for value in page.headers.getall("Set-Cookie", [])]
        assert found, f"{url} leads to no authorize page"
        asked = {key: values[0] for key, values in parse_qs(urlsplit(found.group()).query).items()}
        assert asked.get("client_id") == self.app.client_id, f"another client_id: {asked}"
        return asked, cookies

    async def uninstall(self, team: Team) -> list[Delivery]:
        """An admin removes the app: tokens die at once, then tokens_revoked and app_uninstalled arrive."""
        return remove_app(self, team)

    async def revoke_tokens(self, team: Team) -> Delivery | None:
        """The bot token is revoked; calls get token_revoked and the app a tokens_revoked event."""
        return revoke(self, team, "token_revoked")

    async def shut_out(self, team: Team) -> Delivery:
        """The organisation's admin takes the app out of a workspace; its token lives on elsewhere."""
        return shut_out(self, team)

    # -- the post --------------------------------------------------------------------------------

    def redeliver(self, delivery: Delivery, *, number: int = 1, reason: str = "http_timeout") -> Attempt:
        """Send the same payload again with retry marks (headers, or retry_attempt and _reason)."""
        return resend(self, delivery, number, reason)

    def deliver(self, original: Delivery, *, copies: int = 1) -> Delivery:
        """Send the same body as a delivery of its own, e.g. `copies=2` over two sockets at once."""
        return send(self, original.kind, original.payload, original.team, copies=copies)

    async def all_acked(self, timeout: float = 10.0) -> list[float]:
        """Wait until every delivery so far is acknowledged; the seconds each took, in order of sending."""
        waiting = list(self.deliveries)
        await self.wait_for(lambda: all(d.first or d.given_up for d in waiting), timeout)
        lost = [f"{d.kind}: {d.given_up}" for d in waiting if not d.first]
        assert not lost, f"not acknowledged: {lost}"
        return [delivery.ack_seconds for delivery in waiting]
