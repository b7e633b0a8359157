"""Messages in the log."""

from __future__ import annotations

from uuid import UUID

from structlog.testing import capture_logs

from adapters.delivery.log import LogSender
from core.shared.messages import Message
from tests.support.builders import NOW


async def test_a_message_is_logged_with_its_link() -> None:
    payload = {"name": "Ada", "expires_at": "2026-11-20T13:00:00Z"}
    message = Message(
        UUID(int=1), "account.password-forgotten", NOW, "ada@example.com", payload=payload, secret="a.secret"
    )
    with capture_logs() as logged:
        await LogSender("https://tickets.example.org").send(message)
    assert logged[0]["link"] == "https://tickets.example.org/reset-password?token=a.secret"


async def test_a_message_that_no_email_fits_is_logged_without_a_link() -> None:
    with capture_logs() as logged:
        await LogSender().send(Message(UUID(int=1), "account.password-forgotten", NOW, "ada@example.com"))
    assert (logged[0]["email"], logged[0]["link"]) == ("ada@example.com", None)
