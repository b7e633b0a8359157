"""What people are told of changes to their account."""

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
def test_each_change_that_matters_is_told_at_the_address_as_it_was(changes: dict[str, Any], topics: list[str]) -> None:
    told = account_messages(ADA, replace(ADA, **changes), CountingIds(), NOW)
    assert [message.topic for message in told] == topics
    assert {message.email for message in told} <= {"ada@example.com"}
    assert "another" not in str(told)


def test_who_is_active_again_is_told() -> None:
    [message] = account_messages(replace(ADA, is_active=False), ADA, CountingIds(), NOW)
    assert message.topic == AccountTopic.REACTIVATED
