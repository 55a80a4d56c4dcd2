"""Who comes in, from where, and as whom.

A server on the own machine that spends money is reachable by every page the browser has open, so a
change is accepted only from our own page (Fetch metadata, Origin), and a name that is not ours only
with a signed-in session (DNS rebinding). In the demo the acting person is named by a header; outside it
one password opens the page. Sessions are kept as keyed hashes, so a changed password ends them all.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
from collections.abc import Sequence
from urllib.parse import urlsplit

import structlog
from aiohttp import web

from adapters.common.throttle import Throttle
from adapters.web.identity import DemoPlace
from adapters.web.problems import ForeignPage, SignInNeeded, TooManyTries
from adapters.web.texts import signing_in
from bot.core.errors import InvalidOrder
from bot.core.request import Actor
from bot.settings import Settings
from bot.use_cases.requests import Service

log = structlog.get_logger(__name__)

COOKIE = "lumenfall_session"
PERSON_HEADER = "X-Demo-Person"
SESSIONS = "web.sessions"
SESSION_DAYS = 30
DAY_US = 24 * 3600 * 1_000_000


class Authentication:
    """Checks each request. `demo` is True where people are chosen freely."""

    def __init__(self, *, service: Service, settings: Settings, demo_place: DemoPlace, demo: bool) -> None:
        self._service = service
        self._host = settings.host
        password = settings.playground_password
        self._password = password.get_secret_value() if password else ""
        self._proxies = settings.trusted_proxies
        self.throttle = Throttle(service.clock)
        self.demo_place = demo_place
        self.demo = demo

    @property
    def open(self) -> bool:
        """False where the page is switched off: no demo and no password."""
        return self.demo or bool(self._password)

    @property
    def locked(self) -> bool:
        """True where people sign in."""
        return bool(self._password)

    async def actor(self, request: web.Request) -> Actor:
        """The acting person. Raises ForeignPage, SignInNeeded, InvalidOrder."""
        self.check_origin(request)
        if self._password and not await self.signed_in(request):
            raise SignInNeeded(signing_in.sign_in_first())
        return self.demo_place.actor(self.demo_place.people[0]) if not self.demo else self._chosen(request)

    def _chosen(self, request: web.Request) -> Actor:
        # An EventSource and an <img> cannot send headers.
        key = request.headers.get(PERSON_HEADER) or request.query.get("person", "")
        person = self.demo_place.find(key) if key else self.demo_place.people[0]
        if person is None:
            names = ", ".join(item.key for item in self.demo_place.people)
            raise InvalidOrder(signing_in.nobody_called(key[:40], names), field=PERSON_HEADER)
        return self.demo_place.actor(person)

    # where from

    def check_origin(self, request: web.Request) -> None:
        """Raise ForeignPage for a foreign host name, or for a change that another site's page asked for."""
        if not self._password and not self._known_host(request.host):
            raise ForeignPage(signing_in.own_address_only())
        if request.method in ("GET", "HEAD"):
            return
        site = request.headers.get("Sec-Fetch-Site")
        origin = request.headers.get("Origin")
        if site is not None:
            own = site in ("same-origin", "none")
        else:
            own = origin is None or urlsplit(origin).netloc == request.host
        if not own:
            raise ForeignPage(signing_in.other_site())

    def _known_host(self, host: str) -> bool:
        name = urlsplit(f"//{host}").hostname or ""
        if name in ("localhost", self._host) or name.endswith(".localhost"):
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True  # rebinding needs a name

    # signing in

    async def signed_in(self, request: web.Request) -> bool:
        """True with a live session's cookie, or with the password as a bearer token for programs."""
        scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer" and await self._is_password(bearer.strip(), request):
            return True
        token = request.cookies.get(COOKIE, "")
        if not token:
            return False
        session = await self._service.documents.get_document(SESSIONS, self._key(token))
        return session is not None and int(session["until"]) > self._service.clock.now()

    async def sign_in(self, request: web.Request, password: str) -> web.Response:
        """A session for the right password. Raises SignInNeeded, TooManyTries."""
        self.check_origin(request)
        if not await self._is_password(password, request):
            raise SignInNeeded(signing_in.wrong_password())
        token = secrets.token_urlsafe(32)
        until = self._service.clock.now() + SESSION_DAYS * DAY_US
        await self._forget_old_sessions()
        await self._service.documents.put_document(SESSIONS, self._key(token), {"until": until})
        response = web.Response(status=303, headers={"Location": "/"})
        response.set_cookie(
            COOKIE,
            token,
            max_age=SESSION_DAYS * 24 * 3600,
            httponly=True,
            samesite="Strict",
            secure=is_secure(request),
            path="/",
        )
        return response

    async def sign_out(self, request: web.Request) -> web.Response:
        """End the session."""
        self.check_origin(request)
        token = request.cookies.get(COOKIE, "")
        if token:
            await self._service.documents.delete_document(SESSIONS, self._key(token))
        response = web.Response(status=303, headers={"Location": "/login"})
        response.del_cookie(COOKIE, path="/")
        return response

    async def _is_password(self, given: str, request: web.Request) -> bool:
        """Compare in constant time; wrong ones are logged and counted, so that guessing is slow.

        Raises TooManyTries.
        """
        address = client_address(request, self._proxies)
        if not await self.throttle.enter(address):
            log.warning("sign_in_failed", reason="too_many_tries", address=address)
            raise TooManyTries(signing_in.too_many_wrong_passwords())
        digests = [hashlib.sha256(text.encode(errors="replace")).digest() for text in (given, self._password)]
        if self._password and hmac.compare_digest(*digests):
            self.throttle.right(address)
            return True
        self.throttle.wrong(address)
        log.warning("sign_in_failed", reason="wrong_password", address=address)
        return False

    async def _forget_old_sessions(self) -> None:
        now = self._service.clock.now()
        for key, session in (await self._service.documents.documents(SESSIONS)).items():
            if int(session["until"]) <= now:
                await self._service.documents.delete_document(SESSIONS, key)

    def _key(self, token: str) -> str:
        return hmac.new(self._password.encode(), token.encode(), hashlib.sha256).hexdigest()


def is_secure(request: web.Request) -> bool:
    """Whether the browser came over TLS, to us or to the proxy before us."""
    return request.secure or request.headers.get("X-Forwarded-Proto") == "https"


def client_address(request: web.Request, proxies: Sequence[str]) -> str:
    """Who sent it: the peer or, behind `proxies` (addresses or networks), who their X-Forwarded-For names."""
    networks = [ipaddress.ip_network(proxy, strict=False) for proxy in proxies]
    hops = [hop.strip() for hop in ",".join(request.headers.getall("X-Forwarded-For", [])).split(",")]
    found = request.remote or ""
    for hop in (*reversed(hops), ""):
        if not _within(found, networks):
            break
        found = hop or found
    return found


def _within(address: str, networks: Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in networks)
