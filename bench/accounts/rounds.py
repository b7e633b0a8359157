"""One round of measuring: what one core can verify, then a rush of log-ins, and every answer accounted for."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, replace
from statistics import mean
from time import perf_counter

from argon2 import PasswordHasher
from sqlalchemy import text

from bench.accounts.requests import LogIns
from bench.cpu_noise import Neighbours
from bench.load import Answers, Load, Page, answers_to
from container import Container
from core.accounts.model import User, new_user
from core.shared.access import Role
from core.shared.ids import UserId

PASSWORD = "correct horse battery staple"  # noqa: S105 - of people who are made for the measuring
HEALTH, APART = Page("/healthz"), 0.037
"""What is asked beside the rush, and how many seconds apart."""


class Wrong(Exception):
    """The server answered what it should not, or what is stored does not agree with its answers."""


@dataclass(frozen=True, slots=True)
class Round:
    """Verifies a second on one core, log-ins a second, and the seconds that log-ins and probes took. `others` are the
    cores that were not ours in the rush.
    """

    one_core: float
    log_ins: float
    waits: list[float]
    probes: list[float]
    others: float


async def measured(container: Container, people: list[User], load: Load) -> Round:
    """Raises Wrong when an answer or the stored sessions are not what they should be."""
    kept, stored = people[0].password_hash, await _sessions(container)
    before = await asyncio.to_thread(_verifies, kept, load.seconds / 2)
    neighbours = Neighbours()
    log_ins, probes = await asyncio.gather(
        answers_to(LogIns(tuple(user.email for user in people), PASSWORD), load),
        answers_to(HEALTH, replace(load, connections=1, pause=APART)),
    )
    others = neighbours.cores()
    # On both sides of the rush: other work on the machine comes and goes.
    after = await asyncio.to_thread(_verifies, kept, load.seconds / 2)
    for answers in (log_ins, probes):
        if answers.broken or set(answers.statuses) != {200}:
            raise Wrong(f"every answer should be 200; they are {answers.statuses}, {answers.broken} broken off")
    _must_be_of(people, container, log_ins)
    if (now := await _sessions(container)) != stored + log_ins.statuses[200]:
        raise Wrong(f"{log_ins.statuses[200]} log-ins were answered, but {now - stored} sessions are stored")
    return Round(mean((before, after)), log_ins.per_second(200), log_ins.latencies, probes.latencies, others)


async def people_of(container: Container, many: int) -> list[User]:
    """So many people with one password. One hash does for all: to verify it is the same work for each."""
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
        for each in range(many)
    ]
    async with container.accounts() as uow:
        for user in people:
            await uow.users.add(user)
        await uow.commit()
    return people


def _verifies(password_hash: str, seconds: float) -> float:
    """How many times a second one core verifies the password, by the library and nothing else."""
    argon2, count, begin = PasswordHasher(), 0, perf_counter()
    while perf_counter() - begin < seconds:
        argon2.verify(password_hash, PASSWORD)
        count += 1
    return count / (perf_counter() - begin)


def _must_be_of(people: list[User], container: Container, answers: Answers) -> None:
    principals = [user.principal for user in people]
    for body in answers.sample[200]:
        if container.tokens().read(json.loads(body)["access_token"]).principal not in principals:
            raise Wrong("a token is of nobody who logged in")


async def _sessions(container: Container) -> int:
    async with container.engine().connect() as connection:
        return int(await connection.scalar(text("SELECT count(*) FROM sessions")))
