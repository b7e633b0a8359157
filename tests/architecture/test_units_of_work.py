"""No use case takes a second connection while it holds the first: with an exhausted pool they would deadlock.

`Revocations.catch_up` reads the database, so each use case that ends sessions calls it after its unit of work.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

CORE = Path(__file__).resolve().parents[2] / "core"


def calls_inside(source: str) -> Iterator[int]:
    """Yield the lines that call it inside a unit of work."""
    for unit in ast.walk(ast.parse(source)):
        if isinstance(unit, ast.AsyncWith) and any("new_uow" in ast.unparse(item) for item in unit.items):
            for node in ast.walk(unit):
                if isinstance(node, ast.Attribute) and node.attr == "catch_up":
                    yield node.lineno


@pytest.mark.parametrize("module", sorted(CORE.rglob("*.py")), ids=lambda path: str(path.relative_to(CORE)))
def test_no_use_case_catches_up_inside_its_unit_of_work(module: Path) -> None:
    assert list(calls_inside(module.read_text())) == []


@pytest.mark.parametrize(
    "inside",
    [
        "await self.revocations.catch_up()",
        "if ended:\n            await revocations.catch_up()",
        "await gather(self.revocations.catch_up())",
    ],
)
def test_a_planted_call_is_found(inside: str) -> None:
    assert list(calls_inside(f"async def f(self):\n    async with self.new_uow() as uow:\n        {inside}\n"))


def test_a_call_after_the_unit_of_work_is_allowed() -> None:
    after = "async def f(self):\n    async with self.new_uow() as uow:\n        pass\n    await known.catch_up()\n"
    assert not list(calls_inside(after))
