"""The service's settings, read from the environment."""

from __future__ import annotations

from pathlib import Path
from typing import Mapping, NamedTuple

LOG_LEVELS = ("debug", "info", "warning", "error")


class Settings(NamedTuple):
    """All settings, with what holds where none is given."""

    port: int = 8080
    log_level: str = "info"
    max_body_bytes: int = 1_048_576
    request_timeout_seconds: float = 3.0
    drain_seconds: float = 8.0
    model_folder: Path = Path("model")

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Settings:
        """Return the settings, or raise `ValueError` naming the variable that is wrong and what it may be."""

        def number(name: str, minimum: float, maximum: float, default: float) -> float:
            text = environment.get(name, "").strip() or str(default)
            try:
                value = type(default)(text)
            except ValueError:
                value = minimum - 1
            if not minimum <= value <= maximum:
                raise ValueError(f"{name}={text}: must be a number from {minimum:g} to {maximum:g}")
            return value

        level = environment.get("CLAIMS_LOG_LEVEL", "").strip().lower() or cls().log_level
        if level not in LOG_LEVELS:
            raise ValueError(f"CLAIMS_LOG_LEVEL={level}: must be one of {', '.join(LOG_LEVELS)}")
        return cls(
            port=int(number("CLAIMS_PORT", 1, 65_535, cls().port)),
            log_level=level,
            max_body_bytes=int(number("CLAIMS_MAX_BODY_BYTES", 1_024, 26_214_400, cls().max_body_bytes)),
            request_timeout_seconds=number("CLAIMS_REQUEST_TIMEOUT_SECONDS", 0.1, 60, cls().request_timeout_seconds),
            drain_seconds=number("CLAIMS_DRAIN_SECONDS", 0, 600, cls().drain_seconds),
            model_folder=Path(environment.get("CLAIMS_MODEL_DIR", "") or str(cls().model_folder)),
        )
