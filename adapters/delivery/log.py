"""Messages in the log, where no mail server is configured: the operator can pass them on."""

from __future__ import annotations

import structlog

from core.notifications.ports import Sender
from core.shared.messages import Message

_log = structlog.get_logger(__name__)


class LogSender(Sender):
    """Logs the whole message with its secret, which could not reach the recipient in any other way."""

    async def send(self, message: Message) -> None:
        _log.info(
            "message", topic=message.topic, email=message.email, payload=dict(message.payload), token=message.secret
        )
