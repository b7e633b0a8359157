"""Providers of images and of the storage that has their files."""

from __future__ import annotations

from dependency_injector.providers import Factory, Provider, Selector, Singleton

from adapters.dependency_injection.foundation import Foundation
from adapters.images.processor import PillowProcessor
from adapters.memory.object_store import MemoryObjectStore
from adapters.storage.object_stores import S3Access, open_storage
from core.media.ports import ImageProcessor, ObjectStore


class Images(Foundation):
    """What decodes images, and the storage of their files: a folder, S3, or memory."""

    settings = Foundation.settings

    storage_client = Singleton(
        open_storage,
        settings.storage_url,
        Factory(
            S3Access,
            endpoint=settings.aws_endpoint_url,
            region=settings.aws_region,
            access_key_id=settings.aws_access_key_id,
            secret_access_key=settings.aws_secret_access_key,
            session_token=settings.aws_session_token,
        ),
    )
    storage: Provider[ObjectStore] = Selector(
        settings.storage, memory=Singleton(MemoryObjectStore), client=storage_client
    )
    image_processor: Provider[ImageProcessor] = Singleton(PillowProcessor)
