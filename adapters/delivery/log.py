"""Messages into the log, where there is no mail server yet: whoever runs the platform can pass them on."""

from __future__ import annotations

import structlog

from core.notifications.ports import Sender
from core.shared.messages import Message

_log = structlog.get_logger(__name__)


class LogSender(Sender):
    """Writes the whole message, its secret too: it is the only way for it to reach anybody."""

    async def deliver(self, message: Message) -> None:
        _log.info(
            "message", topic=message.topic, email=message.email, payload=dict(message.payload), token=message.secret
        )
