"""Users, sessions and their tokens (A1-A5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from core.accounts.errors import BadRefreshToken, BadToken, LastAdmin, LinkInUse
from core.accounts.links import LINK_LEASE, MIN_LINK_INTERVAL, LinkPurpose, may_send_another, new_link, read_link
from core.accounts.model import check_fields, must_be_among, must_keep_an_admin
from core.accounts.sessions import MAX_LIVE_SESSIONS, read_refresh_token, surplus_sessions
from core.shared.errors import Forbidden, InvalidFields
from core.shared.ids import SessionId, UserId
from core.shared.tokens import encode_token
from tests.support.builders import NOW, a_session, a_user


@pytest.mark.parametrize(
    "email", ["ada@example.com", "Ada.L+tag@Sub.Example.co.uk", "ä@exämple.de", "a@b.museum", "o'b/r=x@x-y.com"]
)
def test_a_valid_email_address_is_accepted(email: str) -> None:
    check_fields(name="Ada", email=email, password="12345678")


@pytest.mark.parametrize(
    "email",
    [
        *("", "ada", "ada@", "@example.com", "a b@example.com", "a@b", "a@b.c", "a@@b.com", f"{'x' * 250}@b.com"),
        *("a@..com", "a@ex..com", "a@.example.com", "a@example.com.", "a@example..", "a@."),
        *("a\x01b@example.com", "a\u202eb@example.com", "a\u200bb@example.com", "ada@exam\u200bple.com"),
        *(
            "a..b@x.com",
            ".a@x.com",
            "a.@x.com",
            "a@-x.com",
            "a@x-.com",
            "a@x_y.com",
            "a@xn--a.com",
            "a@🎉.com",
            "a@1.2.3.4",
        ),
        *(f"{'x' * 65}@x.com", f"{'ä' * 33}@x.com", f"a@{'x' * 64}.com", f"a@{'ä' * 63}.com"),
        *("a\u00adda@example.com", "ada@example.c\u2066om", "a\ud800b@example.com", "a\ue000b@example.com"),
    ],
    ids=ascii,
)
def test_an_invalid_email_address_is_refused(email: str) -> None:
    with pytest.raises(InvalidFields) as refused:
        check_fields(name="Ada", email=email, password="12345678")
    assert set(refused.value.errors) == {"email"}


@pytest.mark.parametrize(("length", "right"), [(7, False), (8, True), (128, True), (129, False)])
def test_a_password_has_8_to_128_characters(length: int, right: bool) -> None:
    if right:
        check_fields(name="Ada", email="ada@example.com", password="x" * length)
    else:
        with pytest.raises(InvalidFields, match="password"):
            check_fields(name="Ada", email="ada@example.com", password="x" * length)


def test_all_invalid_fields_are_reported_together() -> None:
    with pytest.raises(InvalidFields) as refused:
        check_fields(name="  ", email="nobody", password="short")
    assert set(refused.value.errors) == {"name", "email", "password"}


def test_a_refresh_token_contains_its_session() -> None:
    session_id = SessionId(uuid4())
    assert read_refresh_token(encode_token(session_id, "s3cret")) == (session_id, "s3cret")


@pytest.mark.parametrize("token", ["", ".", "x.y", "🎟.x", "0" * 31 + ".x"])
def test_a_malformed_refresh_token_is_refused(token: str) -> None:
    with pytest.raises(BadRefreshToken):
        read_refresh_token(token)


def test_a_session_accepts_only_its_newest_secret() -> None:
    session = a_session(secret="one")
    rotate = session.rotate("two", NOW)
    assert session.accepts("one")
    assert rotate.accepts("two")
    assert not rotate.accepts("one")


def test_a_session_is_live_until_it_expires_or_is_revoked() -> None:
    session = a_session(secret="one")
    assert session.is_live(NOW + timedelta(days=30, microseconds=-1))
    assert not session.is_live(NOW + timedelta(days=30))
    assert not session.revoke(NOW).is_live(NOW)


def test_revoking_a_session_again_keeps_the_first_time() -> None:
    revoked = a_session().revoke(NOW)
    assert revoked.revoke(NOW + timedelta(hours=1)) == revoked


@pytest.mark.parametrize(
    ("there", "ended"), [(0, 0), (MAX_LIVE_SESSIONS - 1, 0), (MAX_LIVE_SESSIONS, 1), (MAX_LIVE_SESSIONS + 9, 10)]
)
def test_a_new_session_ends_the_least_recently_used_beyond_the_limit(there: int, ended: int) -> None:
    live = [a_session(last_used_at=NOW - timedelta(minutes=each)) for each in range(there)]
    assert surplus_sessions(live) == live[there - ended :]


def test_a_new_address_has_to_be_verified_but_an_unchanged_one_does_not() -> None:
    ada = a_user("ada@example.com", email_verified=True)
    assert ada.with_email(" ADA@example.com") == ada
    moved = ada.with_email("Lovelace@example.com")
    assert (moved.email, moved.email_verified) == ("lovelace@example.com", False)


def test_a_link_is_valid_for_its_purpose_and_user_until_it_expires() -> None:
    ada = a_user()
    link, message = new_link(uuid4(), ada, LinkPurpose.RESET, "s3cret", NOW)
    assert (message.email, read_link(message.secret or "")) == (ada.email, (link.id, "s3cret"))
    assert "s3cret" not in repr(link)
    end = link.expires_at
    link.must_be_valid_for(ada, LinkPurpose.RESET, "s3cret", end - timedelta(microseconds=1))
    for user, purpose, secret, now in (
        (ada, LinkPurpose.RESET, "other", NOW),
        (ada, LinkPurpose.VERIFY, "s3cret", NOW),
        (ada, LinkPurpose.RESET, "s3cret", end),
        (ada.with_email("elsewhere@example.com"), LinkPurpose.RESET, "s3cret", NOW),
        (replace(ada, is_active=False), LinkPurpose.RESET, "s3cret", NOW),
    ):
        with pytest.raises(BadToken):
            link.must_be_valid_for(user, purpose, secret, now)


@pytest.mark.parametrize("purpose", LinkPurpose)
def test_another_link_is_sent_when_the_last_one_is_old_or_went_to_another_address(purpose: LinkPurpose) -> None:
    ada = a_user()
    last, _ = new_link(uuid4(), ada, purpose, "s3cret", NOW)
    again = NOW + MIN_LINK_INTERVAL
    assert may_send_another(None, ada, NOW)
    assert not may_send_another(last, ada, again - timedelta(microseconds=1))
    assert may_send_another(last, ada, again)
    assert may_send_another(last, ada.with_email("elsewhere@example.com"), NOW)


def test_a_leased_link_is_refused_until_the_lease_ends() -> None:
    link, _ = new_link(uuid4(), a_user(), LinkPurpose.RESET, "s3cret", NOW)
    leased, later = link.lease(NOW), NOW + LINK_LEASE
    with pytest.raises(LinkInUse):
        leased.lease(later - timedelta(microseconds=1))
    assert leased.lease(later) == replace(link, in_use_until=later + LINK_LEASE)


@pytest.mark.parametrize("token", ["", ".", "x.y", "0" * 31 + ".x"])
def test_a_malformed_link_is_refused(token: str) -> None:
    with pytest.raises(BadToken):
        read_link(token)


def test_the_last_admin_keeps_the_role() -> None:
    ada, bob = UserId(uuid4()), UserId(uuid4())
    must_keep_an_admin([ada, bob], ada)
    must_keep_an_admin([ada], bob)
    with pytest.raises(LastAdmin):
        must_keep_an_admin([ada], ada)


def test_a_former_admin_is_refused() -> None:
    ada, bob = UserId(uuid4()), UserId(uuid4())
    must_be_among([ada, bob], bob)
    with pytest.raises(Forbidden):
        must_be_among([ada], bob)
