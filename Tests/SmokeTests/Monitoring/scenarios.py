#!/usr/bin/env python3
"""Runs what the roles installed, in the chroot, against an emulator of AWS, and prints what was seen as JSON.

scenarios.py prometheus|icinga|logs EMULATOR PORT. The values of the files are those of the roles, except for addresses,
ports and times: a minute is a second here.
"""

from __future__ import annotations

import http.server
import itertools
import json
import os
import pathlib
import re
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

REGION = "eu-west-1"
Seen = dict[str, Any]


def wait(what: str, condition: Callable[[], Any], seconds: float = 90) -> Any:
    """Returns the first true value of the condition."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if value := condition():
                return value
        except (urllib.error.URLError, KeyError, ConnectionError):
            pass
        time.sleep(0.3)
    sys.exit(f"{what}: not within {seconds} seconds")


def start(*command: str, log: str = "/srv/log") -> subprocess.Popen[bytes]:
    """Starts a program; the namespace ends it with this one."""
    with pathlib.Path(log).open("ab") as file:
        return subprocess.Popen(command, stdout=file, stderr=file)  # noqa: S603 the commands are written below


def change(file: str, *changes: tuple[str, str]) -> None:
    """Replaces texts in a file; each must be in it."""
    path = pathlib.Path(file)
    text = path.read_text()
    for old, new in changes:
        if old not in text:
            sys.exit(f"{file} does not hold '{old}'")
        text = text.replace(old, new)
    path.write_text(text)


class Account:
    """What Terraform makes on a real account: machines, a topic, and a queue in place of the e-mail address."""

    def __init__(self, emulator: str) -> None:
        self.emulator = emulator
        self.ec2, self.sqs, sns = (boto3.client(name, REGION, endpoint_url=emulator) for name in ("ec2", "sqs", "sns"))
        image = self.ec2.register_image(Name="image")["ImageId"]
        for fleet, user in (("fleet", "ana"), ("other", "bob")):
            tags = [{"Key": "Fleet", "Value": fleet}, {"Key": "User", "Value": user}]
            self.ec2.run_instances(
                ImageId=image,
                MinCount=1,
                MaxCount=1,
                TagSpecifications=[{"ResourceType": "instance", "Tags": tags}],
            )
        self.topic = sns.create_topic(Name="team")["TopicArn"]
        self.queue = self.sqs.create_queue(QueueName="team")["QueueUrl"]
        attributes = self.sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=["QueueArn"])["Attributes"]
        sns.subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=attributes["QueueArn"])
        settings = f"REGION={REGION}\nFLEET=fleet\nTOPIC_ARN={self.topic}\n"
        pathlib.Path("/etc/monitoring.env").write_text(settings)
        os.environ.update(REGION=REGION, FLEET="fleet", TOPIC_ARN=self.topic)
        self.told: list[str] = []

    def is_told(self, pattern: str) -> bool:
        """Whether a message with that subject has come."""
        for message in self.sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10).get("Messages", []):
            self.told.append(json.loads(message["Body"])["Subject"])
            self.sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
        return any(re.fullmatch(pattern, subject) for subject in self.told)


def exporter(port: int) -> subprocess.Popen[bytes]:
    """A node exporter that shows the files of /srv/text, as there is no systemd to ask."""
    return start(
        "prometheus-node-exporter",
        f"--web.listen-address=127.0.0.1:{port}",
        "--collector.disable-defaults",
        "--collector.textfile",
        "--collector.textfile.directory=/srv/text",
    )


def units(failed: str = "") -> None:
    """Writes the state of the image's units, and the GPU's metrics by the role's own script where it is installed."""
    names = ["auditd", "nftables", "workstation-home", "workstation-self-check", "workstation-workspaces"]
    lines = [
        f'node_systemd_unit_state{{name="{name}.service",state="failed",type="oneshot"}} {int(name == failed)}\n'
        for name in names
    ]
    folder = pathlib.Path("/srv/text")
    folder.mkdir(exist_ok=True)
    new = folder / "new"
    new.write_text("".join(lines))
    new.replace(folder / "units.prom")


def prometheus(emulator: str, port: int) -> Seen:
    """A machine is found, scraped, and missed."""
    account = Account(emulator)
    subprocess.run(["/usr/local/sbin/monitoring-configure"], check=True, stdout=subprocess.DEVNULL)
    folder = "/etc/prometheus/"
    change(
        folder + "prometheus.yml",
        ("scrape_interval: 30s", "scrape_interval: 1s"),
        ("evaluation_interval: 30s", "evaluation_interval: 1s"),
        ("refresh_interval: 60s", f"refresh_interval: 1s\n        endpoint: {emulator}"),
        ("[__meta_ec2_instance_id], target_label: instance}", "[__meta_ec2_instance_id], target_label: instance}\n"
         f'      - {{target_label: __address__, replacement: "127.0.0.1:{port}"}}'),
        ("9090", str(port + 1)),
        ("9093", str(port + 2)),
    )  # fmt: skip
    change(folder + "workstations.yaml", ("for: 10m", "for: 1s"))
    change(
        folder + "alertmanager.yml",
        ("group_wait: 30s", "group_wait: 1s"),
        ("group_interval: 5m", "group_interval: 1s"),
        ('- topic_arn: "', f'- api_url: {emulator}\n        topic_arn: "'),
    )
    units()
    machine = exporter(port)
    start("prometheus-alertmanager", f"--config.file={folder}alertmanager.yml", "--storage.path=/srv/alertmanager",
          f"--web.listen-address=127.0.0.1:{port + 2}", "--cluster.listen-address=")  # fmt: skip
    start("prometheus", f"--config.file={folder}prometheus.yml", "--storage.tsdb.path=/srv/prometheus",
          f"--web.listen-address=127.0.0.1:{port + 1}")  # fmt: skip

    def targets() -> list[str]:
        with urllib.request.urlopen(f"http://127.0.0.1:{port + 1}/api/v1/targets?state=active") as answer:
            found = json.load(answer)["data"]["activeTargets"]
        return [f"{item['labels']['user']} {item['health']}" for item in found if "user" in item["labels"]]

    wait("a scraped target", lambda: targets() == ["ana up"])
    scraped = targets()
    machine.kill()
    wait("an alert", lambda: account.is_told("firing: WorkstationSilent"))
    exporter(port)
    wait("its end", lambda: account.is_told("resolved: WorkstationSilent"))
    # The user goes, and the machine with it.
    found = account.ec2.describe_instances(Filters=[{"Name": "tag:User", "Values": ["ana"]}])
    account.ec2.terminate_instances(InstanceIds=[found["Reservations"][0]["Instances"][0]["InstanceId"]])
    wait("a target that goes", lambda: targets() == [])
    return {"scraped": scraped, "told": sorted(set(account.told)), "afterwards": targets()}


def icinga(emulator: str, port: int) -> Seen:
    """A host is found, and its checks turn critical and back."""
    account = Account(emulator)
    # boto3 of Debian 12 knows no variable for the endpoint.
    wrapper = (
        "#!/usr/bin/python3\nimport boto3, functools, runpy\n"
        f"boto3.client = functools.partial(boto3.client, endpoint_url={emulator!r})\n"
        "runpy.run_path('/usr/local/lib/NAME', run_name='__main__')\n"
    )
    for name in ("icinga-hosts", "icinga-notify"):
        file = pathlib.Path("/usr/local/sbin", name)
        file.rename(f"/usr/local/lib/{name}")
        file.write_text(wrapper.replace("NAME", name))
        file.chmod(0o755)
    pathlib.Path("/usr/bin/systemctl").unlink()
    pathlib.Path("/usr/bin/systemctl").symlink_to("/bin/true")
    subprocess.run(["/usr/local/sbin/icinga-hosts"], check=True, stdout=sys.stderr)
    hosts = "/var/lib/icinga-hosts/hosts.conf"
    found = re.findall('object Host "(.*)"', pathlib.Path(hosts).read_text())
    address = re.findall('address = "(.*)"', pathlib.Path(hosts).read_text())[0]
    change(hosts, (address, "127.0.0.1"))
    change(
        "/etc/icinga2/workstations.conf",
        ("9100", str(port)),
        ("check_interval = 1m", "check_interval = 1s"),
        ("retry_interval = 20s", "retry_interval = 1s"),
    )
    units()
    machine = exporter(port)
    # As the unit does before it starts.
    subprocess.run(["/usr/lib/icinga2/prepare-dirs", "/etc/default/icinga2"], check=True)
    start("icinga2", "daemon")
    time.sleep(5)
    quiet = not account.is_told(".*")
    units(failed="workstation-self-check")
    wait("a unit that failed", lambda: account.is_told("PROBLEM: ana/workstation-self-check is CRITICAL"))
    units()
    wait("its recovery", lambda: account.is_told("RECOVERY: ana/workstation-self-check is OK"))
    machine.kill()
    wait("a machine that is silent", lambda: account.is_told("PROBLEM: ana is DOWN"))
    exporter(port)
    wait("its recovery", lambda: account.is_told("RECOVERY: ana is UP"))
    return {"hosts": found, "quiet": quiet, "told": sorted(set(account.told))}


class Bulk(http.server.BaseHTTPRequestHandler):
    """A server of the bulk protocol that accepts signed requests only, and is busy at first."""

    documents: dict[str, Seen] = {}
    log: list[str] = []
    busy = 1
    policies: list[Seen] = []
    lifecycle: list[str] = []

    def answer(self) -> None:
        """Answers a request of any method."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        code, answer = self.judge(body)
        self.send_response(code)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    do_GET = do_PUT = do_POST = answer

    def judge(self, body: bytes) -> tuple[int, Seen]:
        """Returns the status and the answer."""
        if not self.is_signed(body):
            self.log.append("403")
            return 403, {"message": "The request signature is not valid"}
        return self.take(body) if self.path.endswith("/_bulk") else self.manage(body)

    def manage(self, body: bytes) -> tuple[int, Seen]:
        """Keeps the policy as Index State Management does: a new version must name the one that it replaces."""
        path, _, query = self.path.partition("?")
        self.lifecycle.append(f"{self.command} {path}")
        version = {"_seq_no": len(self.policies), "_primary_term": 1}
        if not path.startswith("/_plugins/_ism/policies/"):
            return 200, {"acknowledged": True}
        if self.command == "GET":
            return (200, self.policies[-1] | version) if self.policies else (404, {"status": 404})
        if self.policies and query != f"if_seq_no={len(self.policies)}&if_primary_term=1":
            return 409, {"error": {"type": "version_conflict_engine_exception"}}
        self.policies.append(json.loads(body))
        return 201, {**self.policies[-1], **version}

    def take(self, body: bytes) -> tuple[int, Seen]:
        """Takes documents."""
        lines = body.decode().splitlines()
        items = []
        if Bulk.busy > 0:
            Bulk.busy -= 1
            self.log.append("429")
            return 200, {"errors": True, "items": [{"create": {"status": 429}} for _ in lines[::2]]}
        for action, document in zip(lines[::2], lines[1::2], strict=True):
            identity = json.loads(action)["create"]["_id"]
            items.append({"create": {"_id": identity, "status": 409 if identity in self.documents else 201}})
            self.documents.setdefault(identity, json.loads(document))
        self.log.append(f"{self.path} {len(items)}")
        return 200, {"errors": False, "items": items}

    def is_signed(self, body: bytes) -> bool:
        """Whether the signature is that of the machine's key."""
        given = self.headers.get("Authorization", "")
        headers = {name: self.headers[name] for name in ("Content-Type", "X-Amz-Date")}
        url = f"https://{self.headers['Host']}{self.path}"
        request = AWSRequest(self.command, url, headers=headers, data=body)
        signer = SigV4Auth(Credentials("machine", "secret"), "es", REGION)
        request.context["timestamp"] = self.headers["X-Amz-Date"]
        request.context["payload_signing_enabled"] = True
        canonical = signer.string_to_sign(request, signer.canonical_request(request))
        return given.endswith("Signature=" + signer.signature(canonical, request))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 the base class names it so
        """Says nothing."""


def logs(emulator: str, port: int) -> Seen:
    """Lines of the journal arrive once, in spite of a busy server and a restart; no server without TLS gets any."""
    del emulator
    subprocess.run(
        ["/usr/bin/openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost", "-keyout", "/srv/key.pem", "-out", "/srv/certificate.pem"],
        check=True, stderr=subprocess.DEVNULL)  # fmt: skip
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Bulk)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain("/srv/certificate.pem", "/srv/key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    journal = pathlib.Path("/srv/journal")
    journal.mkdir()
    numbers = itertools.count()

    def write(*messages: str) -> None:
        lines = [
            f"__REALTIME_TIMESTAMP={1_700_000_000_000_000 + number}\nMESSAGE={message}\nPRIORITY=6\n"
            f"_SYSTEMD_UNIT=a.service\n_BOOT_ID={'0' * 31}1\n_HOSTNAME=machine\n\n"
            for number, message in zip(numbers, messages, strict=False)
        ]
        subprocess.run(  # noqa: S603 written here
            ["/lib/systemd/systemd-journal-remote", f"--output={journal}/{time.time_ns()}.journal", "-"],
            input="".join(lines), text=True, check=True, capture_output=True)  # fmt: skip

    environment = {
        **os.environ, "JOURNAL": str(journal), "STATE_DIRECTORY": "/srv", "SECONDS_BETWEEN": "0.5", "REGION": REGION,
        "USER_NAME": "ana", "LOG_SERVER": f"https://localhost:{port}", "LOG_INDEX": "workstations",
        "LOG_RETENTION_DAYS": "90",
        "SSL_CERT_FILE": "/srv/certificate.pem", "AWS_ACCESS_KEY_ID": "machine", "AWS_SECRET_ACCESS_KEY": "secret",
    }  # fmt: skip

    # Standard output of this script is its result as JSON: nothing else may write there.
    log = pathlib.Path("/srv/log")

    def ship(**changes: str) -> subprocess.Popen[bytes]:
        with log.open("wb") as file:
            return subprocess.Popen(  # noqa: S603 written here
                "/usr/local/sbin/workstation-ship-logs", env=environment | changes, stdout=file, stderr=file
            )

    def texts() -> list[str]:
        return sorted(document["message"] for document in Bulk.documents.values())

    for _ in range(2):
        subprocess.run(["/usr/local/sbin/log-lifecycle"], env=environment, check=True)
    write("one", "two")
    strangers = {}
    for name, changes in {
        "forged": {"AWS_SECRET_ACCESS_KEY": "guessed"},
        "unknown": {"SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt"},
    }.items():
        shipper = ship(**changes)
        strangers[name] = wait(f"what {name} says", lambda: log.read_text().partition("\n")[0])
        shipper.kill()
        shipper.wait()
    ship(LOG_SERVER=f"http://localhost:{port}").wait(10)
    plain = log.read_text().strip()
    before = texts()
    shipper = ship()
    wait("the first lines", lambda: texts() == ["one", "two"])
    # A week later, so another index.
    numbers = itertools.count(7 * 24 * 3600 * 1_000_000)
    write("three")
    wait("a later line", lambda: texts() == ["one", "three", "two"])
    shipper.kill()
    # As after a crash between the answer and the cursor: the same lines again, under the same ids.
    pathlib.Path("/srv/cursor").unlink()
    shipper = ship()
    wait("the lines again", lambda: Bulk.log.count("/workstations-2023.47/_bulk 1") == 2)
    shipper.kill()
    document = next(item for item in Bulk.documents.values() if item["message"] == "one")
    return {
        "before": before, "plain": plain, "strangers": strangers, "texts": texts(), "document": document,
        "requests": Bulk.log, "lifecycle": Bulk.lifecycle, "policies": Bulk.policies,
    }  # fmt: skip


if __name__ == "__main__":
    os.environ.setdefault("AWS_ACCESS_KEY_ID", "test")
    os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "test")
    scenario = {"prometheus": prometheus, "icinga": icinga, "logs": logs}[sys.argv[1]]
    print(json.dumps(scenario(sys.argv[2], int(sys.argv[3])), sort_keys=True))
