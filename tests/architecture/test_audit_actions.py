"""Every action that is written to the audit log is one of `AUDIT_ACTIONS`, which admins choose from."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from core.shared.audit import AUDIT_ACTIONS

CORE = Path(__file__).resolve().parents[2] / "core"
WRITERS = {"record_action", "write"}


def written_actions(source: str) -> Iterator[str]:
    """Yield the dotted names in calls that write to the log."""
    for call in ast.walk(ast.parse(source)):
        if isinstance(call, ast.Call) and ast.unparse(call.func).rpartition(".")[2] in WRITERS:
            for each in [part for argument in call.args for part in ast.walk(argument)]:
                if isinstance(each, ast.Constant) and isinstance(each.value, str) and "." in each.value:
                    yield each.value


def test_the_actions_of_the_audit_log_are_known() -> None:
    written = {action for path in CORE.rglob("*.py") for action in written_actions(path.read_text())}
    assert sorted(written) == sorted(AUDIT_ACTIONS)
