"""Access tokens as JWTs (RFC 7519) signed with HS256 only."""

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
MAX_CACHED_TOKENS = 8192
"""Tokens with a valid signature are cached, since only their time can run out. Refused tokens are not, so nobody can
fill the cache.
"""
LEEWAY_SECONDS = 5.0
"""How much the clocks of two machines may differ: tokens are accepted this long before issue and after expiry."""
REQUIRED = ["iss", "aud", "sub", "sid", "role", "iat", "exp"]


class JwtTokens(AccessTokens):
    """Signs with `secret`; tokens signed with the `previous` one are still accepted."""

    def __init__(self, *, secret: str, lifetime: timedelta, clock: Clock, previous: str | None = None) -> None:
        self._secret = secret
        self._secrets = (secret,) if previous is None else (secret, previous)
        self._lifetime = lifetime
        self._clock = clock
        self._verified = lru_cache(MAX_CACHED_TOKENS)(self._verify)

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
        if now < issued - LEEWAY_SECONDS:
            raise Unauthenticated(
                "The access token was issued in the future: the clocks of the servers differ too much."
            )
        if now >= expires + LEEWAY_SECONDS:
            raise Unauthenticated("The access token has expired. Refresh it or sign in again.")
        return access

    def _verify(self, token: str) -> tuple[Access, float, float]:
        """Return what a token proves, and when it was issued and expires, as timestamps."""
        try:
            claims = self._claims(token)
            who = Principal(UserId(UUID(claims["sub"])), Role(claims["role"]))
            return Access(who, SessionId(UUID(claims["sid"]))), float(claims["iat"]), float(claims["exp"])
        except (jwt.PyJWTError, ValueError, TypeError, AttributeError) as error:
            raise Unauthenticated("The access token is invalid. Sign in again.") from error

    def _claims(self, token: str) -> dict[str, Any]:
        for secret in self._secrets:
            with suppress(jwt.InvalidSignatureError):
                return jwt.decode(
                    token,
                    secret,
                    algorithms=["HS256"],
                    issuer=ISSUER,
                    audience=AUDIENCE,
                    # Times are checked with our clock on every read; PyJWT would use the clock of the machine.
                    options={"require": REQUIRED, "verify_exp": False, "verify_iat": False},
                )
        raise jwt.InvalidSignatureError


def check_secret(secret: str) -> str:
    """Return the secret. Raises ValueError for a key of an asymmetric key pair, which may be public."""
    try:
        jwt.encode({}, secret, algorithm="HS256")
    except jwt.InvalidKeyError:
        raise ValueError(
            "is a key of a key pair and should be a random string: openssl rand -hex 32 makes one"
        ) from None
    return secret
