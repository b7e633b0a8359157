"""Access tokens as signed JWTs (RFC 7519), HS256 and nothing else."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import jwt

from core.accounts.ports import AccessTokens
from core.accounts.sessions import Access
from core.shared.access import Principal, Role
from core.shared.clock import Clock
from core.shared.errors import Unauthenticated
from core.shared.ids import SessionId, UserId

ISSUER = "nocturne"
AUDIENCE = "nocturne-api"
REMEMBERED = 8192
"""Tokens whose signature was found good need not be verified again: only their time can run out. Refused ones are not
remembered, so nobody can fill this with rubbish.
"""
LEEWAY = 5.0
"""By how many seconds the clocks of two machines may differ: a token is taken so long before it was issued, and so
long after it has expired.
"""
REQUIRED = ["iss", "aud", "sub", "sid", "role", "iat", "exp"]


class JwtTokens(AccessTokens):
    """Signs with `secret`; what was signed with the `previous` one is still read."""

    def __init__(self, *, secret: str, lifetime: timedelta, clock: Clock, previous: str | None = None) -> None:
        self._secret = secret
        self._secrets = (secret,) if previous is None else (secret, previous)
        self._lifetime = lifetime
        self._clock = clock
        self._verified = lru_cache(REMEMBERED)(self._verify)

    def issue(self, principal: Principal, session_id: SessionId, session_ends: datetime) -> tuple[str, int]:
        now = self._clock.now()
        expires = min(now + self._lifetime, session_ends)
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(principal.user_id),
            "sid": str(session_id),
            "role": principal.role.value,
            "iat": now,
            "exp": expires,
        }
        return jwt.encode(claims, self._secret, algorithm="HS256"), int((expires - now).total_seconds())

    def read(self, token: str) -> Access:
        access, issued, expires = self._verified(token)
        now = self._clock.now().timestamp()
        if now < issued - LEEWAY:
            raise Unauthenticated("The access token is issued in the future: the clocks here differ by too much.")
        if now >= expires + LEEWAY:
            raise Unauthenticated("The access token has expired; refresh it or sign in again.")
        return access

    def _verify(self, token: str) -> tuple[Access, float, float]:
        """What a token proves, from when and until when."""
        try:
            claims = self._claims(token)
            who = Principal(UserId(UUID(claims["sub"])), Role(claims["role"]))
            return Access(who, SessionId(UUID(claims["sid"]))), float(claims["iat"]), float(claims["exp"])
        except (jwt.PyJWTError, ValueError, TypeError, AttributeError) as error:
            raise Unauthenticated("The access token is not one of ours.") from error

    def _claims(self, token: str) -> dict[str, Any]:
        for secret in self._secrets:
            with suppress(jwt.InvalidSignatureError):
                return jwt.decode(
                    token,
                    secret,
                    algorithms=["HS256"],
                    issuer=ISSUER,
                    audience=AUDIENCE,
                    # Times are compared with our own clock whenever a token is read; PyJWT would ask the machine's.
                    options={"require": REQUIRED, "verify_exp": False, "verify_iat": False},
                )
        raise jwt.InvalidSignatureError


def checked_secret(secret: str) -> str:
    """The secret, if it may sign tokens. Raises ValueError for a key of a pair, which all the world may know."""
    try:
        jwt.encode({}, secret, algorithm="HS256")
    except jwt.InvalidKeyError:
        raise ValueError("is a key of a pair and should be a random word: openssl rand -hex 32 makes one") from None
    return secret
