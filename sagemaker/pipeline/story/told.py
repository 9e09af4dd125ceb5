"""What a story tells the harness: a line of JSON for what it is at, and for each thing that must hold."""

from __future__ import annotations

import json


def say(text: str) -> None:
    print(json.dumps({"say": text}), flush=True)


def claim(text: str, holds: bool, seen: object) -> None:
    print(json.dumps({"text": text, "holds": bool(holds), "seen": str(seen)}), flush=True)
