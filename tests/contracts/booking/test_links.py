"""The tokens in links to bookings: signed by this platform, for nothing else."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import jwt
import pytest

from adapters.memory.shared.system import SetClock
from adapters.security.booking_links import AUDIENCE, JwtBookingLinks
from adapters.security.tokens import JwtTokens
from core.booking.errors import BadBookingLink
from core.shared.errors import Unauthenticated
from core.shared.ids import BookingId, SessionId
from tests.support.builders import NOW, TOMORROW, a_person

SECRET, OLD = "a secret that is long enough for HS256", "the secret that was used before this one"
BOOKING = BookingId(uuid4())


def test_a_token_is_read_as_its_booking() -> None:
    links = JwtBookingLinks(secret=SECRET)
    assert links.read(links.sign(BOOKING)) == BOOKING


def test_tokens_of_the_previous_secret_are_accepted() -> None:
    old = JwtBookingLinks(secret=OLD).sign(BOOKING)
    assert JwtBookingLinks(secret=SECRET, previous=OLD).read(old) == BOOKING
    with pytest.raises(BadBookingLink):
        JwtBookingLinks(secret=SECRET).read(old)


@pytest.mark.parametrize(
    "token",
    [
        "",
        "nonsense",
        jwt.encode({"aud": AUDIENCE, "sub": BOOKING.hex}, OLD),
        jwt.encode({"aud": "another", "sub": BOOKING.hex}, SECRET),
        jwt.encode({"sub": BOOKING.hex}, SECRET),
        jwt.encode({"aud": AUDIENCE}, SECRET),
        jwt.encode({"aud": AUDIENCE, "sub": "nonsense"}, SECRET),
        jwt.encode({"aud": AUDIENCE, "sub": BOOKING.hex}, "", algorithm="none"),
    ],
)
def test_any_other_token_is_refused(token: str) -> None:
    with pytest.raises(BadBookingLink, match="Open the complete link"):
        JwtBookingLinks(secret=SECRET).read(token)


def test_links_and_access_tokens_are_not_accepted_as_each_other() -> None:
    links = JwtBookingLinks(secret=SECRET)
    access = JwtTokens(secret=SECRET, lifetime=timedelta(minutes=15), clock=SetClock(NOW))
    with pytest.raises(BadBookingLink):
        links.read(access.issue(a_person(), SessionId(uuid4()), TOMORROW)[0])
    with pytest.raises(Unauthenticated):
        access.read(links.sign(BOOKING))
