"""`python tests/audit/dependencies.py LOCK…`: whether a locked package has a known hole. `make audit` runs it.

The exit code is 1 for findings alone. Where nobody could be asked, one line says so: that is no finding, and no
all-clear.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

PATIENCE = "15"
"""Seconds for each answer of the service."""


def main() -> int:
    parser = argparse.ArgumentParser(description="Look for known holes in locked packages.")
    parser.add_argument("locks", nargs="+", help="Files with one hashed version for each package.")
    parser.add_argument("--osv-url", help="Ask this OSV service, in place of PyPI.")
    asked = parser.parse_args()
    lines, code = judged(pip_audit(asked.locks, asked.osv_url))
    sys.stdout.write("\n".join([*lines, ""]))
    return code


def pip_audit(locks: list[str], osv_url: str | None = None) -> subprocess.CompletedProcess[str]:
    """What pip-audit says of the locks, which name all there is: it installs and resolves nothing."""
    command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes", "--format", "json"]
    command += ["--progress-spinner", "off", "--timeout", PATIENCE]
    command += ["--vulnerability-service", "osv", "--osv-url", osv_url] if osv_url else []
    command += [part for lock in locks for part in ("--requirement", lock)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def judged(done: subprocess.CompletedProcess[str]) -> tuple[list[str], int]:
    """What to tell, and the exit code."""
    try:
        packages: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (json.JSONDecodeError, KeyError):
        # It answers like this when there is no way to the service; its last line says what was in the way.
        said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        return [f"Known holes could not be asked for: {said[-1][:200]}"], 0
    known = [package for package in packages if "vulns" in package]
    if not known:
        return [f"Known holes could not be asked for: the service knows none of {len(packages)} packages."], 0
    findings = [line for package in known for line in _findings(package)]
    skipped = [f"Not known to the service: {each['name']}" for each in packages if each not in known]
    return [*findings, *skipped, f"{len(known)} packages, {len(findings)} known holes."], 1 if findings else 0


def _findings(package: dict[str, Any]) -> Iterator[str]:
    for hole in package["vulns"]:
        names = ", ".join([hole["id"], *hole["aliases"]])
        mended = ", ".join(hole["fix_versions"]) or "no version yet"
        yield f"{package['name']} {package['version']}: {names}, mended in {mended}. {hole['description'][:200]}"


if __name__ == "__main__":
    sys.exit(main())
