"""Messages in the log, where no mail server is configured: the operator can pass them on."""

from __future__ import annotations

import structlog

from adapters.delivery.email.rendering import email_content
from core.notifications.ports import Sender
from core.shared.messages import Message

_log = structlog.get_logger(__name__)


class LogSender(Sender):
    """Logs the whole message with its secret and its link, which could not reach the recipient in any other way."""

    def __init__(self, public_url: str = "") -> None:
        self.public_url = public_url

    async def send(self, message: Message) -> None:
        _log.info(
            "message",
            topic=message.topic,
            email=message.email,
            payload=dict(message.payload),
            token=message.secret,
            link=self._link(message),
        )

    def _link(self, message: Message) -> str | None:
        try:
            return email_content(message, self.public_url).link or None
        except ValueError:  # a message that no email can be written for is logged all the same
            return None
