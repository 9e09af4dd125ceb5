"""What an interruption leaves: nothing that runs, and a journal to go on from."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import ROOT

STORY = [sys.executable, str(ROOT / "story" / "story.py"), "--state"]


def running(folder: Path) -> list[str]:
    """The programs that have this folder in their command."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            # What a program starts may name the folder nowhere, but works in it.
            command += str((entry.parent / "cwd").readlink())
        except OSError:
            continue
        if str(folder) in command and entry.parent.name != str(os.getpid()):
            found.append(command)
    return found


def wait_until(condition: object, seconds: float) -> bool:
    """Whether it came true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.2)
    return False


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone ends a child with its parent")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_story_that_is_ended_leaves_nothing_running(tmp_path: Path, how: signal.Signals) -> None:
    story = subprocess.Popen([*STORY, str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        assert wait_until((tmp_path / "pipeline-first.log").exists, 180), "the first step has begun"
        assert any("mlflow" in each for each in running(tmp_path))
        story.send_signal(how)
        said = story.communicate(timeout=60)[1].decode()
        if how == signal.SIGINT:
            assert (story.returncode, said) == (130, "interrupted; the same command goes on from here\n")
        assert wait_until(lambda: not running(tmp_path), 60), running(tmp_path)
    finally:
        story.kill()
        story.communicate()


def test_a_second_story_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    first = subprocess.Popen([*STORY, str(tmp_path)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        assert wait_until((tmp_path / "mlflow.log").exists, 120)
        second = subprocess.run([*STORY, str(tmp_path)], capture_output=True, text=True, check=False)
        assert second.returncode == 2
        assert second.stderr == f"story: another one runs in {tmp_path}; wait for it or choose another folder\n"
    finally:
        first.terminate()
        first.wait(60)
    assert wait_until(lambda: not running(tmp_path), 60), running(tmp_path)


def test_a_step_that_was_done_is_not_done_again(tmp_path: Path) -> None:
    from story import Story

    (tmp_path / "journal.json").write_text(json.dumps({"one": {"result": "before", "seconds": 1}}))
    story = Story(tmp_path)
    done = []
    story.step("one", lambda: done.append("one") or "again")
    story.step("two", lambda: done.append("two") or "now")
    assert done == ["two"]
    assert Story(tmp_path).done["two"]["result"] == "now"
    assert Story(tmp_path).done["one"]["result"] == "before"


def test_a_step_that_failed_is_tried_again(tmp_path: Path) -> None:
    from story import Failed, Story

    def fail() -> str:
        raise Failed("no")

    with pytest.raises(Failed):
        Story(tmp_path).step("one", fail)
    assert Story(tmp_path).done == {}
