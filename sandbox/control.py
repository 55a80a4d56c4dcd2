"""The sandbox's own switches: `/sandbox/*`. Nothing here exists at the real gateway, and no key is asked."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from pydantic import ValidationError

from sandbox.body import read_body
from sandbox.errors import invalid, invalid_params
from sandbox.faults import FAULTS, Rule
from sandbox.state import state_of
from sandbox.tool_calls import Script


async def show_state(request: web.Request) -> web.Response:
    return web.json_response(state_of(request).wire())


async def reset_state(request: web.Request) -> web.Response:
    state_of(request).reset()
    return web.json_response({"reset": True})


async def set_switches(request: web.Request) -> web.Response:
    """Change switches; `advance_seconds` pushes the clock. Answers the switches as they are now."""
    state = state_of(request)
    changes: dict[str, Any] = dict((await read_body(request)).fields)
    seconds = changes.pop("advance_seconds", 0)
    if not isinstance(seconds, int | float) or seconds < 0:
        raise invalid("Invalid value for 'advance_seconds': expected a number, 0 or more.")
    try:
        state.set_switches(changes)
    except ValidationError as error:
        raise invalid_params(error) from None
    if seconds:
        state.clock.advance(float(seconds))
    return web.json_response(state.switches.model_dump(mode="json"))


async def list_faults(request: web.Request) -> web.Response:
    known = {name: {"endpoints": sorted(where), "does": what} for name, (where, what) in FAULTS.items()}
    return web.json_response({"waiting": state_of(request).faults.list(), "known": known})


async def add_fault(request: web.Request) -> web.Response:
    try:
        rule = Rule.model_validate((await read_body(request)).fields)
    except ValidationError as error:
        raise invalid_params(error) from None
    return web.json_response(state_of(request).faults.add(rule).wire(), status=201)


async def clear_faults(request: web.Request) -> web.Response:
    state_of(request).faults.clear()
    return web.json_response({"waiting": []})


async def list_scripts(request: web.Request) -> web.Response:
    return web.json_response({"scripts": state_of(request).scripts.list()})


async def add_script(request: web.Request) -> web.Response:
    """Let the chat models answer words with tool calls (see `tool_calls.Script`)."""
    try:
        script = Script.model_validate((await read_body(request)).fields)
    except ValidationError as error:
        raise invalid_params(error) from None
    state_of(request).scripts.add(script)
    return web.json_response(script.model_dump(), status=201)


async def clear_scripts(request: web.Request) -> web.Response:
    state_of(request).scripts.clear()
    return web.json_response({"scripts": []})
