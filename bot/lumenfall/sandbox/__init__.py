"""A faithful local gateway: the Lumenfall API over HTTP, without money and without the network.

`serve()` runs it on a port; `create_app()` gives the aiohttp application. Reading order: `app` (routes),
`middleware` (what happens to every call), `work` (pricing and charging), then one module per endpoint.
`faults` lists everything that can be made to go wrong; `control` switches it at run time.
"""

from __future__ import annotations

from bot.lumenfall.sandbox.app import create_app
from bot.lumenfall.sandbox.clock import SandboxClock
from bot.lumenfall.sandbox.faults import FAULTS
from bot.lumenfall.sandbox.options import SandboxOptions
from bot.lumenfall.sandbox.server import Sandbox, serve

__all__ = ["FAULTS", "Sandbox", "SandboxClock", "SandboxOptions", "create_app", "serve"]
