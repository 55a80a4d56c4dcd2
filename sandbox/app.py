"""The sandbox as an aiohttp application: routes, middlewares, lifetime."""

from __future__ import annotations

from collections.abc import AsyncIterator

from aiohttp import web

from sandbox import chat, control, edits, images, listing, native, videos
from sandbox.call import call_of
from sandbox.media import serve_item
from sandbox.middleware import add_headers, calls, envelope
from sandbox.options import SandboxOptions
from sandbox.state import STATE, State, state_of


def create_app(options: SandboxOptions | None = None) -> web.Application:
    """An application with its own state; nothing is shared between two of them."""
    options = options or SandboxOptions()
    app = web.Application(middlewares=[envelope, calls], client_max_size=options.max_upload_bytes)
    app[STATE] = State.of(options)
    app.on_response_prepare.append(add_headers)
    app.cleanup_ctx.append(_lifetime)
    _compat_routes(app.router)
    if not options.bare:
        app.router.add_delete("/openai/v1/videos/{id}", videos.cancel, name="video_cancel")
    if not options.bare:
        _native_routes(app.router)
    app.router.add_get("/media/{name}", media, name="media")
    _control_routes(app.router)
    return app


async def _lifetime(app: web.Application) -> AsyncIterator[None]:
    yield
    await app[STATE].tasks.close()


def _compat_routes(router: web.UrlDispatcher) -> None:
    base = "/openai/v1"
    router.add_get(f"{base}/models", listing.list_models, name="models", allow_head=False)
    router.add_get(f"{base}/models/{{id:.+}}", listing.one_model, name="model", allow_head=False)
    router.add_post(f"{base}/images/generations", images.generate, name="generate")
    router.add_post(f"{base}/images/edits", edits.edit, name="edit")
    router.add_post(f"{base}/chat/completions", chat.complete, name="chat")
    router.add_post(f"{base}/videos", videos.create, name="video")
    router.add_get(f"{base}/videos/{{id}}", videos.show, name="video_get", allow_head=False)


def _native_routes(router: web.UrlDispatcher) -> None:
    router.add_get("/v1/balance", native.balance, name="balance", allow_head=False)
    router.add_get("/v1/requests", native.requests, name="requests", allow_head=False)
    router.add_get("/v1/requests/{id}", native.one_request, name="request", allow_head=False)
    router.add_delete("/v1/requests/{id}/payloads", native.purge, name="purge")
    router.add_get("/v1/keys", native.keys, name="keys", allow_head=False)
    router.add_get("/v1/webhooks/secret", native.webhook_secret, name="secret", allow_head=False)


def _control_routes(router: web.UrlDispatcher) -> None:
    router.add_get("/sandbox/state", control.show_state)
    router.add_post("/sandbox/reset", control.reset_state)
    router.add_post("/sandbox/set", control.set_switches)
    router.add_get("/sandbox/faults", control.list_faults)
    router.add_post("/sandbox/faults", control.add_fault)
    router.add_delete("/sandbox/faults", control.clear_faults)
    router.add_get("/sandbox/script", control.list_scripts)
    router.add_post("/sandbox/script", control.add_script)
    router.add_delete("/sandbox/script", control.clear_scripts)


async def media(request: web.Request) -> web.Response:
    return serve_item(state_of(request).media.get(request.match_info["name"]), call_of(request).fault)
