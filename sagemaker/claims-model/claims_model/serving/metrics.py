"""Metrics for Prometheus. The names are a contract with dashboards and alerts: README.md lists them."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Counter("claims_http_requests_total", "Requests answered.", ["route", "method", "status"])
DURATION = Histogram(
    "claims_http_request_duration_seconds",
    "Time from the request's head to its whole answer.",
    ["route"],
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
)
IN_PROGRESS = Gauge("claims_http_requests_in_progress", "Requests under way.")
PREDICTIONS = Counter("claims_predictions_total", "Claims scored.", ["route"])
EXPECTED_COST = Histogram(
    "claims_expected_cost_pounds",
    "Expected cost of the claims scored: a shift is the first sign of drift.",
    buckets=(100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000),
)
FAULTS = Counter("claims_record_faults_total", "Wrong fields in records refused.", ["field"])
UNKNOWN = Counter("claims_unknown_values_total", "Optional fields that a scored claim left unknown.", ["field"])
MODEL = Gauge("claims_model_info", "Always 1; the model's version is in the label.", ["version"])
READY = Gauge("claims_ready", "1 while the service is ready, else 0.")
