"""Where a file waits while its page runs: in memory, so that nobody's papers lie in the clear on a disk."""

from collections.abc import Callable
from io import BytesIO
from typing import Any, TypeVar

from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, TemporaryFileUploadHandler
from django.http import HttpRequest

LARGEST = 10 * 2**20 + 128 * 1024
"""What any door but the land's takes of one file: 10 MB, with what sealing in the browser adds to it."""
MOST_AT_ONCE = 100 * 2**20
"""The same for all files of one request: they are in memory together."""
Page = TypeVar("Page", bound=Callable[..., Any])


class InMemory(FileUploadHandler):
    """Keeps LARGEST bytes of a file and counts the rest: each door refuses what is longer with its own sentence."""

    def new_file(self, *args: Any, **words: Any) -> None:
        super().new_file(*args, **words)
        self.file = BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.file.write(raw_data[: max(0, LARGEST - start)])

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        self.file.seek(0)
        return InMemoryUploadedFile(
            self.file, self.field_name, self.file_name, self.content_type, file_size, self.charset, self.content_type_extra
        )  # fmt: skip


def takes_public_files(page: Page) -> Page:
    """For a page of the office whose files are public data of any size: they may wait on the disk."""
    page.takes_public_files = True  # type: ignore[attr-defined]
    return page


def wait_on_disk(request: HttpRequest, view: Callable[..., Any]) -> bool:
    """Whether the files of this request go to the disk; before anything has read them."""
    if not getattr(view, "takes_public_files", False) or getattr(request, "official", None) is None:
        return False
    request.upload_handlers = [TemporaryFileUploadHandler(request)]
    return True
