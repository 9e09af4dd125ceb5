"""The drift job's figures and report, as Prometheus and people get them."""

import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT
from processes import free_port


def get(port: int, path: str) -> tuple[int, str, str]:
    """Status, type and text."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers["Content-Type"], error.read().decode()


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """Where the results of the test's own folder are served."""
    number = free_port()
    command = [sys.executable, "-m", "therapy.drift_results", "--store", str(tmp_path), "--port", str(number)]
    with subprocess.Popen(command, cwd=ROOT / "pipeline") as server:
        for _ in range(100):
            try:
                if get(number, "/health")[0] == 200:
                    break
            except OSError:
                assert server.poll() is None
                time.sleep(0.1)
        yield number
        server.terminate()
        assert server.wait(10) == 0


def test_before_the_first_check_there_are_no_figures(port: int) -> None:
    assert get(port, "/metrics")[::2] == (503, "drift was not checked yet\n")


def test_figures_and_report_are_those_of_the_last_check(port: int, tmp_path: Path) -> None:
    (tmp_path / "drift").mkdir()
    for value in ("1", "2"):
        (tmp_path / "drift" / "drift.prom").write_text(f"model_drift_score {value}\n")
    (tmp_path / "drift" / "drift.html").write_text("<p>report</p>")
    assert get(port, "/metrics") == (200, "text/plain; version=0.0.4; charset=utf-8", "model_drift_score 2\n")
    assert get(port, "/") == (200, "text/html; charset=utf-8", "<p>report</p>")


@pytest.mark.parametrize("path", ["/other", "/../drift.prom", "/drift.prom", "//etc/passwd", "/metrics/"])
def test_nothing_else_is_served(port: int, tmp_path: Path, path: str) -> None:
    (tmp_path / "drift").mkdir()
    (tmp_path / "drift" / "drift.prom").write_text("")
    (tmp_path / "drift" / "other").write_text("")
    assert get(port, path)[0] == 404


def test_nothing_can_be_written(port: int) -> None:
    request = urllib.request.Request(f"http://127.0.0.1:{port}/metrics", b"x", method="PUT")
    with pytest.raises(urllib.error.HTTPError, match="501"):
        urllib.request.urlopen(request, timeout=5)  # noqa: S310 an address of 127.0.0.1


def test_a_port_in_use_is_one_line(port: int, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "therapy.drift_results", "--store", str(tmp_path), "--port", str(port)]
    ended = subprocess.run(command, cwd=ROOT / "pipeline", capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr == f"drift results: cannot listen on 127.0.0.1:{port}: Address already in use\n"
