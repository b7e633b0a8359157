"""Password hashing, on every hasher; and access tokens."""

from __future__ import annotations

import asyncio
import hmac
import json
import threading
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest
from argon2 import PasswordHasher as Argon2
from argon2 import extract_parameters
from argon2.exceptions import VerifyMismatchError

from adapters.memory.accounts import QuickHasher
from adapters.memory.shared.system import CountingSecrets, SetClock
from adapters.security.passwords import Argon2Hasher
from adapters.security.secrets import SystemSecrets
from adapters.security.tokens import AUDIENCE, ISSUER, LEEWAY_SECONDS, JwtTokens
from core.accounts.ports import PasswordHasher
from core.accounts.sessions import Access
from core.shared.errors import Unauthenticated, Unavailable
from core.shared.ids import SessionId
from core.shared.secrets import Secrets
from tests.support.builders import NOW, TOMORROW, a_person

SECRET = "a secret that is long enough for HS256"
OLD, NEXT = "the secret that was used before this one", "the secret that will be used after it"
PUBLIC_KEY = "-----BEGIN PUBLIC KEY-----\nMFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAK\n-----END PUBLIC KEY-----\n"


def argon2(time_cost: int = 1, **options: int) -> Argon2Hasher:
    return Argon2Hasher(**{"memory_kib": 1024, "parallelism": 1, "threads": 1, "time_cost": time_cost, **options})


MakeHasher = Callable[[int], PasswordHasher]


@pytest.fixture(params=[QuickHasher, argon2])
def costing(request: pytest.FixtureRequest) -> MakeHasher:
    """A hasher for so much work."""
    made: MakeHasher = request.param
    return made


@pytest.fixture
def hasher(costing: MakeHasher) -> PasswordHasher:
    return costing(1)


async def test_a_hash_matches_only_its_password(hasher: PasswordHasher) -> None:
    kept = await hasher.hash("correct horse")
    assert "correct horse" not in kept
    assert await hasher.verify(kept, "correct horse")
    assert not await hasher.verify(kept, "correct horsE")


async def test_without_a_hash_no_password_matches(hasher: PasswordHasher) -> None:
    assert not await hasher.verify(None, "the password of nobody")
    assert not await hasher.verify("!", "anything")


async def test_a_hash_with_other_parameters_matches_but_needs_a_rehash(costing: MakeHasher) -> None:
    before, now = costing(1), costing(2)
    old, new = await before.hash("correct horse"), await now.hash("correct horse")
    assert await now.verify(old, "correct horse")
    assert not await now.verify(old, "wrong horse")
    assert [now.needs_rehash(each) for each in (old, new, "!")] == [True, False, True]
    assert before.needs_rehash(new)


async def test_passwords_are_hashed_with_argon2id() -> None:
    kept = await argon2(2, memory_kib=8192).hash("correct horse")
    assert kept.startswith("$argon2id$v=19$m=8192,t=2,p=1$")


@pytest.mark.parametrize("change", [{"time_cost": 2}, {"memory_kib": 2048}, {"parallelism": 2}])
async def test_any_changed_parameter_requires_a_rehash(change: dict[str, int]) -> None:
    assert argon2(**change).needs_rehash(await argon2().hash("correct horse"))


async def test_verifying_without_a_hash_takes_the_same_work(monkeypatch: pytest.MonkeyPatch) -> None:
    verified: list[str] = []
    verify = Argon2.verify

    def noted(self: Argon2, password_hash: str, password: str) -> bool:
        verified.append(password_hash)
        return verify(self, password_hash, password)

    monkeypatch.setattr(Argon2, "verify", noted)
    hasher = argon2(2, memory_kib=2048, parallelism=2)
    assert not await hasher.verify(None, "correct horse")
    [decoy] = verified
    assert extract_parameters(decoy) == extract_parameters(await hasher.hash("correct horse"))
    with pytest.raises(VerifyMismatchError):  # computed and compared, not refused for its form
        verify(Argon2(), decoy, "correct horse")


async def test_when_the_queue_is_full_more_are_refused_and_those_in_it_are_served(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    go_on, computed = threading.Event(), Argon2.hash

    def slow(self: Argon2, password: str) -> str:
        go_on.wait(30)
        return computed(self, password)

    monkeypatch.setattr(Argon2, "hash", slow)
    hasher = argon2(threads=2, waiting=3)
    crowd = [asyncio.create_task(hasher.hash("correct horse")) for _ in range(20)]
    refused = await asyncio.gather(*crowd[8:], return_exceptions=True)
    assert {type(outcome) for outcome in refused} == {Unavailable}
    go_on.set()
    served = await asyncio.gather(*crowd[:8])
    assert await hasher.verify(served[-1], "correct horse")


async def test_a_client_that_disconnects_frees_its_place_in_the_queue() -> None:
    hasher = argon2(memory_kib=8192, threads=1, waiting=3)
    crowd = [asyncio.create_task(hasher.hash("correct horse")) for _ in range(4)]
    await asyncio.sleep(0)
    for task in crowd:
        task.cancel()
    await asyncio.gather(*crowd, return_exceptions=True)
    assert len(await asyncio.gather(*(hasher.hash("correct horse") for _ in range(3)))) == 3


async def test_stopping_ends_the_threads() -> None:
    hasher, before = argon2(), set(threading.enumerate())
    await hasher.hash("correct horse")
    [thread] = set(threading.enumerate()) - before
    await hasher.stop()
    assert not thread.is_alive()


@pytest.fixture(params=[CountingSecrets, SystemSecrets])
def secrets(request: pytest.FixtureRequest) -> Secrets:
    made: Secrets = request.param()
    return made


def test_secrets_are_unique(secrets: Secrets) -> None:
    assert len({secrets.new() for _ in range(100)}) == 100


def tokens(clock: SetClock, secret: str = SECRET, previous: str | None = None) -> JwtTokens:
    return JwtTokens(secret=secret, previous=previous, lifetime=timedelta(minutes=15), clock=clock)


def test_a_token_proves_its_user_until_it_expires() -> None:
    clock, ada = SetClock(NOW), a_person()
    session = SessionId(uuid4())
    token, seconds = tokens(clock).issue(ada, session, TOMORROW)
    assert seconds == 900
    reading = tokens(clock)
    assert [reading.read(token), reading.read(token)] == [Access(ada, session), Access(ada, session)]
    clock.move(timedelta(minutes=15, seconds=LEEWAY_SECONDS, microseconds=-1))
    assert [reading.read(token), tokens(clock).read(token)] == [Access(ada, session), Access(ada, session)]
    clock.move(timedelta(microseconds=1))
    for late in (reading, tokens(clock)):  # one has seen it before
        with pytest.raises(Unauthenticated, match="expired"):
            late.read(token)


def test_a_token_ends_with_its_session() -> None:
    clock, session_ends = SetClock(NOW), NOW + timedelta(minutes=4)
    token, seconds = tokens(clock).issue(a_person(), SessionId(uuid4()), session_ends)
    assert seconds == 240
    clock.move(timedelta(minutes=4, seconds=LEEWAY_SECONDS))
    with pytest.raises(Unauthenticated, match="expired"):
        tokens(clock).read(token)


def test_a_token_of_a_clock_that_is_ahead_is_only_accepted_within_the_leeway() -> None:
    ahead, clock, ada = SetClock(NOW + timedelta(seconds=LEEWAY_SECONDS)), SetClock(NOW), a_person()
    token, _ = tokens(ahead).issue(ada, SessionId(uuid4()), TOMORROW)
    reading = tokens(clock)
    assert reading.read(token).principal == ada
    clock.move(timedelta(seconds=-1))
    for early in (reading, tokens(clock)):  # one has seen it before
        with pytest.raises(Unauthenticated, match="future"):
            early.read(token)


def test_tokens_of_the_previous_secret_are_accepted_and_new_ones_use_the_new_secret() -> None:
    clock, ada = SetClock(NOW), a_person()
    before, during, after = tokens(clock, OLD), tokens(clock, SECRET, previous=OLD), tokens(clock, SECRET)
    old, new = (each.issue(ada, SessionId(uuid4()), TOMORROW)[0] for each in (before, during))
    assert [read.principal for read in (during.read(old), during.read(new), after.read(new))] == [ada, ada, ada]
    for reading, token in ((after, old), (before, new), (tokens(clock, NEXT, previous=SECRET), old)):
        with pytest.raises(Unauthenticated):
            reading.read(token)


CLAIMS: dict[str, Any] = {
    "iss": ISSUER,
    "aud": AUDIENCE,
    "sub": "019a0000-0000-7000-8000-000000000001",
    "sid": "019a0000-0000-7000-8000-000000000002",
    "role": "user",
    "iat": NOW,
    "exp": NOW + timedelta(minutes=5),
}


def test_control_unchanged_claims_are_accepted() -> None:
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
        {"exp": None},
        {"iat": "now"},
        {"iat": NOW + timedelta(minutes=1)},
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


def test_a_token_with_another_signature_is_refused() -> None:
    forged = [
        jwt.encode(CLAIMS, "another secret, which is long enough too"),
        jwt.encode(CLAIMS, SECRET * 2, algorithm="HS512"),
        jwt.encode(CLAIMS, "", algorithm="none"),
        "",
        "a.b.c",
        "🎟",
    ]
    for token in forged:
        for reading in (tokens(SetClock(NOW)), tokens(SetClock(NOW), previous=OLD)):
            with pytest.raises(Unauthenticated):
                reading.read(token)


def test_another_algorithm_is_refused_even_with_our_secret() -> None:
    for header in ({"alg": "none"}, {"alg": "HS512"}, {"alg": "RS256"}, {"alg": "hs256"}, {"alg": None}, {}):
        with pytest.raises(Unauthenticated):
            tokens(SetClock(NOW)).read(signed(header, SECRET))
    assert tokens(SetClock(NOW)).read(signed({"alg": "HS256"}, SECRET)).principal.role == "user"


@pytest.mark.parametrize("algorithm", ["RS256", "HS256"])
def test_a_public_key_is_refused_as_the_secret(algorithm: str) -> None:
    with pytest.raises(Unauthenticated):
        tokens(SetClock(NOW), PUBLIC_KEY).read(signed({"alg": algorithm}, PUBLIC_KEY))


def test_a_token_that_was_tampered_with_is_refused() -> None:
    header, payload, signature = signed({"alg": "HS256"}, SECRET).split(".")
    promoted = encoded(claims() | {"role": "admin"})
    tampered = [
        f"{header}.{promoted}.{signature}",
        f"{header}.{promoted}.",
        f"{encoded({'alg': 'none'})}.{promoted}.",
        f"{header}.{payload}.{signature[:-6]}",
        f"{header}.{payload}",
    ]
    for token in tampered:
        with pytest.raises(Unauthenticated):
            tokens(SetClock(NOW)).read(token)


def signed(header: dict[str, Any], secret: str) -> str:
    """A good token but for its header, whatever that says, put together by hand: PyJWT would not make some of them."""
    unsigned = f"{encoded(header)}.{encoded(claims())}"
    signature = hmac.digest(secret.encode(), unsigned.encode(), "sha256")
    return f"{unsigned}.{urlsafe_b64encode(signature).decode().rstrip('=')}"


def claims() -> dict[str, Any]:
    return CLAIMS | {name: int(CLAIMS[name].timestamp()) for name in ("iat", "exp")}


def encoded(part: dict[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
