"""Renders the model card from model.json, so that its figures are those of the run that made the model."""

from __future__ import annotations

from typing import Any


def render(model: dict[str, Any]) -> str:
    """Return the card as Markdown."""
    data, metrics = model["data"], model["metrics"]
    overall = metrics["overall"]
    ours, baseline = overall["model"], overall["baseline"]
    lines = [
        f"# Model card: {model['name']} {model['version']}",
        "",
        "Made by `scripts/train.sh` from `model.json`; edits by hand are lost, and a test compares the two.",
        "",
        "## What it is for",
        "",
        "It predicts the final cost of a motor claim in pounds from what is known when the claim is first reported,"
        " so that enough money is reserved. It is a stand-in: the exercise supplies neither model nor data. Its"
        " prediction is a mean, for reserves over many claims; a single claim may cost several times as much. It is"
        " not made for accepting, pricing or refusing anything about a person.",
        "",
        "## Data",
        "",
        f"Synthetic: {data['training_claims']:,} claims to train, {data['test_claims']:,} others to test, seed"
        f" {data['seed']}. No person, vehicle or incident in them exists, and the amounts are invented. A claim's"
        " expected cost is a stated formula of its fields (`expected_cost` in `claims_model/training/claims.py`); the"
        f" cost scatters around it by a gamma distribution of shape {data['gamma_shape']:g}.",
        "",
        "| Field | Values | May be unknown | What it is | Reference |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| `{feature['name']}` | {feature['domain']} | {'yes' if feature['optional'] else 'no'} |"
        f" {feature['description']} | {_plain(model['reference'][feature['name']])} |"
        for feature in model["features"]
    ]
    lines += [
        "",
        "The reference is the median, or the most frequent category, of the training claims. A score's drivers are"
        " told against it.",
        "",
        "## How good it is",
        "",
        f"Baseline: {data['baseline']}. Known expectation: what nothing can beat but by luck. All on the test claims.",
        "",
        "| Measure | Model | Baseline | Known expectation |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {title} | " + " | ".join(form.format(overall[who][key]) for who in overall) + " |"
        for key, title, form in (
            ("gamma_deviance", "Mean gamma deviance", "{:.4f}"),
            ("mean_absolute_error", "Mean absolute error, pounds", "{:,.0f}"),
            ("root_mean_squared_error", "Root mean squared error, pounds", "{:,.0f}"),
            ("total_to_actual", "Predicted total to actual total", "{:.1%}"),
            ("distance_to_expectation", "Distance to the known expectation", "{:.1%}"),
        )
    ]
    lines += [
        "",
        "Of the way in deviance from the baseline to the known expectation, the model goes"
        f" {metrics['gap_closed']:.1%}. Its distance to the expectation is {ours['distance_to_expectation']:.1%} of the"
        f" total, the baseline's {baseline['distance_to_expectation']:.1%}.",
        "",
        "### By segment",
        "",
        "| Field | Value | Claims | Mean cost | Predicted to actual | Mean absolute error | Baseline's |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| `{segment['field']}` | {segment['value']} | {segment['claims']:,} | {segment['mean_cost']:,.0f} |"
        f" {segment['total_to_actual']:.1%} | {segment['mean_absolute_error']:,.0f} |"
        f" {segment['baseline_mean_absolute_error']:,.0f} |"
        for segment in metrics["segments"]
    ]
    lines += [
        "",
        "Training refuses a model whose deviance is not a tenth below the baseline's, whose total is more than 5% off,"
        " or which is more than 15% off in a segment of 300 claims or more.",
        "",
        "## Limits",
        "",
        "- It says nothing about real claims before it has been trained and judged on real claims.",
        "- Training and test claims are drawn from the same distribution at the same time. Real ones are to be split by"
        " date of notice, and judged again as costs develop: inflation, late injury claims, recoveries.",
        "- Driver's age and region can stand for protected characteristics. The table above shows error and bias by"
        " both; whether they may be used is for the insurer to decide.",
        "- Few claims with serious injuries carry much of the cost; their segments are the least certain.",
        "- Beyond the largest values of the training claims, trees predict a constant.",
        "",
        "## How it was made",
        "",
        "| | |",
        "|---|---|",
        f"| Algorithm | {model['training']['algorithm']}, gamma loss with a logarithmic link, times"
        f" {model['training']['balance']:.4f} so that the training claims' total is met |",
        "| Parameters | "
        + ", ".join(f"{name} {value}" for name, value in model["training"]["parameters"].items())
        + " |",
        "| Libraries | "
        + ", ".join(f"{name} {value}" for name, value in model["training"]["libraries"].items())
        + " |",
        f"| Format | ONNX, opset {model['onnx']['opset']}, {model['onnx']['bytes']:,} bytes,"
        f" SHA-256 `{model['onnx']['sha256']}` |",
        "",
    ]
    return "\n".join(lines)


def _plain(value: Any) -> str:
    if value is None:
        return "unknown"
    return str(value).lower() if isinstance(value, bool) else str(value)
