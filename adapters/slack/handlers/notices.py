"""`notices` and `digest`, and the button under a notice."""

from __future__ import annotations

import structlog

from adapters.common.notices import digest_words, words
from adapters.common.notices.chart import chart_png
from adapters.slack.context import AdapterContext
from adapters.slack.delivery.files import OutgoingFile
from adapters.slack.intake.payload import Inbound
from adapters.slack.views import admin_texts
from adapters.slack.views import notices as notice_view
from adapters.slack.views.layout import Message, section
from bot.core.errors import InvalidOrder
from bot.core.errors.outside import DeliveryError
from bot.core.notices.digest import DIGEST_WINDOWS, Digest
from bot.core.request import Actor

log = structlog.get_logger(__name__)


class Telling:
    """What people choose about being told, and a look at the digest."""

    def __init__(self, adapter: AdapterContext) -> None:
        self._adapter = adapter

    async def notices(self, actor: Actor, rest: str) -> Message:
        """`notices`, `notices off`, `notices on`. Raises InvalidOrder."""
        choices, given = self._adapter.service.notices, rest.strip().lower()
        if given not in ("", "on", "off"):
            raise InvalidOrder(admin_texts.notices_on_or_off(), field="notices")
        if given:
            await choices.choose(actor, wanted=given == "on")
        wanted = await choices.wanted(actor)
        return _said(
            words.switched_on_own() if wanted else words.switched_off_own(self._command("notices on"))
        )

    async def digest(self, inbound: Inbound, actor: Actor, rest: str) -> Message:
        """`digest`, `digest last`, `digest week last`: for the asker alone, the chart in a direct message."""
        given = [word for word in rest.lower().split() if word != "now"]
        window = next((DIGEST_WINDOWS[word] for word in given if word in DIGEST_WINDOWS), None)
        if unknown := [word for word in given if word != "last" and word not in DIGEST_WINDOWS]:
            raise InvalidOrder(admin_texts.digest_words(unknown[0][:40]), field="digest")
        found = await self._adapter.admin.digest(actor, window=window, last="last" in given)
        self._adapter.tasks.spawn(self._send_chart(inbound, found), name="digest-chart")
        return notice_view.digest(found, preview=True)

    async def _send_chart(self, inbound: Inbound, found: Digest) -> None:
        """Ephemeral messages take no files, so the picture goes to the direct conversation."""
        chart = await chart_png(found)
        if not chart:
            return
        name = digest_words.title(found)
        file = OutgoingFile(
            name="digest.png", title=name, alt=digest_words.chart_text(found), size=len(chart), data=chart
        )
        try:
            where = await self._adapter.message_routes.direct(inbound.address)
            file_id = await self._adapter.files.upload(where, file)
            await self._adapter.files.share(where, [(file_id, name)], [section(f"*{name}*")])
        except DeliveryError as error:  # the figures say it all
            log.info("chart_left_out", error=error.code)

    async def quiet(self, inbound: Inbound, carried: str) -> None:
        """No more notices: one's own, or for admins those of this workspace. Raises Refusal."""
        notice_id, choices = carried.partition(":")[2], self._adapter.service.notices
        actor = await self._adapter.people.actor(inbound, fresh=True)
        if await choices.is_own(actor, notice_id):
            await choices.choose(actor, wanted=False)
            said = words.switched_off_own(self._command("notices on"))
        else:
            await self._adapter.admin.change(actor, notices=False)
            said = words.switched_off_here(self._command("settings notices on"))
        await self._adapter.message_routes.private(inbound.address, _said(said))

    def _command(self, words_after: str) -> str:
        return f"`{self._adapter.settings.slack_command} {words_after}`"


def _said(text: str) -> Message:
    return Message(text=text, blocks=[section(text)])
