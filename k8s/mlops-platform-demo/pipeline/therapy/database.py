"""MLflow's database: brings its tables up to date, and dumps it. No password is in a process list.

python -m therapy.database upgrade
python -m therapy.database backup --folder /backups --store s3://bucket/backups

The address is in MLFLOW_BACKEND_STORE_URI.
"""

import argparse
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from therapy.store import open_store

KEPT = timedelta(days=14)
OPTIONS = {"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT"}


def connection(uri: str) -> dict[str, str]:
    """Returns the address as the variables that PostgreSQL's programs read."""
    parts = urlsplit(uri)
    options = dict(parse_qsl(parts.query))
    if set(options) - set(OPTIONS):
        raise ValueError(f"option {', '.join(set(options) - set(OPTIONS))} of the address is not known here")
    if not parts.scheme.startswith("postgresql") or not parts.hostname:
        raise ValueError(f"'{parts.scheme}' is not an address of PostgreSQL")
    return {
        "PGHOST": parts.hostname,
        "PGPORT": str(parts.port or 5432),
        "PGUSER": unquote(parts.username or ""),
        "PGPASSWORD": unquote(parts.password or ""),
        "PGDATABASE": parts.path.lstrip("/"),
        **{OPTIONS[name]: value for name, value in options.items()},
    }


def run(command: list[str], environment: dict[str, str]) -> None:
    """Runs a program of the image to its end; throws `CalledProcessError` where it fails."""
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)  # noqa: S603 fixed commands, no shell


def backup(uri: str, folder: Path, store: str, now: datetime) -> Path:
    """Dumps into the folder and the store; returns the file. The copy in the store outlives the volume's zone."""
    file = folder / f"mlflow-{now:%Y%m%dT%H%M%SZ}.dump"
    partial = file.with_suffix(".partial")
    environment = {**os.environ, **connection(uri)}
    run(["pg_dump", "--format=custom", f"--file={partial}"], environment)
    # A dump that cannot be listed cannot be restored.
    run(["pg_restore", "--list", str(partial)], environment)
    partial.rename(file)
    open_store(store).write(file.name, file.read_bytes())
    for old in folder.glob("mlflow-*"):
        if datetime.fromtimestamp(old.stat().st_mtime, UTC) < now - KEPT:
            old.unlink()
    return file


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("upgrade", help="create or change the tables for this version of MLflow")
    dumping = commands.add_parser("backup", help="write a dump")
    dumping.add_argument("--folder", type=Path, required=True)
    dumping.add_argument("--store", required=True, help="s3://BUCKET/PREFIX or a folder")
    given = parser.parse_args()
    uri = os.environ["MLFLOW_BACKEND_STORE_URI"]
    if given.command == "upgrade":
        from mlflow.cli import cli

        # Prints the address nowhere, and ends the process with its own code.
        cli(["db", "upgrade", uri])
        return 0
    try:
        print(backup(uri, given.folder, given.store, datetime.now(UTC)))
    except (ValueError, subprocess.CalledProcessError) as error:
        print(f"backup: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
