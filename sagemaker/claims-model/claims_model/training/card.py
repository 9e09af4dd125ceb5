"""Renders MODEL_CARD.md from what the comparison measured."""

from __future__ import annotations

from typing import Any

from claims_model.schema import FEATURES


def render(found: dict[str, Any]) -> str:
    """Return the card as Markdown."""
    facts, judged = found["facts"], found["judged"]
    models = judged["models"]
    ours, recipe = models["v2"], models[_RECIPE]
    chosen = min(found["tuning"], key=lambda each: each["deviance"])
    lines = [
        "# Model card: claims cost, v1 and v2",
        "",
        "`scripts/compare.sh --write` makes this page from the supplied claims; `scripts/compare.sh` compares it with a"
        " new run.",
        "",
        "## Purpose",
        "",
        "The models predict the final cost of a motor claim in pounds from its first notice, to set reserves. A"
        " prediction is a mean: a single claim may cost many times as much. The models are not made to accept, price"
        " or refuse anything about a person.",
        "",
        "- **v1** is the supplied pair of models: attritional cost + P(large) × large severity. It is served unchanged.",
        f"- **v2** is one CatBoost model with Tweedie loss, {chosen['candidate']}, times a factor that gives it the"
        " total of its training claims. The released v2 learns from all years; the tables judge the same settings"
        " fitted to 2003–2012.",
        "",
        "## Result",
        "",
        _result(models),
        "",
        f"All models are judged on the {judged['judged_claims']:,} claims of 2013 to 2015, and all but the first v1 are"
        f" fitted to the {judged['train_claims']:,} claims before. Brackets are 95% bootstrap intervals over claims.",
        "",
        "| Model | Deviance | Worse than v2 by | Mean absolute error | Gini | Predicted total to actual |",
        "|---|---|---|---|---|---|",
    ]
    for name, each in models.items():
        worse = "" if name == "v2" else f"{each['worse_than_v2']:+.1f} {_range(each['worse_interval'], '{:+.1f}')}"
        seen = " (has seen these years)" if name == "v1 as supplied" else ""
        lines.append(
            f"| {name}{seen} | {each['deviance']:.1f} | {worse} | £{each['mean_absolute_error']:,.0f} |"
            f" {each['gini']:.3f} | {each['total_to_actual']:.1%} {_range(each['total_interval'], '{:.0%}')} |"
        )
    lines += [
        "",
        "- *v1 as supplied* was trained on all years, the judged ones included: its row shows memory, not skill. The"
        " fair comparison is *v1's recipe, refitted*: the same losses, tree counts, learning rates and seed on the"
        " years before 2013.",
        "- *Two lines* is the mean cost by number of injured people (0, 1, 2 and more) and by whether the injury was"
        " described.",
        "- Deviance is the Tweedie deviance for the power 1.5, which weighs small and large claims and allows a cost of"
        " 0. Gini measures the order: 1 is perfect.",
        f"- Every model reserves too much for these years, v2 {ours['total_to_actual'] - 1:.0%} and v1's recipe"
        f" {recipe['total_to_actual'] - 1:.0%}. Part of it is real (the mean cost fell after 2012), part is that late"
        " years are not fully developed; the data cannot separate the two.",
        "",
        "### By segment",
        "",
        "Predicted total to actual total.",
        "",
        "| Segment | Claims | Mean cost | Two lines | v1's recipe, refitted | v2 |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {each['segment']} | {each['claims']:,} | £{each['mean_cost']:,.0f} | {each['two lines']:.0%} |"
        f" {each[_RECIPE]:.0%} | {each['v2']:.0%} {_range(each['v2_interval'], '{:.0%}')} |"
        for each in judged["segments"]
    ]
    lines += [
        "",
        "### How the settings were chosen",
        "",
        "Each year from 2008 to 2012 was predicted from the years before it. The candidate with the lowest deviance over"
        " the five years was taken.",
        "",
        "| Candidate | Deviance | Gini | Predicted total to actual |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {each['candidate']}{' (taken)' if each is chosen else ''} | {each['deviance']:.1f} | {each['gini']:.3f} |"
        f" {each['total_to_actual']:.1%} |"
        for each in found["tuning"]
    ]
    lines += [
        "",
        "The judged years were seen before this table: in a first look at kinds of models, with a grid without"
        " half-lives (v2: deviance 170.7, total 125.9%), and with a half-life of 4 years (165.5, 118.9%). The settings"
        " are those that the tuning years choose; the intervals do not account for the earlier looks.",
        "",
        "## Data",
        "",
        f"{facts['claims']:,} claims of one kind (head-on collisions) by date of loss, 2003-04-15 to 2015-06-30. The mean"
        f" cost is £{facts['mean_cost']:,.2f}; {facts['nil_share']:.1%} cost nothing; {facts['large']} cost more than"
        f" £50,000. On these claims v1 predicts £{facts['v1_mean']:,.2f} on average:"
        f" {1 - facts['v1_mean'] / facts['mean_cost']:.1%} too little, on its own training data.",
        "",
        "| Year | Claims | Mean | Median | Nil | Over £50,000 | Largest |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {each['year']} | {each['claims']:,} | £{each['mean']:,.0f} | £{each['median']:,.0f} | {each['nil']:.0%} |"
        f" {each['large']} | £{each['largest']:,.0f} |"
        for each in facts["years"]
    ]
    lines += [
        "",
        "How v2 treats the data:",
        "",
        "- **Nil claims** stay in. Tweedie loss with a power below 2 has a probability of exactly 0.",
        "- **Inflation**: the data hold no price index, and the mean does not rise steadily. A claim counts half as much"
        " as one two years younger, so that v2 follows the level of recent years. Amounts are not restated.",
        "- **Undeveloped years**: the data are one snapshot without payment dates, so development cannot be estimated."
        " Costs of 2014 and 2015 will rise; totals judged on them flatter a low model. Ask for a development triangle.",
        "- **Negative costs** (recoveries) count as 0, and notices before the loss as notices on the day.",
        "- **Unknown** in its four spellings (`N/A`, `N/K`, `n/k`, `#`) is one value of its own.",
        "- `Loss_code` and `Loss_description` never vary and are no inputs. `TP_type_insd_pass_front` and"
        " `TP_type_pass_multi` never vary either; they stay in the interface, and the trees cannot use them.",
        "- `Notifier`, `Time_hour` and `Inception_to_loss` are no inputs of v1. They did not lower the deviance of v2 in"
        " a first look either.",
        "",
        "## Drift from 2003 to 2015",
        "",
        "A v2 of 2003–2007 meets each later year. *Inputs* is what the"
        " [monitor](../pipeline/monitor/report.py) says from the claims alone, when they arrive; *ratio* is its deviance"
        " against that on 2007 (predicted from 2003–2006), and is known only when costs are. *Retrained* learns from all"
        " years before. The monitor's limits are PSI 0.2, KS 0.15, JS 0.15 and a ratio of 1.1.",
        "",
        "| Year | Inputs that drifted | Ratio | Deviance, frozen → retrained | Gini | Predicted total to actual |",
        "|---|---|---|---|---|---|",
    ]
    for each in found["drift"]:
        old, new = each["frozen"], each["retrained"]
        drifted = ", ".join(f"`{name}`" for name in each["drifted"]) or "none"
        lines.append(
            f"| {each['year']} | {drifted} | {each['ratio']:.2f} | {old['deviance']:.0f} → {new['deviance']:.0f} |"
            f" {old['gini']:.2f} → {new['gini']:.2f} | {old['total_to_actual']:.0%} → {new['total_to_actual']:.0%} |"
        )
    lines += [
        "",
        _drift(found["drift"]),
        "",
        "## Limits",
        "",
        "- One kind of accident, one insurer, twelve years that ended in 2015. Both models say nothing about other claims"
        " or about today's prices.",
        f"- {facts['large']} large claims carry much of the cost, and two of them cost more than £1.8 million. Totals"
        " depend on a few claims, as the intervals show.",
        "- Region and injury can stand for protected characteristics. The insurer decides whether they may be used.",
        "- A person decides on a reserve above an agreed amount.",
        "",
        "## Fields",
        "",
        "| Field | Values | Meaning |",
        "|---|---|---|",
    ]
    lines += [f"| `{each.name}` | {each.domain} | {each.description} |" for each in FEATURES]
    return "\n".join(lines) + "\n"


_RECIPE = "v1's recipe, refitted"


def _range(interval: list[float], form: str) -> str:
    return f"[{form.format(interval[0])}, {form.format(interval[1])}]"


def _result(models: dict[str, Any]) -> str:
    """Return the verdict, which the intervals decide."""
    low, high = models[_RECIPE]["worse_interval"]
    lines_low = models["two lines"]["worse_interval"][0]
    if low > 0:
        verdict = "**v2 is better than v1's recipe on later years**"
    elif high < 0:
        verdict = "**v2 is worse than v1's recipe on later years: serve v1**"
    else:
        verdict = (
            "**v2 is not shown to be better than v1's recipe on later years: the interval of the difference holds 0**"
        )
    against = "better than" if lines_low > 0 else "not shown to be better than"
    return (
        f"{verdict}. It is {against} the baseline of two lines. v2 is one model without a cap and a severity constant,"
        " and runs on a supported Python; where only accuracy counts, v1 remains the default."
    )


def _drift(found: list[dict[str, Any]]) -> str:
    first = next(each for each in found if each["drifted"])
    late = [each for each in found if each["year"] >= 2012]
    gain = 1 - sum(each["retrained"]["deviance"] for each in late) / sum(each["frozen"]["deviance"] for each in late)
    return (
        f"The inputs give the first alarm in {first['year']}, by {', '.join(first['drifted'])}: the way in which claims"
        " are recorded changed. From 2012 on retraining lowers the mean of the yearly deviances by"
        f" {gain:.0%}, and brings the predicted total of {found[-1]['year']} from"
        f" {found[-1]['frozen']['total_to_actual']:.0%} to {found[-1]['retrained']['total_to_actual']:.0%} of the actual."
        " In 2008 neither model foresees the claim of £1.95 million: no retraining helps against that."
    )
