"""`python tests/audit/dependencies.py LOCK…`: look for known vulnerabilities in locked packages. `make audit` runs it.

The exit code is 1 only when there are findings. When the service cannot be reached, one line says so: that is neither
a finding nor an all-clear.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

TIMEOUT_SECONDS = "15"
"""Seconds to wait for each response of the service."""


def main() -> int:
    parser = argparse.ArgumentParser(description="Look for known vulnerabilities in locked packages.")
    parser.add_argument("locks", nargs="+", help="Files with one hashed version for each package.")
    parser.add_argument("--osv-url", help="Ask this OSV service instead of PyPI.")
    arguments = parser.parse_args()
    lines, code = report(pip_audit(arguments.locks, arguments.osv_url))
    sys.stdout.write("\n".join([*lines, ""]))
    return code


def pip_audit(locks: list[str], osv_url: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run pip-audit on the locks. They are complete, so that it installs and resolves nothing."""
    command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes", "--format", "json"]
    command += ["--progress-spinner", "off", "--timeout", TIMEOUT_SECONDS]
    command += ["--vulnerability-service", "osv", "--osv-url", osv_url] if osv_url else []
    command += [part for lock in locks for part in ("--requirement", lock)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def report(done: subprocess.CompletedProcess[str]) -> tuple[list[str], int]:
    """Return the lines to print and the exit code."""
    try:
        packages: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (json.JSONDecodeError, KeyError):
        # The service cannot be reached; the last line says why.
        errors = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        return [f"Could not check for known vulnerabilities: {errors[-1][:200]}"], 0
    known = [package for package in packages if "vulns" in package]
    if not known:
        return [f"Could not check for known vulnerabilities: the service knows none of {len(packages)} packages."], 0
    findings = [line for package in known for line in _findings(package)]
    skipped = [f"Not known to the service: {each['name']}" for each in packages if each not in known]
    return [*findings, *skipped, f"{len(known)} packages, {len(findings)} known vulnerabilities."], 1 if findings else 0


def _findings(package: dict[str, Any]) -> Iterator[str]:
    for each in package["vulns"]:
        names = ", ".join([each["id"], *each["aliases"]])
        versions = ", ".join(each["fix_versions"]) or "no version yet"
        yield f"{package['name']} {package['version']}: {names}, fixed in {versions}. {each['description'][:200]}"


if __name__ == "__main__":
    sys.exit(main())
