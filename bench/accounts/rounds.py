"""One round of measurements: what one core can verify, then log-ins under load, with every response accounted for."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, replace
from statistics import mean
from time import perf_counter

from argon2 import PasswordHasher
from sqlalchemy import text

from bench.accounts.requests import LogIns
from bench.cpu_noise import OtherProcesses
from bench.load import Load, Page, Responses, measure_responses
from container import Container
from core.accounts.model import User, new_user
from core.shared.access import Role
from core.shared.ids import UserId

PASSWORD = "correct horse battery staple"  # noqa: S105 - of users that exist only for the benchmark
HEALTH, PROBE_SECONDS = Page("/healthz"), 0.037
"""The request sent during the load, and the seconds between two of them."""


class Wrong(Exception):
    """A response was wrong, or the stored data does not agree with the responses."""


@dataclass(frozen=True, slots=True)
class Round:
    """Verifications per second on one core, log-ins per second, and the seconds that log-ins and probes took.

    `others` is the number of cores that other processes used under load.
    """

    one_core: float
    log_ins: float
    latencies: list[float]
    probes: list[float]
    others: float


async def measure_round(container: Container, people: list[User], load: Load) -> Round:
    """Measure everything once. Raises Wrong when a response or the stored sessions are wrong."""
    password_hash, stored = people[0].password_hash, await _count_sessions(container)
    before = await asyncio.to_thread(_verifications_per_second, password_hash, load.seconds / 2)
    other_processes = OtherProcesses()
    log_ins, probes = await asyncio.gather(
        measure_responses(LogIns(tuple(user.email for user in people), PASSWORD), load),
        measure_responses(HEALTH, replace(load, connections=1, pause=PROBE_SECONDS)),
    )
    others = other_processes.cores()
    # Measured before and after the load, since other work on the machine comes and goes.
    after = await asyncio.to_thread(_verifications_per_second, password_hash, load.seconds / 2)
    for responses in (log_ins, probes):
        if responses.broken or set(responses.statuses) != {200}:
            raise Wrong(f"every response should be 200; they are {responses.statuses}, {responses.broken} broke off")
    _check_users(people, container, log_ins)
    if (now := await _count_sessions(container)) != stored + log_ins.statuses[200]:
        raise Wrong(f"{log_ins.statuses[200]} log-ins succeeded, but {now - stored} sessions are stored")
    return Round(mean((before, after)), log_ins.per_second(200), log_ins.latencies, probes.latencies, others)


async def create_people(container: Container, count: int) -> list[User]:
    """Create users with the same password. They share its hash, since verifying it is the same work for each."""
    password_hash = await container.hasher().hash(PASSWORD)
    people = [
        new_user(
            UserId(container.ids().new()),
            name=f"Person {each}",
            email=f"person-{each}@example.com",
            password_hash=password_hash,
            role=Role.USER,
            now=container.clock().now(),
        )
        for each in range(count)
    ]
    async with container.accounts() as uow:
        for user in people:
            await uow.users.add(user)
        await uow.commit()
    return people


def _verifications_per_second(password_hash: str, seconds: float) -> float:
    """Return how often per second one core verifies the password with the library alone."""
    argon2, count, begin = PasswordHasher(), 0, perf_counter()
    while perf_counter() - begin < seconds:
        argon2.verify(password_hash, PASSWORD)
        count += 1
    return count / (perf_counter() - begin)


def _check_users(people: list[User], container: Container, responses: Responses) -> None:
    principals = [user.principal for user in people]
    for body in responses.sample[200]:
        if container.tokens().read(json.loads(body)["access_token"]).principal not in principals:
            raise Wrong("a token belongs to none of the users who logged in")


async def _count_sessions(container: Container) -> int:
    async with container.engine().connect() as connection:
        return int(await connection.scalar(text("SELECT count(*) FROM sessions")))
