"""Makes claims for tests and measurements: the same seed gives the same bytes."""

from __future__ import annotations

import argparse
import csv
import datetime
import gzip
import io
import json
import random
import sys
from pathlib import Path
from typing import Any

TYPES = ["collision", "theft", "glass", "liability", "storm", "fire", "vandalism", "animal"]
WEIGHTS = [40, 6, 20, 15, 8, 2, 6, 3]
STATES = ["BB", "BE", "BW", "BY", "HB", "HE", "HH", "MV", "NI", "NW", "RP", "SH", "SL", "SN", "ST", "TH"]
REGIONS = ["DE-" + code for code in STATES]
COLUMNS = [
    "claim_id",
    "policy_id",
    "claim_type",
    "region",
    "incident_date",
    "reported_date",
    "amount",
    "deductible",
    "vehicle_year",
    "description",
]
TEXTS = [
    "Rear-end collision at a traffic light",
    "Stone chip in the windscreen, motorway",
    "Parked car scratched overnight",
    'Driver says "the other one braked"',
    "Hail damage to bonnet and roof",
    "Wildunfall, Reh, Landstraße",
    "Water in the engine bay after heavy rain",
    "",
    "Side mirror broken while parked",
    "First notice by phone\nphotos follow",
]
# Few claims hold a line break or a quotation mark.
TEXT_WEIGHTS = [20, 14, 18, 3, 12, 10, 10, 6, 15, 2]


def rows(random_source: random.Random, bad_share: float) -> Any:
    """Yields claims without end, each a dictionary of text; `bad_share` of them break a rule of the schema."""
    start = datetime.date(2019, 1, 1)
    dates = [(start + datetime.timedelta(days=day)).isoformat() for day in range(2400)]
    number = 0
    while True:
        number += 1
        day = random_source.randrange(2200)
        cents = min(int(random_source.lognormvariate(11.6, 1.1)) + 1, 9_999_999_999)
        row = {
            "claim_id": f"C{number:09d}",
            "policy_id": f"P{random_source.randrange(10**8):08d}",
            "claim_type": random_source.choices(TYPES, WEIGHTS)[0],
            "region": random_source.choice(REGIONS),
            "incident_date": dates[day],
            "reported_date": dates[day + min(int(random_source.expovariate(0.2)), 180)],
            "amount": f"{cents // 100}.{cents % 100:02d}",
            "deductible": random_source.choice(["", "150.00", "300.00", "500.00", "1000.00"]),
            "vehicle_year": str(random_source.randrange(1998, 2019)),
            "description": random_source.choices(TEXTS, TEXT_WEIGHTS)[0],
        }
        if random_source.random() < bad_share:
            row.update(
                random_source.choice(
                    [
                        {"claim_id": ""},
                        {"claim_type": "meteor"},
                        {"region": "de-by"},
                        {"incident_date": "2021-02-29"},
                        {"reported_date": "1990-01-01"},
                        {"amount": "-12.00"},
                        {"amount": "12.345"},
                        {"amount": "twelve"},
                        {"vehicle_year": "1850"},
                        {"description": "x" * 501},
                    ]
                )
            )
        yield row


def as_json(row: dict[str, str]) -> str:
    """One line of JSON, numbers as numbers and nothing for what is empty."""
    values: dict[str, Any] = {name: row[name] or None for name in COLUMNS}
    text = json.dumps(values, ensure_ascii=False)
    for name in ("amount", "deductible", "vehicle_year"):
        if row[name] and row[name] != "twelve":
            text = text.replace(f'"{name}": "{row[name]}"', f'"{name}": {row[name]}', 1)
    return text + "\n"


def main() -> None:
    """Writes one file, its format by its name."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, help="NAME.csv, NAME.jsonl, with .gz or without")
    parser.add_argument("--bytes", type=int, default=1_000_000, help="stop after so many bytes before compression")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bad", type=float, default=0.01, help="share of rows that break a rule")
    arguments = parser.parse_args()
    name = arguments.file.name
    is_json = ".jsonl" in name
    with gzip.open(arguments.file, "wb", 6) if name.endswith(".gz") else arguments.file.open("wb") as raw:
        written = 0
        buffer = io.StringIO(newline="")
        writer = csv.writer(buffer)
        if not is_json:
            writer.writerow(COLUMNS)
        for row in rows(random.Random(arguments.seed), arguments.bad):  # noqa: S311 made-up data, no secret
            if is_json:
                buffer.write(as_json(row))
            else:
                writer.writerow(row.values())
            if buffer.tell() > 1 << 16:
                written += raw.write(buffer.getvalue().encode())
                buffer.seek(0)
                buffer.truncate()
                if written >= arguments.bytes:
                    break
            elif written + buffer.tell() >= arguments.bytes:
                raw.write(buffer.getvalue().encode())
                break


if __name__ == "__main__":
    sys.exit(main())
