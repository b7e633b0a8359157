"""The settings of a platform that a benchmark opens."""

from __future__ import annotations

from pathlib import Path

from entrypoints.settings import Profile, Settings


def embedded_settings(data_dir: Path) -> Settings:
    """Return the settings of the embedded database in this folder, whatever the environment says."""
    return Settings(
        _env_file=None,  # type: ignore[call-arg]  # pydantic-settings takes it; its stubs don't say so
        profile=Profile.EMBEDDED,
        database_url=None,
        jwt_secret=None,
        data_dir=data_dir,
        access_token_expire_minutes=1440,
    )
