#!/usr/bin/env python3
"""Runs the steps of a pipeline on this machine: in the order of `dependsOn`, as its templates expand.

It refuses what Azure leaves empty: an output of a stage or a job that `dependsOn` does not name, however certainly it
came before; a file that another job wrote and did not publish. Scripts are run. What only Azure can do is listed as
skipped, with the reason: never as passed.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

ROOT = Path(__file__).resolve().parents[1]
OUTPUT = re.compile(r"^##vso\[task\.setvariable variable=([A-Za-z0-9_.]+);isOutput=true\](.*)$", re.MULTILINE)
# As `stageDependencies.STAGE.JOB.outputs['STEP.NAME']` or `dependencies.JOB.outputs['STEP.NAME']`.
REFERENCE = re.compile(r"^\$\[ *(?:stageDependencies\.(\w+)|dependencies)\.(\w+)\.outputs\['(\w+)\.(\w+)'\] *\]$")
SUCCESS = ["preDeploy", "deploy", "routeTraffic", "postRouteTraffic", "on.success"]


class Wrong(Exception):
    """What keeps the pipeline from being run, in one line."""


def variables(node: dict[str, Any]) -> dict[str, str]:
    """Return the variables of a pipeline, stage or job; those of groups are given by --set."""
    found = node.get("variables") or {}
    if isinstance(found, list):
        return {each["name"]: each["value"] for each in found if "name" in each}
    return found


def names(given: str | list[str] | None) -> list[str]:
    """Return what `dependsOn` names."""
    return [given] if isinstance(given, str) and given else list(given or [])


def split(text: str) -> list[str]:
    """Return a task's arguments as the task takes them apart: by blanks and double quotes, and by nothing else.

    Source: microsoft/azure-pipelines-task-lib, node/toolrunner.ts, `_argStringToArray`. A single quote is a letter.
    """
    return [part.replace('"', "") for part in re.findall(r'(?:"[^"]*"|[^" ])+', text)]


def ordered(nodes: list[dict[str, Any]], kind: str, above: list[dict[str, Any] | None]) -> list[dict[str, Any]]:
    """Return stages or jobs as they can begin: after those that they name, else after the one above."""

    def name(node: dict[str, Any]) -> str:
        return str(node.get(kind) or node.get("deployment"))

    waits = {}
    for index, node in enumerate(nodes):
        default = [name(one)] if index < len(above) and (one := above[index]) else []
        waits[name(node)] = names(node["dependsOn"]) if "dependsOn" in node else default
    found: list[dict[str, Any]] = []
    while len(found) < len(nodes):
        done = {name(node) for node in found}
        ready = [node for node in nodes if name(node) not in done and set(waits[name(node)]) <= done]
        if not ready:
            rest = sorted(set(waits) - done)
            raise Wrong(f"the {kind}s {', '.join(rest)} wait for each other, or for a {kind} that does not exist")
        found.append(ready[0])
    return found


class Run:
    """One run: its artifacts, its outputs, what came of each step."""

    def __init__(self, given: dict[str, str], workspace: Path, log: TextIO) -> None:
        self.given = given
        self.workspace = workspace
        self.log = log
        self.outputs: dict[tuple[str, ...], str] = {}
        # What the present stage and job name in `dependsOn`: nothing else has outputs for them.
        self.stages: list[str] = []
        self.jobs: list[str] = []
        self.counter = 0
        self.own = workspace
        self.results: list[str] = []

    def say(self, text: str) -> None:
        """Print a line and keep it."""
        print(text, flush=True)
        self.log.write(text + "\n")
        self.log.flush()

    def note(self, where: str, title: str, result: str, reason: str = "") -> None:
        """Count what came of a step."""
        self.results.append(result)
        because = f" ({reason})" if reason else ""
        self.say(f"{result.upper():7} {where}: {title}{because}")

    def value(self, text: object, stage: str, known: dict[str, str]) -> str:
        """Put values in the place of `$(name)` and of `$[ … ]`."""
        match = REFERENCE.match(str(text))
        if match:
            place = (match[1] or stage, match[2], match[3], match[4])
            if match[1] and match[1] not in self.stages:
                raise Wrong(f"the stage {stage} does not name {match[1]} in dependsOn, and gets none of its outputs")
            if not match[1] and match[2] not in self.jobs:
                raise Wrong(f"the job does not name {match[2]} in dependsOn, and gets none of its outputs")
            if place not in self.outputs:
                raise Wrong("nothing has set the output {}".format(".".join(place)))
            return self.outputs[place]

        def one(match: re.Match[str]) -> str:
            name = match[1]
            if name not in known:
                raise Wrong(f"the variable {name} has no value here; give it with --set {name}=…")
            return self.value(known[name], stage, known)

        return re.sub(r"\$\(([A-Za-z_][\w.-]*)\)", one, str(text))

    def step(self, where: str, stage: str, job: str, step: dict[str, Any], known: dict[str, str]) -> bool:
        """Run one step; return whether it did not fail."""
        title = step.get("displayName") or step.get("bash") or step.get("task") or next(iter(step))
        title = str(title).strip().splitlines()[0][:90]
        try:
            command, reason = self.command(stage, step, known)
            if command is None:
                self.note(where, title, "skipped", reason)
                return True
            if callable(command):
                try:
                    command()
                except OSError as error:
                    raise Wrong(f"there is no {error.filename}") from error
                self.note(where, title, "passed")
                return True
            environment = {key: self.value(text, stage, known) for key, text in step.get("env", {}).items()}
        except Wrong as error:
            self.note(where, title, "failed", str(error))
            return False
        for attempt in range(1 + int(step.get("retryCountOnTaskFailure", 0))):
            start = time.monotonic()
            self.say("        $ " + " ".join(command[2:] if command[:2] == ["bash", "-c"] else command))
            done = subprocess.run(  # noqa: S603 - the pipeline's own scripts are what is run here
                command,
                cwd=ROOT,
                env={**os.environ, **environment},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
                timeout=60 * int(step.get("timeoutInMinutes", 30)),
            )
            for line in done.stdout.splitlines():
                self.say("        | " + line)
            seconds = "%.1f s" % (time.monotonic() - start)
            if done.returncode == 0:
                break
            self.say(f"        exit code {done.returncode}, attempt {attempt + 1}")
        for name, text in OUTPUT.findall(done.stdout):
            self.outputs[(stage, job, step.get("name", ""), name)] = text
            known["{}.{}".format(step.get("name", ""), name)] = text
        skipped = [line for line in done.stdout.splitlines() if line.startswith("SKIPPED: ")]
        for line in skipped:
            self.note(where, title, "skipped", line[len("SKIPPED: ") :])
        self.note(where, title, "passed" if done.returncode == 0 else "failed", seconds)
        return done.returncode == 0

    def command(
        self, stage: str, step: dict[str, Any], known: dict[str, str]
    ) -> tuple[list[str] | Callable[[], object] | None, str]:
        """Return what to run for a step, else why it is not run."""
        if "bash" in step:
            return ["bash", "-c", self.value(step["bash"], stage, known)], ""
        if "checkout" in step:
            return None, "the files are here"
        artifacts = self.workspace / "artifacts"
        if step.get("download") == "none":
            return None, "nothing is fetched"
        if "publish" in step:
            source, name = (self.value(text, stage, known) for text in (step["publish"], step["artifact"]))
            return lambda: shutil.copytree(source, artifacts / name, dirs_exist_ok=True), ""
        if "download" in step:
            name = step["artifact"]
            if not (artifacts / name).is_dir():
                raise Wrong(f"there is no artifact {name}")
            return lambda: shutil.copytree(artifacts / name, self.own / name, dirs_exist_ok=True), ""
        inputs = step.get("inputs", {})
        if step["task"] == "AzureCLI@2":
            script, words = inputs["scriptPath"], split(inputs["arguments"])
            if Path(script).name.startswith("azure-"):
                # It logs in and then runs what stands behind `--`.
                if "--" not in words:
                    return None, "logs in at Azure or asks it"
                words = words[words.index("--") + 1 :]
            else:
                words = [script, *words]
            return [self.value(word, stage, known) for word in words], ""
        return None, "a task of Azure's own"

    def job(self, stage: str, node: dict[str, Any], inherited: dict[str, str]) -> bool:
        """Run a job's steps, or the hooks of a deployment; return whether all went well."""
        name = node.get("job") or node["deployment"]
        self.jobs = names(node.get("dependsOn"))
        where = f"{stage}/{name}"

        def known() -> dict[str, str]:
            # Each job and each hook has a machine of its own: no file goes with it.
            return {**self.predefined(), **inherited, **variables(node), **self.given}

        if "strategy" not in node:
            return self.steps(where, stage, name, node["steps"], known())
        hooks = dict(node["strategy"]["runOnce"])
        for when, hook in hooks.pop("on", {}).items():
            hooks["on." + when] = hook
        for hook in SUCCESS:
            if hook in hooks and not self.steps(f"{where}/{hook}", stage, name, hooks[hook]["steps"], known()):
                if "on.failure" in hooks:
                    self.steps(where + "/on.failure", stage, name, hooks["on.failure"]["steps"], known())
                return False
        return True

    def steps(self, where: str, stage: str, job: str, steps: list[dict[str, Any]], known: dict[str, str]) -> bool:
        """Run steps in order; after a failure only those whose condition wants that."""
        well = True
        for step in steps:
            anyhow = step.get("condition") in ("always()", "succeededOrFailed()")
            if well or anyhow:
                well = self.step(where, stage, job, step, known) and well
            else:
                self.note(where, str(step.get("displayName") or next(iter(step))), "skipped", "a step before it failed")
        return well

    def pipeline(self, pipeline: dict[str, Any], only: list[str]) -> None:
        """Run the stages one after another; the first that fails is the last."""
        stages = pipeline.get("stages") or [{"stage": "pipeline", "jobs": pipeline["jobs"]}]
        unknown = set(only) - {stage["stage"] for stage in stages}
        if unknown:
            raise Wrong("there is no stage {}".format(", ".join(sorted(unknown))))
        before: list[str] = []
        for stage in ordered(stages, "stage", [None, *stages]):
            # Without `dependsOn` a stage waits for the one above it, and has that one's outputs.
            self.stages = names(stage["dependsOn"]) if "dependsOn" in stage else before[-1:]
            before.append(stage["stage"])
            if only and stage["stage"] not in only:
                continue
            known = {**variables(pipeline), **variables(stage)}
            if "condition" in stage:
                self.say("        of {}, taken as true here: {}".format(stage["stage"], stage["condition"]))
            for job in ordered(stage["jobs"], "job", []):
                if not self.job(stage["stage"], job, known):
                    return

    def predefined(self) -> dict[str, str]:
        """Return the variables that Azure defines and our pipelines use."""
        self.counter += 1
        self.own = self.workspace / f"job-{self.counter}"
        staging = self.own / "staging"
        staging.mkdir(parents=True)
        return {
            "Pipeline.Workspace": str(self.own),
            "Build.ArtifactStagingDirectory": str(staging),
            "Build.BuildId": "1",
            "System.JobAttempt": "1",
        }


def main() -> None:
    """Expand, run, count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pipeline", nargs="?", default=str(ROOT / "azure-devops/azure-pipelines.yml"))
    parser.add_argument("--parameter", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a variable's value here")
    parser.add_argument("--stage", action="append", default=[], help="only this stage; may be repeated")
    parser.add_argument(
        "--artifact", action="append", default=[], metavar="NAME=DIR", help="what an earlier stage published"
    )
    parser.add_argument("--log", default=os.devnull, help="also written to this file")
    arguments = parser.parse_args()
    if any("=" not in pair for pair in arguments.set + arguments.parameter + arguments.artifact):
        parser.error("values are given as NAME=VALUE")

    harness = os.environ.get("HARNESS", "harness")
    expand = [harness, "expand", arguments.pipeline]
    for pair in arguments.parameter:
        expand += ["--parameter", pair]
    expanded = subprocess.run(  # noqa: S603 - the harness, with the arguments of whoever started this
        expand, capture_output=True, text=True, check=False
    )
    if expanded.returncode:
        sys.exit("run_here: " + expanded.stderr.strip())
    with tempfile.TemporaryDirectory() as workspace, Path(arguments.log).open("w", encoding="utf-8") as log:
        run = Run(dict(pair.split("=", 1) for pair in arguments.set), Path(workspace), log)
        for pair in arguments.artifact:
            name, folder = pair.split("=", 1)
            shutil.copytree(folder, run.workspace / "artifacts" / name)
        try:
            run.pipeline(json.loads(expanded.stdout), arguments.stage)
        except Wrong as error:
            sys.exit(f"run_here: {error}")
        counts = {result: run.results.count(result) for result in ("passed", "failed", "skipped")}
        run.say(", ".join(f"{count} {result}" for result, count in counts.items()))
        sys.exit(1 if counts["failed"] or not counts["passed"] else 0)


if __name__ == "__main__":
    main()
