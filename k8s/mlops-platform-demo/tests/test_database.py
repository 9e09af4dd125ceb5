"""MLflow's database: a dump that can be restored, in two places, and a password that nobody sees."""

import os
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conftest import ROOT
from therapy.database import backup, connection

NOW = datetime(2026, 5, 1, 2, 17, tzinfo=UTC)
URI = "postgresql://mlflow:p%40ss@db.example.com/runs?sslmode=verify-full"


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pg_dump that notes how it was called, and a pg_restore that fails where the dump says so."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "pg_dump").write_text(
        '#!/bin/sh\necho "$*" >"$0.arguments"\nenv >"$0.environment"\nprintf "%s" "${DUMP:-sound}" >"${2#--file=}"\n'
    )
    (folder / "pg_restore").write_text('#!/bin/sh\n! grep -q broken "$2"\n')
    for file in folder.iterdir():
        file.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return folder


def test_a_dump_is_on_the_volume_and_in_the_store_and_no_argument_has_the_password(
    programs: Path, tmp_path: Path
) -> None:
    old = tmp_path / "mlflow-20260101T000000Z.dump"
    old.write_text("old")
    os.utime(old, (0, 0))
    file = backup(URI, tmp_path, str(tmp_path / "store"), NOW)
    assert file.name == "mlflow-20260501T021700Z.dump"
    assert (tmp_path / "store" / file.name).read_bytes() == file.read_bytes() == b"sound"
    assert not old.exists()
    assert "p@ss" not in (programs / "pg_dump.arguments").read_text()
    environment = (programs / "pg_dump.environment").read_text()
    assert all(each in environment for each in ("PGPASSWORD=p@ss", "PGDATABASE=runs", "PGSSLMODE=verify-full"))


def test_a_dump_that_cannot_be_listed_is_not_kept(
    programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert programs.exists()
    monkeypatch.setenv("DUMP", "broken")
    with pytest.raises(subprocess.CalledProcessError):
        backup(URI, tmp_path, str(tmp_path / "store"), NOW)
    assert not list(tmp_path.glob("*.dump"))
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize(
    ("uri", "reason"),
    [("sqlite:///mlflow.db", "'sqlite' is not an address of PostgreSQL"), (f"{URI}&target=x", "option target")],
)
def test_an_address_that_is_not_understood_is_refused(uri: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        connection(uri)


def test_an_upgrade_makes_the_tables(tmp_path: Path) -> None:
    environment = {**os.environ, "MLFLOW_BACKEND_STORE_URI": f"sqlite:///{tmp_path}/mlflow.db"}
    command = [sys.executable, "-m", "therapy.database", "upgrade"]
    ended = subprocess.run(command, env=environment, cwd=ROOT / "pipeline", capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    with sqlite3.connect(tmp_path / "mlflow.db") as database:
        assert database.execute("select count(*) from alembic_version").fetchone() == (1,)
