"""Objects by key, in a bucket or in a folder: the place where pipeline, serving and drift check meet.

sessions/…            what the application writes: sessions, with their outcome once it is known
features/…            the feature store's files
versions/N/…          what an InferenceService of version N loads, and nothing else
references/N.parquet  the sessions that version N was judged by, with its predictions
requests/N/…          what version N was asked and answered
drift/…               the last drift check's report and metrics
"""

from pathlib import Path
from typing import Protocol

import boto3
from botocore.exceptions import ClientError


class Store(Protocol):
    """Reads, writes and lists objects."""

    uri: str

    def read(self, key: str) -> bytes | None:
        """Returns the object, or `None` where it does not exist."""

    def write(self, key: str, data: bytes) -> None:
        """Creates or replaces the object."""

    def keys(self, prefix: str) -> list[str]:
        """Returns the keys that start with the prefix, in order."""


class Folder:
    """A store in a folder of this machine."""

    def __init__(self, uri: str) -> None:
        self.uri = uri
        self.root = Path(uri)

    def read(self, key: str) -> bytes | None:
        """Returns the file's content."""
        file = self.root / key
        return file.read_bytes() if file.is_file() else None

    def write(self, key: str, data: bytes) -> None:
        """Writes beside the file and renames, so that no reader sees a part of it."""
        file = self.root / key
        file.parent.mkdir(parents=True, exist_ok=True)
        partial = file.with_name(f".{file.name}.partial")
        partial.write_bytes(data)
        partial.replace(file)

    def keys(self, prefix: str) -> list[str]:
        """Lists files; those that are being written are hidden."""
        files = (file for file in self.root.rglob("*") if file.is_file() and not file.name.startswith("."))
        found = (file.relative_to(self.root).as_posix() for file in files)
        return sorted(key for key in found if key.startswith(prefix))


class Bucket:
    """A store below a prefix of a bucket. The environment has region, credentials and endpoint, as for any SDK."""

    def __init__(self, uri: str) -> None:
        self.uri = uri
        self.bucket, _, prefix = uri.removeprefix("s3://").partition("/")
        self.prefix = f"{prefix.rstrip('/')}/" if prefix else ""
        self.client = boto3.client("s3")

    def read(self, key: str) -> bytes | None:
        """Returns the object's content."""
        try:
            return self.client.get_object(Bucket=self.bucket, Key=self.prefix + key)["Body"].read()
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchKey":
                return None
            raise

    def write(self, key: str, data: bytes) -> None:
        """Puts the object; S3 shows it whole or not at all."""
        self.client.put_object(Bucket=self.bucket, Key=self.prefix + key, Body=data)

    def keys(self, prefix: str) -> list[str]:
        """Lists all pages."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=self.prefix + prefix)
        found = (each["Key"] for page in pages for each in page.get("Contents", []))
        return sorted(key.removeprefix(self.prefix) for key in found)

    def create(self) -> None:
        """Creates the bucket where it does not exist."""
        try:
            self.client.head_bucket(Bucket=self.bucket)
        except ClientError:
            self.client.create_bucket(Bucket=self.bucket)


def open_store(uri: str) -> Store:
    """Returns the bucket for `s3://…`, else the folder."""
    return Bucket(uri) if uri.startswith("s3://") else Folder(uri)
