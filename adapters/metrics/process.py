"""Metrics of the process itself, with the names that every Prometheus client library uses, and of what is running."""

from __future__ import annotations

import platform
import resource
from importlib.metadata import version

import psutil
from aioprometheus.collectors import Counter, Gauge, Registry


class ProcessMetrics:
    """Gauges and counters that are read from the operating system by `update`."""

    def __init__(self, registry: Registry) -> None:
        self._process = psutil.Process()
        self._cpu = Counter("process_cpu_seconds_total", "CPU time used, in seconds.", registry=registry)
        self._resident = Gauge("process_resident_memory_bytes", "Resident memory.", registry=registry)
        self._virtual = Gauge("process_virtual_memory_bytes", "Virtual memory.", registry=registry)
        self._open_files = Gauge("process_open_fds", "Open file descriptors.", registry=registry)
        max_files = Gauge("process_max_fds", "Limit of open file descriptors.", registry=registry)
        max_files.set({}, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
        started = Gauge("process_start_time_seconds", "Start, as a Unix time.", registry=registry)
        started.set({}, self._process.create_time())
        build = Gauge("nocturne_build_info", "The versions that are running; the value is 1.", registry=registry)
        build.set({"version": version("nocturne"), "python": platform.python_version()}, 1)

    def update(self) -> None:
        """Read the present values."""
        with self._process.oneshot():
            times, memory = self._process.cpu_times(), self._process.memory_info()
            self._cpu.set({}, times.user + times.system)
            self._resident.set({}, memory.rss)
            self._virtual.set({}, memory.vms)
            self._open_files.set({}, self._process.num_fds())
