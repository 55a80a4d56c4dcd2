"""A second gateway for the tests, written from the published pages alone.

It answers what the pages print and nothing beyond: no cost, no request log, no balance, no tags. What a real
gateway may do besides is behind a switch. See `BareGateway` for the switches.

    async with running_bare_gateway() as gateway:
        gateway.fail("INSUFFICIENT_BALANCE", to=Endpoint.GENERATE)
        ...
        assert len(gateway.ran) == 0
"""

from tests.fakes.bare_gateway.chat import ChatSwitches
from tests.fakes.bare_gateway.dry_run import DryRunSwitches
from tests.fakes.bare_gateway.gateway import KEY, BareGateway
from tests.fakes.bare_gateway.log import LogSwitches
from tests.fakes.bare_gateway.media import ResultForm
from tests.fakes.bare_gateway.models import ModelSwitches
from tests.fakes.bare_gateway.server import running_bare_gateway
from tests.fakes.bare_gateway.videos import VideoSwitches
from tests.fakes.bare_gateway.wire import ERRORS, Call, Endpoint, Reply, error_reply, json_reply

__all__ = [
    "ERRORS",
    "KEY",
    "BareGateway",
    "Call",
    "ChatSwitches",
    "DryRunSwitches",
    "Endpoint",
    "LogSwitches",
    "ModelSwitches",
    "Reply",
    "ResultForm",
    "VideoSwitches",
    "error_reply",
    "json_reply",
    "running_bare_gateway",
]
