"""Tokens for the links in emails about bookings, as JWTs (RFC 7519) signed with HS256."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

import jwt

from core.booking.errors import BadBookingLink
from core.booking.ports import BookingLinks
from core.shared.ids import BookingId

AUDIENCE = "nocturne-booking-link"
"""Not that of access tokens: neither is accepted as the other."""


class JwtBookingLinks(BookingLinks):
    """Signs with `secret`; tokens signed with the `previous` one are still accepted.

    Tokens don't expire. The booking's own rules end what can be done with one.
    """

    def __init__(self, *, secret: str, previous: str | None = None) -> None:
        self._secret = secret
        self._secrets = (secret,) if previous is None else (secret, previous)

    def sign(self, booking_id: BookingId) -> str:
        return jwt.encode({"aud": AUDIENCE, "sub": booking_id.hex}, self._secret, algorithm="HS256")

    def read(self, token: str) -> BookingId:
        for secret in self._secrets:
            with suppress(jwt.PyJWTError, ValueError):
                claims = jwt.decode(
                    token, secret, algorithms=["HS256"], audience=AUDIENCE, options={"require": ["aud", "sub"]}
                )
                return BookingId(UUID(hex=claims["sub"]))
        raise BadBookingLink("This link is not one of ours, or is incomplete. Open the complete link from the email.")
