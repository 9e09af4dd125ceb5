"""The life of a model on one machine, told by real programs: MLflow, Kubeflow's pipeline, KServe, Traefik, Evidently.

python story/story.py --state FOLDER
"""

import argparse
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "pipeline"))

from processes import ENVIRONMENT, PIPELINE, NotReady, Program, free_port, mlflow_server, predictor  # noqa: E402 path first

# MLflow reads this when it is imported, and would report its use until then.
os.environ.update({key: ENVIRONMENT[key] for key in ENVIRONMENT if key.startswith(("MLFLOW_", "DO_NOT"))})

from router import Backend, Router  # noqa: E402 path first
from therapy import source, windows  # noqa: E402 path first
from therapy.canary import judge  # noqa: E402 path first
from therapy.drift_job import STARTED  # noqa: E402 path first
from therapy.feature_store import ListenerFeatures  # noqa: E402 path first
from therapy.features import matrix  # noqa: E402 path first
from therapy.registry import CHALLENGER, CHAMPION, STORAGE_URI, Registry, RuleBroken  # noqa: E402 path first
from therapy.sessions import Drift, make_sessions  # noqa: E402 path first
from therapy.store import open_store  # noqa: E402 path first
from traffic import Answer, Traffic, of  # noqa: E402 path first

MODEL = "relief"
# What the application wrote before each pipeline run, and how many of the newest days that run learns from.
FIRST = {"seed": 1, "days": 60, "first_day": "2026-01-05"}
MORE = {"seed": 5, "days": 15, "first_day": "2026-03-06"}
# What music helps changes after four weeks, the length of a listener's history; nothing in the requests shows it.
CHANGED = {"kind": "taste", "size": 0.6, "first_day": 28, "last_day": 10000}
LATER = {"seed": 3, "days": 56, "first_day": "2026-03-21", "drift": CHANGED}
SERVED_DAYS = 28
# An import that turns the outcome of everybody over 54 around, fixed before the sessions that judge.
WRONG = {"kind": "mislabelled", "size": 1.0, "first_day": 0, "last_day": 50}
BAD = {"seed": 4, "days": 60, "first_day": "2026-03-06", "drift": WRONG}
STEPS_OF_CANARY = (10, 50, 100)
# At 10 % the canary needs 50 answers to be judged by.
REQUESTS = 600


class Failed(RuntimeError):
    """A step did not do what the story says."""


@dataclass(frozen=True)
class Told:
    """What came of a step: a sentence, and the figures that others judge it by."""

    result: str
    figures: dict[str, object] = field(default_factory=dict)


class Story:
    """The steps done so far, in a file, so that the next start goes on where this one ended."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.journal = state / "journal.json"
        told = json.loads(self.journal.read_text()) if self.journal.exists() else {"seconds": 0, "steps": {}}
        self.done: dict[str, dict] = told["steps"]
        # Of all starts, up to the last step that each one finished.
        self.seconds: float = told["seconds"]
        self.counted = time.monotonic()
        self.port = free_port()
        self.uri = f"http://127.0.0.1:{self.port}"
        self.registry = Registry(MODEL, self.uri)
        self.store = open_store(str(state / "store"))

    def step(self, name: str, act: Callable[[], Told]) -> None:
        """Does the step, or skips it when an earlier start has done it; writes down what came of it and its time."""
        if name in self.done:
            print(f"  = {name}: {self.done[name]['result']} (done before)", flush=True)
            return
        print(f"  … {name}", flush=True)
        start = time.monotonic()
        told = act()
        now = time.monotonic()
        self.done[name] = {"result": told.result, "seconds": round(now - start, 1), "figures": told.figures}
        self.seconds, self.counted = round(self.seconds + now - self.counted, 1), now
        partial = self.journal.with_suffix(".partial")
        partial.write_text(json.dumps({"seconds": self.seconds, "steps": self.done}, indent=2))
        partial.replace(self.journal)
        print(f"  ✓ {name}: {told.result} ({self.done[name]['seconds']} s)", flush=True)

    def arguments(self, given: dict) -> dict:
        """The pipeline's parameters with where things are."""
        return {"tracking_uri": self.uri, "code_commit": commit(), "store": self.store.uri, "trials": 2, **given}

    def pipeline(self, given: dict) -> list[str]:
        """The command that runs the pipeline."""
        work = str(self.state / "pipeline")
        command = [sys.executable, str(PIPELINE / "pipeline.py"), "run", "--work", work]
        return [*command, "--arguments", json.dumps(self.arguments(given))]

    def run(self, name: str, command: list[str]) -> tuple[int, list[str]]:
        """Runs a command to its end; returns its code and the lines of its log."""
        with Program(name, command, self.state) as program:
            code = program.process.wait()
        return code, program.log.read_text(errors="replace").splitlines()

    def run_pipeline(self, name: str, given: dict) -> None:
        """Runs the pipeline; throws `Failed` when a step of it fails."""
        code, _ = self.run(name, self.pipeline(given))
        if code:
            raise Failed(f"the pipeline failed: see {self.state}/{name}.log")

    # The steps.

    def first_version(self) -> Told:
        """A pipeline run; the first version ever is the champion."""
        if self.registry.version(CHAMPION) is None:
            source.add(self.store, made(**FIRST))
            self.run_pipeline("pipeline-first", {"days": FIRST["days"]})
        number = self.registry.version(CHAMPION).version
        return Told(f"version {number} is champion", {"champion": number})

    def second_version(self) -> Told:
        """Another run, on more sessions and with more trials."""
        if self.registry.version(CHALLENGER) is None:
            source.add(self.store, made(**MORE))
            self.run_pipeline("pipeline-second", {"days": FIRST["days"] + MORE["days"], "trials": 3})
        number = self.registry.version(CHALLENGER).version
        return Told(f"version {number} is challenger", {"challenger": number})

    def canary(self) -> Told:
        """The challenger takes more and more of the traffic, becomes champion, and the former one ends."""
        challenger = self.registry.version(CHALLENGER)
        if challenger is None:
            return Told(f"version {self.registry.version(CHAMPION).version} was promoted before an interruption")
        number = challenger.version
        with self.serving() as (router, stable, former), ExitStack() as programs:
            measured = {}
            with Traffic(router.port, self.requests()) as traffic:
                tried, _ = programs.enter_context(self.program(number))
                for share in STEPS_OF_CANARY:
                    router.share({stable: 100 - share, tried: share})
                    answers = traffic.count(REQUESTS)
                    if share < 100 and (reasons := judge(of(stable.version, answers), of(number, answers))):
                        router.share({stable: 100})
                        self.registry.record_canary(number, passed=False)
                        raise Failed(f"the canary was rolled back: {'; '.join(reasons)}")
                    measured[share] = round(100 * sum(each.version == number for each in answers) / REQUESTS, 1)
                self.registry.record_canary(number, passed=True)
                self.registry.promote(number)
                router.share({tried: 100})
                former.stop()
                traffic.count(REQUESTS // 3)
            failed = none_failed(traffic.answers)
        shares = ", ".join(f"{asked}→{found}" for asked, found in measured.items())
        return Told(
            f"version {number} is champion; share asked→measured in %: {shares}; {failed}",
            {"champion": number, "measured": measured, "requests": len(traffic.answers)},
        )

    def drift(self) -> Told:
        """The champion serves four weeks in which what helps has changed; what it answered and what came of it stay."""
        sessions = made(**LATER)
        features = ListenerFeatures(self.state / "application")
        features.write(sessions)
        rows = features.at_start(sessions)
        began = pd.Timestamp(LATER["first_day"], tz="UTC") + pd.Timedelta(CHANGED["first_day"], "D")
        live = rows[rows["started_at"] >= began].reset_index(drop=True)
        # As the application writes them, once the outcomes are known: the drift check and the retraining read this.
        source.add(self.store, sessions)
        with self.serving() as (router, champion, _):
            served(router.port, live)
        logged = windows.live(self.store, champion.version, SERVED_DAYS)
        if len(logged) != len(live):
            raise Failed(f"{len(live)} sessions were served, {len(logged)} are in the predictor's log")
        return Told(f"{len(live)} sessions served, none failed, all in the log", {"sessions": len(logged)})

    def retraining(self) -> Told:
        """The drift job alarms and starts the pipeline."""
        challenger = self.registry.version(CHALLENGER)
        if challenger is not None:
            return Told(f"version {challenger.version} was registered before an interruption")
        # A start that an interruption ended counts for the cool-down; here somebody looked, and it is taken back.
        if STARTED in self.registry.client.get_registered_model(MODEL).tags:
            self.registry.client.delete_registered_model_tag(MODEL, STARTED)
        said = self.drift_job("drift-first")
        challenger = self.registry.version(CHALLENGER)
        if not said.startswith("drift:") or challenger is None:
            raise Failed(f"the drift job said '{said}', and nothing new was registered")
        return Told(f"{said}; version {challenger.version} is challenger", {"challenger": challenger.version})

    def once(self) -> Told:
        """The same window again: the drift is still there, and nothing is started."""
        before = len(self.versions())
        said = self.drift_job("drift-second")
        if "cooling down" not in said or len(self.versions()) != before:
            raise Failed(f"the second drift job said '{said}'")
        return Told("the next job finds the same, cools down and starts nothing", {"versions": before})

    def refused(self) -> Told:
        """A pipeline run on wrong labels ends at the gate."""
        before = len(self.versions())
        wrong = open_store(str(self.state / "wrong-import"))
        source.add(wrong, made(**BAD))
        code, lines = self.run("pipeline-bad", self.pipeline({"days": BAD["days"], "store": wrong.uri}))
        reasons = [line for line in lines if "model refused:" in line]
        if code == 0 or not reasons or len(self.versions()) != before:
            raise Failed(f"the gate did not refuse a bad model: see {self.state}/pipeline-bad.log")
        told = reasons[-1].split("model refused: ")[1]
        return Told(told, {"reasons": told.split("; "), "versions": before})

    def bad_canary(self) -> Told:
        """An old version, tried again on a machine whose neighbour takes the processor, is rolled back."""
        number = "1"
        version = self.registry.client.get_model_version(MODEL, number)
        if version.tags.get("canary") == "failed":
            return Told(f"version {number} was rolled back before an interruption")
        self.registry.challenge(number)
        with self.serving() as (router, stable, _), self.program(number) as (tried, program):
            with Traffic(router.port, self.requests()) as traffic:
                with starved(program):
                    router.share({stable: 80, tried: 20})
                    answers = traffic.count(REQUESTS)
                    reasons = judge(of(stable.version, answers), of(number, answers))
                    router.share({stable: 100})
                if not reasons:
                    raise Failed("a slow canary was taken for a good one")
                self.registry.record_canary(number, passed=False)
                traffic.count(REQUESTS // 3)
            failed = none_failed(traffic.answers)
        return Told(
            f"{'; '.join(reasons)}; version {stable.version} has all traffic again; {failed}",
            {"champion": stable.version, "reasons": reasons, "requests": len(traffic.answers)},
        )

    def serve(self) -> None:
        """Keeps the registry and the champion up until the process is ended, and says where they are."""
        with self.serving() as (router, champion, _):
            links = {"registry": self.uri, "model": f"http://127.0.0.1:{router.port}/v2/models/{MODEL}"}
            file = self.state / "endpoints.json"
            partial = file.with_suffix(".partial")
            partial.write_text(json.dumps({**links, "version": champion.version, "process": os.getpid()}))
            partial.replace(file)
            print(f"version {champion.version} serves at {links['model']}; registry: {self.uri}", flush=True)
            try:
                threading.Event().wait()
            finally:
                file.unlink()

    def summarise(self) -> None:
        """The steps with their times, and the whole against their sum."""
        print()
        for name, each in self.done.items():
            print(f"{each['seconds']:7.1f} s  {name}")
        steps = sum(each["seconds"] for each in self.done.values())
        print(f"{steps:7.1f} s  all steps, of {self.seconds} s in all")
        print(
            f"drift report: {self.store.uri}/drift/drift.html, metrics: {self.store.uri}/drift/drift.prom", flush=True
        )

    # What they share.

    def versions(self) -> list:
        """All registered versions."""
        return self.registry.client.search_model_versions(f"name = '{MODEL}'")

    def drift_job(self, name: str) -> str:
        """Runs the drift job as its schedule does, and returns what it says last."""
        command = [sys.executable, "-m", "therapy.drift_job", "--store", self.store.uri]
        command += ["--window-days", str(SERVED_DAYS), "--tracking-uri", self.uri, "--model", MODEL]
        command += ["--", *self.pipeline({"days": LATER["days"], "seed": LATER["seed"]})]
        code, lines = self.run(name, command)
        if code:
            raise Failed(f"the drift job failed: see {self.state}/{name}.log")
        return lines[-1]

    def requests(self) -> object:
        """The last sessions' requests, with what the online store knows of their listeners."""
        sessions = made(**FIRST)[-200:]
        known = ListenerFeatures.load(self.store, self.state / "online").now(sessions["listener_id"].tolist())
        return matrix(pd.concat([sessions.reset_index(drop=True), known.drop(columns="listener_id")], axis=1))

    @contextmanager
    def program(self, number: str) -> Iterator[tuple[Backend, Program]]:
        """A version, fetched from where the pipeline published it, as KServe does, and served."""
        folder = self.state / "models" / number
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        published = self.registry.client.get_model_version(MODEL, number).tags[STORAGE_URI]
        for file in Path(published).iterdir():
            shutil.copy(file, folder)
        backend = Backend(number, free_port())
        with predictor(self.state, backend.port, number, folder, self.store.uri) as program:
            yield backend, program

    @contextmanager
    def serving(self) -> Iterator[tuple[Router, Backend, Program]]:
        """The champion behind the router."""
        with self.program(self.registry.version(CHAMPION).version) as (champion, program):
            router = Router(self.state)
            with router.program:
                router.share({champion: 100})
                yield router, champion, program


def commit() -> str:
    """The commit of the code, with a mark where the files differ from it."""
    git = shutil.which("git")
    if git is None:
        return "unknown"
    told = subprocess.run(  # noqa: S603 git of the path, a fixed command
        [git, "-C", str(PIPELINE), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
        capture_output=True,
        text=True,
        check=False,
    )
    return told.stdout.strip() or "unknown"


def made(seed: int, days: int, first_day: str, drift: dict | None = None) -> pd.DataFrame:
    """Sessions of the documented generator, in place of those of an application with users."""
    return make_sessions(seed, days, first_day=first_day, drift=Drift(**drift or {}))


def served(port: int, rows: pd.DataFrame) -> None:
    """Asks for each row until all have been answered; throws `Failed` when one failed."""
    with Traffic(port, matrix(rows), per_second=400, sessions=rows["session_id"].tolist()) as traffic:
        traffic.all_rows()
    none_failed(traffic.answers)


def none_failed(answers: list[Answer]) -> str:
    """Throws `Failed` with an example when a request failed."""
    failed = [each.error for each in answers if each.error]
    if failed:
        raise Failed(f"{len(failed)} of {len(answers)} requests failed: {failed[0]}")
    return f"{len(answers)} requests, none failed"


@contextmanager
def starved(program: Program) -> Iterator[None]:
    """The program gets the processor a sixth of the time, as beside a greedy neighbour."""
    over = threading.Event()

    def neighbour() -> None:
        while not over.is_set():
            os.killpg(program.process.pid, signal.SIGSTOP)
            time.sleep(0.25)
            os.killpg(program.process.pid, signal.SIGCONT)
            time.sleep(0.05)

    thread = threading.Thread(target=neighbour)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--state", type=Path, required=True, help="folder that holds everything the story makes")
    parser.add_argument("--serve", action="store_true", help="keep registry and champion up afterwards, until ended")
    given = parser.parse_args()
    state = given.state.resolve()
    state.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    lock = (state / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print(f"story: another one runs in {state}; wait for it or choose another folder", file=sys.stderr)
        return 2
    story = Story(state)
    try:
        with mlflow_server(state, story.port):
            story.step("pipeline run, first version", story.first_version)
            story.step("pipeline run, second version", story.second_version)
            story.step("canary promoted", story.canary)
            story.step("drift injected", story.drift)
            story.step("alert, retraining started", story.retraining)
            story.step("not started twice", story.once)
            story.step("new champion serving", story.canary)
            story.step("bad model refused by the gate", story.refused)
            story.step("bad canary rolled back", story.bad_canary)
            story.summarise()
            if given.serve:
                story.serve()
    except KeyboardInterrupt:
        print("interrupted; the same command goes on from here", file=sys.stderr)
        return 130
    except (Failed, NotReady, RuleBroken, TimeoutError) as error:
        print(f"story: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
