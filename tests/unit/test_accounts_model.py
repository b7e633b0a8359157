"""Users, sessions and refresh tokens (A1-A3)."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from core.accounts.errors import BadRefreshToken
from core.accounts.model import Session, check_sign_up, hash_secret, read_refresh_token, refresh_token
from core.shared.errors import InvalidFields
from core.shared.ids import SessionId, UserId
from tests.builders import NOW


@pytest.mark.parametrize("email", ["ada@example.com", "Ada.L+tag@Sub.Example.co.uk", "ä@exämple.de", "a@b.museum"])
def test_an_email_address_is_taken(email: str) -> None:
    check_sign_up("Ada", email, "12345678")


@pytest.mark.parametrize(
    "email", ["", "ada", "ada@", "@example.com", "a b@example.com", "a@b", "a@b.c", "a@@b.com", f"{'x' * 250}@b.com"]
)
def test_what_is_no_email_address_is_refused(email: str) -> None:
    with pytest.raises(InvalidFields) as refused:
        check_sign_up("Ada", email, "12345678")
    assert set(refused.value.facts["errors"]) == {"email"}  # type: ignore[call-overload]


@pytest.mark.parametrize(("length", "right"), [(7, False), (8, True), (128, True), (129, False)])
def test_a_password_has_8_to_128_characters(length: int, right: bool) -> None:
    if right:
        check_sign_up("Ada", "ada@example.com", "x" * length)
    else:
        with pytest.raises(InvalidFields, match="password"):
            check_sign_up("Ada", "ada@example.com", "x" * length)


def test_every_wrong_field_is_named_at_once() -> None:
    with pytest.raises(InvalidFields) as refused:
        check_sign_up("  ", "nobody", "short")
    assert set(refused.value.facts["errors"]) == {"name", "email", "password"}  # type: ignore[call-overload]


def test_a_refresh_token_says_which_session_it_is_for() -> None:
    session_id = SessionId(uuid4())
    assert read_refresh_token(refresh_token(session_id, "s3cret")) == (session_id, "s3cret")


@pytest.mark.parametrize("token", ["", ".", "x.y", "🎟.x", "0" * 31 + ".x"])
def test_what_is_no_refresh_token_is_refused(token: str) -> None:
    with pytest.raises(BadRefreshToken):
        read_refresh_token(token)


def test_a_session_accepts_its_newest_secret_alone() -> None:
    session = Session(SessionId(uuid4()), UserId(uuid4()), hash_secret("one"), NOW, NOW + timedelta(days=30))
    rotated = session.rotated("two")
    assert session.accepts("one")
    assert rotated.accepts("two")
    assert not rotated.accepts("one")


def test_a_session_is_live_until_it_expires_or_is_revoked() -> None:
    session = Session(SessionId(uuid4()), UserId(uuid4()), hash_secret("one"), NOW, NOW + timedelta(days=30))
    assert session.is_live(NOW + timedelta(days=30, microseconds=-1))
    assert not session.is_live(NOW + timedelta(days=30))
    assert not session.revoked(NOW).is_live(NOW)
