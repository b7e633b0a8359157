"""Refusals of accounts."""

from __future__ import annotations

from core.shared.errors import Conflict, NotFound, Unauthenticated


class EmailTaken(Conflict):
    """Somebody has an account with this email address already."""

    code = "email-taken"


class BadCredentials(Unauthenticated):
    """No active account has this email and this password. Which of the two is wrong is not told (A2)."""

    code = "bad-credentials"


class BadRefreshToken(Unauthenticated):
    """The refresh token is unknown, spent, expired or revoked."""

    code = "bad-refresh-token"


class UserNotFound(NotFound):
    """There is no such account."""

    code = "user-not-found"
