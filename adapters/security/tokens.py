"""Access tokens as signed JWTs (RFC 7519), HS256 and nothing else."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
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
REQUIRED = ["iss", "aud", "sub", "sid", "role", "iat", "exp"]


class JwtTokens(AccessTokens):
    def __init__(self, *, secret: str, lifetime: timedelta, clock: Clock) -> None:
        self._secret = secret
        self._lifetime = lifetime
        self._clock = clock
        self._verified = lru_cache(REMEMBERED)(self._verify)

    def issue(self, principal: Principal, session_id: SessionId) -> tuple[str, int]:
        now = self._clock.now()
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(principal.user_id),
            "sid": str(session_id),
            "role": principal.role.value,
            "iat": now,
            "exp": now + self._lifetime,
        }
        return jwt.encode(claims, self._secret, algorithm="HS256"), int(self._lifetime.total_seconds())

    def read(self, token: str) -> Access:
        access, expires = self._verified(token)
        if expires <= self._clock.now().timestamp():
            raise Unauthenticated("The access token has expired; refresh it or sign in again.")
        return access

    def _verify(self, token: str) -> tuple[Access, float]:
        """What a token proves, and until when."""
        try:
            claims = jwt.decode(
                token,
                self._secret,
                algorithms=["HS256"],
                issuer=ISSUER,
                audience=AUDIENCE,
                # Times are compared with our own clock whenever a token is read; PyJWT would ask the machine's.
                options={"require": REQUIRED, "verify_exp": False, "verify_iat": False},
            )
            who = Principal(UserId(UUID(claims["sub"])), Role(claims["role"]))
            return Access(who, SessionId(UUID(claims["sid"]))), float(claims["exp"])
        except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError) as error:
            raise Unauthenticated("The access token is not one of ours.") from error
