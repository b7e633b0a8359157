"""The audit of the locked packages: the real pip-audit asks a local service, or none at all."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.audit.dependencies import pip_audit, report

VULNERABILITY = {
    "id": "PYSEC-2026-1",
    "aliases": ["CVE-2026-1"],
    "summary": "Anybody may read anything.",
    "affected": [
        {
            "package": {"name": "idna", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "3.12"}]}],
        }
    ],
}


@pytest.fixture
def lock(tmp_path: Path) -> str:
    file = tmp_path / "requirements.lock"
    file.write_text(f"idna==3.10 --hash=sha256:{'0' * 64}\nattrs==25.1.0 --hash=sha256:{'1' * 64}\n")
    return str(file)


@contextmanager
def service(vulnerabilities: dict[str, list[dict[str, Any]]]) -> Iterator[str]:
    """The URL of an OSV service that knows these vulnerabilities, by package."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            found = vulnerabilities.get(query["package"]["name"])
            body = json.dumps({"vulns": found} if found else {}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1/query"
        finally:
            server.shutdown()


def test_a_known_vulnerability_is_reported_with_its_names_and_fix_and_fails(lock: str) -> None:
    with service({"idna": [VULNERABILITY]}) as url:
        lines, code = report(pip_audit([lock], url))
    assert code == 1
    assert lines == [
        "idna 3.10: PYSEC-2026-1, CVE-2026-1, fixed in 3.12. Anybody may read anything.",
        "2 packages, 1 known vulnerabilities.",
    ]


def test_no_known_vulnerability_passes(lock: str) -> None:
    with service({}) as url:
        assert report(pip_audit([lock], url)) == (["2 packages, 0 known vulnerabilities."], 0)


def test_an_unreachable_service_is_reported_and_does_not_fail(lock: str) -> None:
    with service({}) as url:
        pass  # the service has stopped here
    [line], code = report(pip_audit([lock], url))
    assert line.startswith("Could not check for known vulnerabilities: ")
    assert code == 0


def test_a_service_that_knows_no_package_counts_as_unreachable() -> None:
    skipped = {"dependencies": [{"name": "idna", "skip_reason": "not found"}]}
    reported = report(subprocess.CompletedProcess([], 0, json.dumps(skipped), ""))
    assert reported == (["Could not check for known vulnerabilities: the service knows none of 1 packages."], 0)


def test_the_command_reads_our_locks_and_exits_with_the_result(lock: str) -> None:
    root = Path(__file__).resolve().parents[2]
    locks = [str(root / "requirements.lock"), str(root / "requirements-dev.lock")]
    with service({"idna": [VULNERABILITY]}) as url:
        command = [sys.executable, str(root / "tests/audit/dependencies.py"), *locks, "--osv-url", url]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "idna " in done.stdout
    assert done.stdout.endswith("packages, 1 known vulnerabilities.\n")
