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


def interruptible() -> None:
    """Also where the tests run in the background, whose children ignore the terminal's interrupt."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_story_keeps_its_folder_to_itself_and_leaves_nothing_running(tmp_path: Path, how: signal.Signals) -> None:
    story = subprocess.Popen(
        [*STORY, str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=interruptible
    )
    try:
        assert wait_until((tmp_path / "pipeline-first.log").exists, 600), "the first step has begun"
        assert any("mlflow" in each for each in running(tmp_path))
        if how == signal.SIGINT:
            second = subprocess.run([*STORY, str(tmp_path)], capture_output=True, text=True, check=False)
            assert second.returncode == 2
            assert second.stderr == f"story: another one runs in {tmp_path}; wait for it or choose another folder\n"
        story.send_signal(how)
        said = story.communicate(timeout=60)[1].decode()
        if how == signal.SIGINT:
            assert (story.returncode, said) == (130, "interrupted; the same command goes on from here\n")
        assert wait_until(lambda: not running(tmp_path), 60), running(tmp_path)
    finally:
        story.kill()
        story.communicate()


def test_a_step_that_was_done_is_not_done_again(tmp_path: Path) -> None:
    from story import Story, Told

    before = {"result": "before", "seconds": 1, "figures": {}}
    (tmp_path / "journal.json").write_text(json.dumps({"seconds": 100, "steps": {"one": before}}))
    story = Story(tmp_path)
    done = []
    story.step("one", lambda: done.append("one") or Told("again"))
    story.step("two", lambda: done.append("two") or Told("now", {"count": 2}))
    assert done == ["two"]
    again = Story(tmp_path)
    assert again.done["one"] == before
    assert (again.done["two"]["result"], again.done["two"]["figures"]) == ("now", {"count": 2})
    assert 100 <= again.seconds < 110, "the time of both starts"


def test_a_step_that_failed_is_tried_again(tmp_path: Path) -> None:
    from story import Failed, Story, Told

    def fail() -> Told:
        raise Failed("no")

    with pytest.raises(Failed):
        Story(tmp_path).step("one", fail)
    assert Story(tmp_path).done == {}
