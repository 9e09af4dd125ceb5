"""An application's part on a cluster without users: asks for predictions, then writes sessions and outcomes.

python -m therapy.application --store s3://bucket/relief --url https://gateway/v2/models/relief/infer \\
  --seed 3 --days 56 --first-day 2026-03-21 --ask-days 28 --drift '{"kind": "taste", "size": 0.6, "first_day": 28}'
"""

import argparse
import http.client
import json
import ssl
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import numpy as np
import pandas as pd

from therapy import source
from therapy.feature_store import ListenerFeatures
from therapy.features import COLUMNS, matrix
from therapy.sessions import Drift, make_sessions
from therapy.store import open_store

# Below what the gateway lets one address ask (k8s/gateway/components/traefik/limits.yaml): above it answers with 429.
PER_SECOND = 40.0


def body(session: str, row: np.ndarray) -> bytes:
    """Returns a request for one session, with its id."""
    features = {"name": "features", "datatype": "FP32", "shape": [1, len(COLUMNS)], "data": row.tolist()}
    return json.dumps({"id": session, "inputs": [features]}).encode()


def ask(url: str, insecure: bool, requests: list[bytes], per_second: float) -> Counter:
    """Sends the requests over one connection; returns how many each version answered, and failures by status."""
    address = urlsplit(url)
    context = ssl.create_default_context()
    if insecure:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    secure = address.scheme == "https"
    connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = connect(address.netloc, timeout=30, **({"context": context} if secure else {}))
    counts: Counter = Counter()
    began = time.monotonic()
    for number, request in enumerate(requests):
        time.sleep(max(0.0, began + number / per_second - time.monotonic()))
        try:
            connection.request("POST", address.path, request, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            said = answer.read()
            counts[json.loads(said)["model_version"] if answer.status == 200 else f"status {answer.status}"] += 1
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            counts[type(error).__name__] += 1
    connection.close()
    return counts


def ask_all(url: str, insecure: bool, rows: pd.DataFrame, clients: int = 4, per_second: float = PER_SECOND) -> Counter:
    """Asks for all rows, several at a time, at most so many a second."""
    requests = [body(*each) for each in zip(rows["session_id"], matrix(rows), strict=True)]
    with ThreadPoolExecutor(clients) as pool:
        shares = [requests[first::clients] for first in range(clients)]
        parts = pool.map(lambda share: ask(url, insecure, share, per_second / clients), shares)
        return sum(parts, Counter())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--store", required=True, help="s3://BUCKET/PREFIX or a folder")
    parser.add_argument("--url", required=True, help="address of the model's infer endpoint")
    parser.add_argument("--insecure", action="store_true", help="accept a self-signed certificate")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--days", type=int, default=60, help="days of sessions to make; default: 60")
    parser.add_argument("--first-day", required=True)
    parser.add_argument("--ask-days", type=int, default=28, help="ask for the last so many days; default: 28")
    parser.add_argument("--drift", type=json.loads, default={}, help='such as {"kind": "taste", "size": 0.6}')
    given = parser.parse_args()
    sessions = make_sessions(given.seed, given.days, first_day=given.first_day, drift=Drift(**given.drift))
    with TemporaryDirectory() as folder:
        features = ListenerFeatures(Path(folder))
        features.write(sessions)
        rows = features.at_start(sessions)
    began = rows["started_at"].max() - pd.Timedelta(given.ask_days, "D")
    counts = ask_all(given.url, given.insecure, rows[rows["started_at"] > began])
    source.add(open_store(given.store), sessions)
    print(json.dumps(counts))
    return 0 if all(key.isdigit() for key in counts) else 1


if __name__ == "__main__":
    sys.exit(main())
