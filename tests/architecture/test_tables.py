"""Each slice's tables are complete on their own: what they mean does not depend on what was imported before."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted((ROOT / "adapters" / "postgres").glob("*/tables.py"))

UNTYPED_COLUMNS = """
import importlib, sys
from sqlalchemy.types import NullType
importlib.import_module(sys.argv[1])
from adapters.postgres.shared.metadata import metadata
columns = [column for table in metadata.tables.values() for column in table.c]
assert columns
print(*[column for column in columns if isinstance(column.type, NullType)])
"""


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.parent.name)
def test_every_column_has_a_type_of_its_own(path: Path) -> None:
    # In a process of its own, where no other slice has been imported: a foreign key takes the type of a known table.
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    command = [sys.executable, "-c", UNTYPED_COLUMNS, module]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.split() == []
