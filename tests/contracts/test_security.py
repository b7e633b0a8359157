"""Password hashing, on every hasher; and access tokens."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest

from adapters.memory.accounts import QuickHasher
from adapters.memory.system import CountingSecrets, SetClock
from adapters.security.passwords import Argon2Hasher
from adapters.security.secrets import SystemSecrets
from adapters.security.tokens import AUDIENCE, ISSUER, JwtTokens
from core.accounts.ports import PasswordHasher
from core.accounts.sessions import Access
from core.shared.errors import Unauthenticated
from core.shared.ids import SessionId
from core.shared.secrets import Secrets
from tests.builders import NOW, a_person

SECRET = "a secret that is long enough for HS256"


@pytest.fixture(params=["memory", "argon2"])
def hasher(request: pytest.FixtureRequest) -> PasswordHasher:
    if request.param == "memory":
        return QuickHasher()
    return Argon2Hasher(time_cost=1, memory_kib=1024, parallelism=1)


async def test_a_hash_knows_its_password_alone(hasher: PasswordHasher) -> None:
    kept = await hasher.hash("correct horse")
    assert "correct horse" not in kept
    assert await hasher.verify(kept, "correct horse")
    assert not await hasher.verify(kept, "correct horsE")


async def test_nobodys_password_is_never_right(hasher: PasswordHasher) -> None:
    assert not await hasher.verify(None, "the password of nobody")
    assert not await hasher.verify("!", "anything")


async def test_argon2id_is_what_keeps_passwords() -> None:
    kept = await Argon2Hasher(time_cost=2, memory_kib=8192, parallelism=1).hash("correct horse")
    assert kept.startswith("$argon2id$v=19$m=8192,t=2,p=1$")


@pytest.fixture(params=[CountingSecrets, SystemSecrets])
def secrets(request: pytest.FixtureRequest) -> Secrets:
    made: Secrets = request.param()
    return made


def test_no_secret_comes_twice(secrets: Secrets) -> None:
    assert len({secrets.new() for _ in range(100)}) == 100


def tokens(clock: SetClock, secret: str = SECRET) -> JwtTokens:
    return JwtTokens(secret=secret, lifetime=timedelta(minutes=15), clock=clock)


def test_a_token_says_who_it_was_issued_to_until_it_expires() -> None:
    clock, ada = SetClock(NOW), a_person()
    session = SessionId(uuid4())
    token, seconds = tokens(clock).issue(ada, session)
    assert seconds == 900
    reading = tokens(clock)
    assert [reading.read(token), reading.read(token)] == [Access(ada, session), Access(ada, session)]
    clock.move(timedelta(minutes=15))
    for late in (reading, tokens(clock)):  # one has seen it before
        with pytest.raises(Unauthenticated, match="expired"):
            late.read(token)


CLAIMS: dict[str, Any] = {
    "iss": ISSUER,
    "aud": AUDIENCE,
    "sub": "019a0000-0000-7000-8000-000000000001",
    "sid": "019a0000-0000-7000-8000-000000000002",
    "role": "user",
    "iat": NOW,
    "exp": NOW + timedelta(minutes=5),
}


def test_the_claims_below_make_a_good_token_when_nothing_is_wrong_with_them() -> None:
    assert tokens(SetClock(NOW)).read(jwt.encode(CLAIMS, SECRET)).principal.role == "user"


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "somebody else"},
        {"aud": "something else"},
        {"sub": "1"},
        {"role": "emperor"},
        {"role": None},
        {"exp": "soon"},
        {"sub": None},
    ],
)
def test_a_token_with_a_wrong_claim_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(Unauthenticated):
        tokens(SetClock(NOW)).read(jwt.encode(CLAIMS | wrong, SECRET))


@pytest.mark.parametrize("missing", list(CLAIMS))
def test_a_token_without_a_claim_is_refused(missing: str) -> None:
    rest = {name: value for name, value in CLAIMS.items() if name != missing}
    with pytest.raises(Unauthenticated):
        tokens(SetClock(NOW)).read(jwt.encode(rest, SECRET))


def test_a_token_signed_otherwise_is_refused() -> None:
    forged = [
        jwt.encode(CLAIMS, "another secret, which is long enough too"),
        jwt.encode(CLAIMS, SECRET * 2, algorithm="HS512"),
        jwt.encode(CLAIMS, None, algorithm="none"),
        "",
        "a.b.c",
        "🎟",
    ]
    for token in forged:
        with pytest.raises(Unauthenticated):
            tokens(SetClock(NOW)).read(token)
