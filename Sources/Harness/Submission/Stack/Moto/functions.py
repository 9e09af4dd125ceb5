"""Corrections of Lambda, and of S3 where it calls a function."""

from __future__ import annotations

import io
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
import zipfile
from pathlib import Path
from typing import Any

from moto.awslambda.models import LambdaFunction
from moto.s3 import notifications
from moto.s3.models import FakeBucket
from moto.sts.models import sts_backends


def correct() -> None:
    keep_functions_settings()
    run_functions()
    announce_objects_as_s3_does()


def keep_functions_settings() -> None:
    """Lambda keeps where a function's failed events and its logs go; moto forgets both.

    Without it Terraform sets them again in every plan.
    """
    kept = ("DeadLetterConfig", "LoggingConfig")
    original = {name: getattr(LambdaFunction, name) for name in ("__init__", "update_configuration")}
    original_answer = LambdaFunction.get_configuration

    def keep(function: LambdaFunction, spec: dict[str, Any]) -> None:
        for name in kept:
            if name in spec:
                setattr(function, name, spec[name])

    def initialise(self: LambdaFunction, account_id: str, spec: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        keep(self, spec)
        original["__init__"](self, account_id, spec, *args, **kwargs)

    def update_configuration(self: LambdaFunction, config_updates: dict[str, Any]) -> dict[str, Any]:
        keep(self, config_updates)
        return original["update_configuration"](self, config_updates)

    def get_configuration(self: LambdaFunction, on_create: bool = False) -> dict[str, Any]:
        settings = {name: getattr(self, name) for name in kept if hasattr(self, name)}
        return {**original_answer(self, on_create), **settings}

    LambdaFunction.__init__ = initialise
    LambdaFunction.update_configuration = update_configuration
    LambdaFunction.get_configuration = get_configuration


def run_functions() -> None:
    """Lambda runs a function's package with its settings and the credentials of its role.

    moto fetches a container image for that. Here AWS's Runtime Interface Emulator, which LAMBDA_EMULATOR names, starts
    the package's `bootstrap`, again for each event.
    """

    def invoke_lambda(self: LambdaFunction, event: Any = None) -> tuple[str, bool, str]:
        if "LAMBDA_EMULATOR" not in os.environ:
            return json.dumps({"errorType": "NoEmulator", "errorMessage": "there is none for this system"}), True, ""
        with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as log:
            zipfile.ZipFile(io.BytesIO(self.code_bytes)).extractall(folder)
            bootstrap = Path(folder, "bootstrap")
            bootstrap.chmod(0o755)
            door, api = free_port(), free_port()
            # It must not outlive this server, however that ends.
            command = ["setpriv", "--pdeathsig", "KILL", os.environ["LAMBDA_EMULATOR"], "--log-level", "error"]
            command += ["--runtime-interface-emulator-address", f"127.0.0.1:{door}"]
            command += ["--runtime-api-address", f"127.0.0.1:{api}", str(bootstrap)]
            runner = subprocess.Popen(command, env=variables_of(self), stdout=log, stderr=log)  # noqa: S603 the harness names it
            try:
                answer = ask(f"http://127.0.0.1:{door}/2015-03-31/functions/function/invocations", event, self.timeout)
            finally:
                runner.kill()
                runner.wait()
            log.seek(0)
            text = log.read().decode(errors="replace")
        self.logs_backend.ensure_log_group(self.logs_group_name)
        self.save_logs(text)
        return answer, "errorType" in json.loads(answer), text

    def variables_of(function: LambdaFunction) -> dict[str, str]:
        role = sts_backends[function.account_id]["aws"].assume_role(
            function.region, function.function_name, function.role, "", 3600, ""
        )
        return {
            **function.environment_vars,
            "PATH": os.environ["PATH"],
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{sys.argv[sys.argv.index('-p') + 1]}",
            "AWS_REGION": function.region,
            "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
            "AWS_LAMBDA_FUNCTION_TIMEOUT": str(function.timeout),
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
            "AWS_ACCESS_KEY_ID": role.access_key_id,
            "AWS_SECRET_ACCESS_KEY": role.secret_access_key,
            "AWS_SESSION_TOKEN": role.session_token,
        }

    LambdaFunction._invoke_lambda = invoke_lambda


def announce_objects_as_s3_does() -> None:
    """S3 does not wait for whom it tells of an object, and names the version in a bucket that keeps versions.

    moto answers a PutObject once the function has ended.
    """
    original = notifications._invoke_awslambda
    original_event = notifications._get_s3_event

    def invoke(*args: Any) -> None:
        threading.Thread(target=original, args=args, daemon=True).start()

    def get_s3_event(event_name: str, bucket: FakeBucket, key: Any, notification_id: str) -> dict[str, Any]:
        event = original_event(event_name, bucket, key, notification_id)
        if bucket.is_versioned:
            event["Records"][0]["s3"]["object"]["versionId"] = key.version_id
        return event

    notifications._invoke_awslambda = invoke
    notifications._get_s3_event = get_s3_event


def ask(address: str, event: Any, seconds: int) -> str:
    """Posts an event to an emulator that may not listen yet."""
    end = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(address, json.dumps(event).encode(), timeout=seconds) as answer:  # noqa: S310 on this machine
                return answer.read().decode()
        except urllib.error.URLError as error:
            if not isinstance(error.reason, ConnectionRefusedError) or time.monotonic() > end:
                return json.dumps({"errorType": "NoAnswer", "errorMessage": str(error)})
            time.sleep(0.01)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
