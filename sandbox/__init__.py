"""A faithful local gateway: the Lumenfall API over HTTP, without money and without the network.

`serve()` runs it on a port; `create_app()` gives the aiohttp application. Reading order: `app` (routes),
`middleware` (what happens to every call), `work` (pricing and charging), then one module per endpoint.
`faults` lists everything that can be made to go wrong; `control` switches it at run time.
"""

from __future__ import annotations

from sandbox.app import create_app
from sandbox.clock import SandboxClock
from sandbox.faults import FAULTS
from sandbox.options import SandboxOptions
from sandbox.server import Sandbox, serve

__all__ = ["FAULTS", "Sandbox", "SandboxClock", "SandboxOptions", "create_app", "serve"]
