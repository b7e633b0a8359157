"""Nobody asks for a second connection while holding the first: enough of them at once would wait for each other.

`Revocations.catch_up` asks the database, so every use case that ends sessions calls it after its unit of work.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

CORE = Path(__file__).resolve().parents[2] / "core"


def catching_up_inside(source: str) -> Iterator[int]:
    """The lines where it is called inside a unit of work."""
    for unit in ast.walk(ast.parse(source)):
        if isinstance(unit, ast.AsyncWith) and any("new_uow" in ast.unparse(item) for item in unit.items):
            for node in ast.walk(unit):
                if isinstance(node, ast.Attribute) and node.attr == "catch_up":
                    yield node.lineno


@pytest.mark.parametrize("module", sorted(CORE.rglob("*.py")), ids=lambda path: str(path.relative_to(CORE)))
def test_no_use_case_catches_up_inside_its_unit_of_work(module: Path) -> None:
    assert list(catching_up_inside(module.read_text())) == []


@pytest.mark.parametrize(
    "inside",
    [
        "await self.revocations.catch_up()",
        "if ended:\n            await revocations.catch_up()",
        "await gather(self.revocations.catch_up())",
    ],
)
def test_a_planted_one_is_found(inside: str) -> None:
    assert list(catching_up_inside(f"async def f(self):\n    async with self.new_uow() as uow:\n        {inside}\n"))


def test_one_after_the_unit_is_none() -> None:
    after = "async def f(self):\n    async with self.new_uow() as uow:\n        pass\n    await known.catch_up()\n"
    assert not list(catching_up_inside(after))
