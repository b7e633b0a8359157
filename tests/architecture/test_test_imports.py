"""Tests share code through `tests/support`: no module imports from a conftest or from a test module."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]


def forbidden_imports(source: str) -> Iterator[str]:
    """Yield the imports of conftest modules and test modules."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                imported = [name.name for name in names]
            case ast.ImportFrom(module=module, names=names, level=level):
                package = ["tests"] if level else []
                imported = [".".join([*package, *filter(None, [module]), name.name]) for name in names]
            case _:
                continue
        for path in imported:
            parts = path.split(".")
            if parts[0] == "tests" and any(part == "conftest" or part.startswith("test_") for part in parts):
                yield f"line {node.lineno}: {path}"


@pytest.mark.parametrize("module", sorted(TESTS.rglob("*.py")), ids=lambda path: str(path.relative_to(TESTS)))
def test_shared_code_comes_from_support(module: Path) -> None:
    found = list(forbidden_imports(module.read_text()))
    assert found == [], "Move what several test modules need to tests/support."


@pytest.mark.parametrize(
    "planted",
    [
        "from tests.api.conftest import Api",
        "from tests.api import conftest",
        "import tests.conftest",
        "from tests.api.catalog.test_catalog import UNKNOWN",
        "from tests.api.catalog import test_catalog",
        "from .test_catalog import UNKNOWN",
        "from . import conftest",
        "def f():\n    from tests.conftest import empty",
    ],
)
def test_a_planted_import_is_found(planted: str) -> None:
    assert list(forbidden_imports(planted))


@pytest.mark.parametrize(
    "allowed",
    ["from tests.support.served import served", "from aiohttp import test_utils", "import aiohttp.test_utils"],
)
def test_other_imports_are_allowed(allowed: str) -> None:
    assert not list(forbidden_imports(allowed))
