"""Core imports only what is on this list, and reads neither the clock nor random numbers.

An import contract can only forbid what it names; this test allows only what it names.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

CORE = Path(__file__).resolve().parents[2] / "core"

ALLOWED = {
    "__future__",
    "abc",
    "base64",
    "binascii",
    "bisect",
    "collections",
    "collections.abc",
    "contextlib",
    "dataclasses",
    "datetime",
    "decimal",
    "enum",
    "functools",
    "hashlib",
    "hmac",
    "idna",
    "ipaddress",
    "itertools",
    "json",
    "math",
    "re",
    "types",
    "typing",
    "unicodedata",
    "urllib.parse",
    "uuid",
    "zoneinfo",
}
"""Not os, socket, asyncio, time, or random: what core needs of those comes through ports.

All but `idna` are of the standard library. Which address is whose is a rule, and the standard library knows only the
IDNA of 2003, by which straße.example and strasse.example are one domain. Like `unicodedata` it is tables and functions.
"""

IMPURE_CALLS = {"now", "utcnow", "today", "uuid1", "uuid4", "open", "print", "input"}


def impurities(source: str) -> Iterator[str]:
    """Yield what a module of core must not do."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                yield from (f"import {name.name}" for name in names if not is_allowed(name.name))
            case ast.ImportFrom(module=module, level=level) if level or not is_allowed(module or ""):
                yield f"from {'.' * level}{module} import"
            case ast.Call(func=ast.Name(id=name)) if name in IMPURE_CALLS:
                yield f"{name}()"
            case ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr=name)) if name in IMPURE_CALLS:
                yield f"{owner}.{name}()"


def is_allowed(module: str) -> bool:
    return module in ALLOWED or module == "core" or module.startswith("core.")


@pytest.mark.parametrize("module", sorted(CORE.rglob("*.py")), ids=lambda path: str(path.relative_to(CORE)))
def test_core_is_pure(module: Path) -> None:
    assert list(impurities(module.read_text())) == []


@pytest.mark.parametrize(
    "planted",
    [
        "import sqlalchemy",
        "from aiohttp import web",
        "import os",
        "import asyncio",
        "from random import choice",
        "from adapters.memory import store",
        "import corelib",
        "from . import model",
        "datetime.now(UTC)",
        "uuid4()",
        "date.today()",
        "print(1)",
        "def f():\n    import socket",
    ],
)
def test_a_planted_impurity_is_found(planted: str) -> None:
    assert list(impurities(planted))


def test_every_module_on_the_list_is_used() -> None:
    used = {
        module
        for path in CORE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        for module in (
            [name.name for name in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert used >= ALLOWED


def test_times_are_written_as_text_by_one_function() -> None:
    writers = {str(path.relative_to(CORE)) for path in CORE.rglob("*.py") if ".isoformat(" in path.read_text()}
    assert writers == {"shared/times.py"}
