"""Messages about changes to an account."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from adapters.memory.shared.system import CountingIds
from core.accounts.messages import AccountTopic, account_messages
from core.shared.access import Role
from tests.support.builders import NOW, a_user

ADA = a_user("ada@example.com")


@pytest.mark.parametrize(
    ("changes", "topics"),
    [
        ({}, []),
        ({"name": "Ada King", "email_verified": not ADA.email_verified}, []),
        ({"password_hash": "another"}, [AccountTopic.PASSWORD_CHANGED]),
        ({"role": Role.ORGANIZER}, [AccountTopic.ROLE_CHANGED]),
        ({"is_active": False}, [AccountTopic.DEACTIVATED]),
        (
            {"email": "new@example.com", "password_hash": "another"},
            ["account.password-changed", "account.email-changed"],
        ),
    ],
)
def test_each_relevant_change_is_sent_to_the_previous_address(changes: dict[str, Any], topics: list[str]) -> None:
    messages = account_messages(ADA, replace(ADA, **changes), CountingIds(), NOW)
    assert [message.topic for message in messages] == topics
    assert {message.email for message in messages} <= {"ada@example.com"}
    assert "another" not in str(messages)


def test_a_reactivated_user_is_notified() -> None:
    [message] = account_messages(replace(ADA, is_active=False), ADA, CountingIds(), NOW)
    assert message.topic == AccountTopic.REACTIVATED
