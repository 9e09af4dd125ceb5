"""The processor once more: plainly, without an eye to speed, from its description in docs/processor.md.

It shares no code with the processor. What both say about the same bytes must be the same bytes.
"""

from __future__ import annotations

import argparse
import datetime
import json
import re
import sys
import zlib
from pathlib import Path
from typing import Any

ROW_LIMIT = 256 * 1024
DEPTH_LIMIT = 32
TYPES = ["collision", "theft", "glass", "liability", "storm", "fire", "vandalism", "animal"]
STATES = ["BB", "BE", "BW", "BY", "HB", "HE", "HH", "MV", "NI", "NW", "RP", "SH", "SL", "SN", "ST", "TH"]
REGIONS = ["DE-" + code for code in STATES]
FIRST_DAY, LAST_DAY = datetime.date(1990, 1, 1), datetime.date(2099, 12, 31)
# name, kind, lowest or longest, highest, required
FIELDS: list[tuple[str, str, Any, Any, bool]] = [
    ("claim_id", "text", 32, None, True),
    ("policy_id", "text", 32, None, True),
    ("claim_type", "choice", TYPES, None, True),
    ("region", "choice", REGIONS, None, True),
    ("incident_date", "date", FIRST_DAY, LAST_DAY, True),
    ("reported_date", "date", FIRST_DAY, LAST_DAY, True),
    ("amount", "money", 1, 99_999_999_99, True),
    ("deductible", "money", 0, 1_000_000_00, False),
    ("vehicle_year", "integer", 1950, 2099, True),
    ("description", "text", 500, None, False),
]
NAMES = [field[0] for field in FIELDS]
NUMBER = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?")


class Rejected(Exception):
    """A row that is not accepted; the text is the reason."""


class Refused(Exception):
    """An object that cannot be read at all; type and message."""


def content_of(data: bytes) -> bytes:
    """Unpacks gzip, member after member; zeros may follow."""
    if data[:2] != b"\x1f\x8b":
        return data
    content, rest = b"", data
    while rest:
        unpacker = zlib.decompressobj(15 + 16)
        try:
            content += unpacker.decompress(rest)
        except zlib.error:
            raise Refused("NotDecodable", "not decodable: the gzip data is damaged") from None
        if not unpacker.eof:
            raise Refused("NotDecodable", "not decodable: the gzip data ends too early")
        rest = unpacker.unused_data
        if rest[:1] == b"\0":
            rest = rest.lstrip(b"\0")
            if rest:
                raise Refused("NotDecodable", "not decodable: something follows the end of the gzip data")
    return content


def csv_rows(data: bytes) -> list[tuple[bytes, list[bytes], str | None]]:
    """Splits into rows: the raw row, its fields, and what is wrong with its quotation marks."""
    rows = []
    position = 0
    while position < len(data):
        start = position
        fields: list[bytes] = []
        field = b""
        problem = None
        state = "start"
        ended = False
        while position < len(data):
            byte = data[position : position + 1]
            position += 1
            if state == "quoted":
                if byte == b'"':
                    state = "closed"
                else:
                    field += byte
            elif byte == b"\n":
                ended = True
                break
            elif byte == b",":
                fields.append(field)
                field, state = b"", "start"
            elif byte == b'"' and state == "start":
                state = "quoted"
            elif byte == b'"' and state == "closed":
                field += b'"'
                state = "quoted"
            elif state == "closed" and byte == b"\r" and data[position : position + 1] == b"\n":
                pass
            elif state == "closed":
                problem = problem or "text after a closing quotation mark"
                state = "bad"
            else:
                if byte == b'"' and state == "plain":
                    problem = problem or "quotation mark inside an unquoted field"
                field += byte
                state = "bad" if state == "bad" else "plain"
        if state == "quoted":
            problem = problem or "quoted field never ends"
        raw = data[start : position - 1] if ended else data[start:position]
        if ended and state == "plain" and field.endswith(b"\r"):
            field = field[:-1]
        fields.append(field)
        rows.append((raw, fields, problem))
    return rows


def decimal(text: str, scale: int) -> int:
    """Reads a number as a whole multiple of 10 to the minus `scale`."""
    match = NUMBER.fullmatch(text)
    if not match:
        raise Rejected("not a number")
    sign, whole, fraction, exponent = match.groups()
    digits = (whole + (fraction or "")).lstrip("0")
    # What lies beyond a million places is beyond every bound.
    power = max(-1_000_000, min(1_000_000, int(exponent or "0"))) - len(fraction or "")
    shortened = digits.rstrip("0")
    power += len(digits) - len(shortened)
    if not shortened:
        return 0
    if power + scale < 0:
        raise Rejected("more decimals than allowed")
    if len(shortened) + power + scale > 18:
        raise Rejected("out of range")
    value = int(shortened) * 10 ** (power + scale)
    return -value if sign else value


def typed(name: str, kind: str, low: Any, high: Any, required: bool, raw: Any) -> Any:
    """Turns a raw field into its value. JSON brings its own types, CSV none."""
    is_json, text = raw
    if text is None or text == "":
        if required:
            raise Rejected(f"{name}: missing")
        return None
    if is_json:
        is_number = isinstance(text, JSONNumber)
        if is_number != (kind in ("money", "integer")) or not isinstance(text, str):
            raise Rejected(f"{name}: of the wrong JSON type")
        if any(0xD800 <= ord(character) <= 0xDFFF for character in text):
            raise Rejected(f"{name}: not Unicode text")
    try:
        if kind == "text":
            if len(text.encode()) > low:
                raise Rejected(f"longer than {low} bytes")
            return str(text)
        if kind == "choice":
            if text not in low:
                raise Rejected("not one of the values allowed")
            return str(text)
        if kind == "date":
            try:
                if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
                    raise ValueError
                value = datetime.date.fromisoformat(text)
            except ValueError:
                raise Rejected("not a date as YYYY-MM-DD") from None
        else:
            value = decimal(text, 2 if kind == "money" else 0)
        if not low <= value <= high:
            raise Rejected("out of range")
        return value
    except Rejected as rejected:
        raise Rejected(f"{name}: {rejected}") from None


class JSONNumber(str):
    """A number as it was written."""


def no_constant(_: str) -> Any:
    raise ValueError


def json_fields(text: str) -> list[Any]:
    """Reads one line of JSON into fields in the schema's order."""
    depth = deepest = 0
    in_string = escaped = False
    for character in text:
        if in_string:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                in_string = False
        elif character == '"':
            in_string = True
        elif character in "{[":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "}]":
            depth -= 1
    try:
        value = json.loads(
            text, object_pairs_hook=list, parse_int=JSONNumber, parse_float=JSONNumber, parse_constant=no_constant
        )
    except (ValueError, RecursionError):
        raise Rejected("not a JSON object") from None
    if deepest > DEPTH_LIMIT or not text.strip(" \t\r\n").startswith("{"):
        raise Rejected("not a JSON object")
    seen: dict[str, Any] = {}
    for name, member in value:
        if name not in NAMES:
            raise Rejected("a field that the schema does not name")
        if name in seen:
            raise Rejected("a field named twice")
        seen[name] = member
    return [(True, seen.get(name)) for name in NAMES]


def raw_rows(content: bytes, kind: str) -> Any:
    """Yields a number and either the fields in the schema's order or a `Rejected`; nothing for blank lines."""
    if content.startswith(b"\xef\xbb\xbf"):
        content = content[3:]
    if kind == "csv":
        yield from csv_raw_rows(content)
        return
    lines = content.split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    for number, line in enumerate(lines, 1):
        if len(line) > ROW_LIMIT:
            yield number, Rejected(f"longer than {ROW_LIMIT} bytes")
            continue
        if not line.strip(b" \t\r"):
            continue
        try:
            yield number, json_fields(line.decode())
        except UnicodeDecodeError:
            yield number, Rejected("not UTF-8")
        except Rejected as rejected:
            yield number, rejected


def csv_raw_rows(content: bytes) -> Any:
    """Yields the rows after the header."""
    rows = csv_rows(content)
    if not rows:
        raise Refused("WrongHeader", "wrong header: the object is empty")
    raw, fields, problem = rows[0]
    order = header(raw, fields, problem)
    for number, (raw, fields, problem) in enumerate(rows[1:], 1):
        if len(raw) > ROW_LIMIT:
            yield number, Rejected(f"longer than {ROW_LIMIT} bytes")
        elif raw in (b"", b"\r"):
            continue
        elif problem:
            yield number, Rejected(problem)
        else:
            try:
                raw.decode()
            except UnicodeDecodeError:
                yield number, Rejected("not UTF-8")
                continue
            if len(fields) != len(FIELDS):
                yield number, Rejected(f"{len(fields)} fields instead of {len(FIELDS)}")
            else:
                named = dict(zip(order, fields, strict=True))
                yield number, [(False, named[name].decode()) for name in NAMES]


def header(raw: bytes, fields: list[bytes], problem: str | None) -> list[str]:
    """The names of the columns: the schema's, each once, in any order."""
    if raw == b"":
        raise Refused("WrongHeader", "wrong header: the first line is empty")
    if len(raw) > ROW_LIMIT:
        raise Refused("WrongHeader", f"wrong header: longer than {ROW_LIMIT} bytes")
    if problem:
        raise Refused("WrongHeader", "wrong header: its quotation marks do not match")
    try:
        raw.decode()
    except UnicodeDecodeError:
        raise Refused("WrongHeader", "wrong header: not UTF-8") from None
    names = [field.decode() for field in fields[:256]]
    for name in NAMES:
        if name not in names:
            raise Refused("WrongHeader", f"wrong header: the column {name} is missing")
    for index, name in enumerate(names):
        if name not in NAMES:
            raise Refused("WrongHeader", f"wrong header: column {index + 1} is not one of the schema's")
        if name in names[:index]:
            raise Refused("WrongHeader", f"wrong header: the column {name} is there twice")
    return names


def money(cents: int) -> str:
    """Hundredths as an amount with two decimals."""
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def quoted(text: str) -> str:
    """A JSON string with no more escapes than needed."""
    return json.dumps(text, ensure_ascii=False)


def accepted_line(claim: dict[str, Any]) -> str:
    """The fields, then what is derived from them."""
    incident, reported = claim["incident_date"], claim["reported_date"]
    delay = (reported - incident).days
    if delay < 0:
        raise Rejected("reported_date: before incident_date")
    age = incident.year - claim["vehicle_year"]
    if age < -1:
        raise Rejected("vehicle_year: more than a year after incident_date")
    net = max(0, claim["amount"] - (claim["deductible"] or 0))
    members = []
    for name, kind, *_ in FIELDS:
        value = claim[name]
        if value is None:
            text = "null"
        elif kind == "money":
            text = money(value)
        elif kind == "integer":
            text = str(value)
        else:
            text = quoted(value if isinstance(value, str) else value.isoformat())
        members.append(f'"{name}":{text}')
    members.append(f'"report_delay_days":{delay}')
    members.append(f'"net_amount":{money(net)}')
    members.append(f'"vehicle_age":{age}')
    members.append(f'"is_weekend":{"true" if incident.weekday() >= 5 else "false"}')
    return "{" + ",".join(members) + "}\n"


def bucket_middle(amount: int) -> int:
    """What the sketch takes an amount for: itself below 256, above that the middle of 1/128 of a power of two."""
    if amount < 256:
        return amount
    width = 1 << (amount.bit_length() - 8)
    return amount // width * width + width // 2


def group_summary(key: tuple[str, str], amounts: list[int]) -> str:
    """One claim type in one region."""
    amounts.sort()
    count, total = len(amounts), sum(amounts)

    def quantile(permille: int) -> str:
        rank = (permille * count + 999) // 1000
        return money(min(max(bucket_middle(amounts[rank - 1]), amounts[0]), amounts[-1]))

    members = {
        "claim_type": quoted(key[0]),
        "region": quoted(key[1]),
        "count": str(count),
        "sum": money(total),
        "mean": money((2 * total + count) // (2 * count)),
        "min": money(amounts[0]),
        "max": money(amounts[-1]),
        "p50": quantile(500),
        "p90": quantile(900),
        "p99": quantile(990),
    }
    return "{" + ",".join(f'"{name}":{text}' for name, text in members.items()) + "}"


def process(data: bytes, kind: str) -> dict[str, str]:
    """From the bytes of an object to its results, or to the reason why there are none."""
    try:
        content = content_of(data)
        read, accepted, rejected = 0, [], []
        groups: dict[tuple[str, str], list[int]] = {}
        for number, row in raw_rows(content, kind):
            try:
                if isinstance(row, Rejected):
                    raise row
                claim = {field[0]: typed(*field, raw) for field, raw in zip(FIELDS, row, strict=True)}
                accepted.append(accepted_line(claim))
                groups.setdefault((claim["claim_type"], claim["region"]), []).append(claim["amount"])
            except Rejected as problem:
                rejected.append(f'{{"row":{number},"reason":{quoted(str(problem))}}}\n')
        read = row_count(content, kind)
    except Refused as refused:
        return {"error": refused.args[0], "message": refused.args[1]}
    rows = f'{{"read":{read},"accepted":{len(accepted)},"rejected":{len(rejected)}}}'
    ordered = [(kind_, region) for kind_ in TYPES for region in REGIONS if (kind_, region) in groups]
    summary = ",".join(
        [
            f'"format":"{kind}"',
            f'"compression":"{"gzip" if data[:2] == bytes([31, 139]) else "none"}"',
            f'"rows":{rows}',
            '"quantile_relative_error":0.00390625',
            '"groups":[' + ",".join(group_summary(key, groups[key]) for key in ordered) + "]",
        ]
    )
    return {"accepted": "".join(accepted), "rejected": "".join(rejected), "summary": "{" + summary + "}"}


def row_count(content: bytes, kind: str) -> int:
    """How many rows there are, blank lines counted."""
    if content.startswith(b"\xef\xbb\xbf"):
        content = content[3:]
    if kind == "csv":
        return len(csv_rows(content)) - 1
    return content.count(b"\n") + (0 if content.endswith(b"\n") or not content else 1)


def main() -> None:
    """Answers for each case of a file: lines of kind, a blank, and the bytes in hexadecimal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", type=Path, help="a file of cases, or an object named .csv or .jsonl, .gz or not")
    path = parser.parse_args().cases
    if path.suffix == ".cases":
        for line in path.read_text().splitlines():
            kind, _, data = line.partition(" ")
            print(json.dumps(process(bytes.fromhex(data), kind), ensure_ascii=True, sort_keys=True))
        return
    kind = "csv" if ".csv" in path.name else "jsonl"
    answer = process(path.read_bytes(), kind)
    for name, text in answer.items():
        target = path.with_name(f"{path.name}.{name}")
        target.write_text(text, newline="")
    print(*answer, file=sys.stderr)


if __name__ == "__main__":
    main()
