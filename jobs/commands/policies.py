"""Check the folder of policies and print all that it holds, or every mistake in it.

Reads the folder that VIGIL_POLICIES names, `policies/` by default (docs/policies.md). Writes nothing. Run again, it
repeats the check.
"""

import argparse
import datetime as dt
import sys
from collections.abc import Sequence
from pathlib import Path

from features.risks import RISKS
from jobs import step
from jobs.after_sales.policy import ResolutionPolicy, read_resolution_policy
from jobs.decisions.experiment_files import NO_END, Experiment
from jobs.decisions.goal_files import Goal
from jobs.decisions.policy_documents import AFTER_SALES, LIVE, shown
from jobs.decisions.policy_files import Action, Policies, Policy, Queue, read_policies
from jobs.errors import UserError
from jobs.runtime import console, terminal
from jobs.runtime.terminal_text import cell_count, padded, visible, wrapped
from jobs.settings import load_settings

WIDE = 160  # width in characters, if the output is no terminal
NARROWEST = 24  # characters that the last column needs beside the others
GAP = "  "
ONE_DAY = dt.timedelta(days=1)


def parse(argv: Sequence[str] | None = None):
    """Arguments of the command."""
    return argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    parse(argv)
    folder = load_settings().policies
    policies, resolution = read_all(folder)
    width = terminal.width() if sys.stdout.isatty() else WIDE
    console.show(f"{page(policies, width)}\n")
    if resolution:
        console.show(f"\n{options_page(resolution, width)}\n")
    console.log(f"no mistake in {shown(folder)}")


def read_all(folder: Path) -> tuple[Policies, ResolutionPolicy | None]:
    """Return the policies of a folder, and the costs of resolving a case where the folder has them.

    Raises:
        UserError: the mistakes of all files.
    """
    readers = [read_policies, *([read_resolution_policy] if (folder / f"{AFTER_SALES}.toml").exists() else [])]
    found, mistakes = [], []
    for read in readers:
        try:
            found.append(read(folder))
        except UserError as error:
            mistakes.append(str(error))
    if mistakes:
        raise UserError("\n".join(mistakes))
    return found[0], found[1] if len(found) > 1 else None


def options_page(resolution: ResolutionPolicy, width: int) -> str:
    """Return the options that resolve a case and the laws that exclude some, as text."""
    options = _table(("option", "minutes", "repeats", "resolves", "kinds of case"), [
        (name, f"{option.minutes:g}", f"{option.repeats:g}", f"{option.resolves:g}", ", ".join(option.kinds))
        for name, option in resolution.options.items()], width)
    laws = _table(("law", "regions", "until day", "kinds", "excludes"), [
        (law.name, ", ".join(law.regions) or "all", "no end" if law.until_day is None else str(law.until_day),
         ", ".join(law.kinds), ", ".join(law.excludes)) for law in resolution.law], width)
    return f"{options}\n\n{laws}" if resolution.law else options


def page(policies: Policies, width: int) -> str:
    """Return the policies as a table, the ladder of each, the queues, the experiments and the goals, as text.

    Lines are at most `width` cells wide. A name or version is never broken: a terminal narrower than one has longer
    lines.
    """
    parts = [_table(("policy", "entity", "status", "first day", "queue", "version", "risks"),
                    [_policy_row(policy) for policy in policies.policies], width)]
    for policy in policies.policies:
        parts.append(f"{policy.name}, {policy.status}, version {policy.version}\n" + _table(
            ("action", "control point", "minutes", "stops", "days", "costs", "when"),
            [_action_row(action) for action in policy.ladder], width))
    parts.append(_table(("queue", "minutes a day", "cents a minute", "sampled", "version", "risks"),
                        [_queue_row(queue) for queue in policies.queues.values()], width))
    if policies.experiments:
        parts.append(_table(("experiment", "status", "enrols", "unit", "version", "metric", "arms"),
                            [_experiment_row(experiment) for experiment in policies.experiments], width))
    if policies.goals:
        parts.append(_table(("goal", "metric", "owner", "green", "red", "due", "risks"),
                            [_goal_row(goal) for goal in policies.goals], width))
    if missing := _without_live_policy(policies):
        parts.append("\n".join(wrapped(f"without a live policy: {', '.join(missing)}", width, GAP)))
    parts += ["\n".join(wrapped(gap, width, GAP)) for gap in _gaps(policies)]
    parts.append(f"worth: version {policies.worth_version}\nall of it: version {policies.version}")
    return "\n\n".join(parts)


def _policy_row(policy: Policy) -> tuple[str, ...]:
    days = f"{policy.first_day}" if policy.last_day is None else f"{policy.first_day} to {policy.last_day}"
    return (policy.name, policy.entity, policy.status, days, policy.queue, policy.version, ", ".join(policy.risks))


def _action_row(action: Action) -> tuple[str, ...]:
    costs = ", ".join(f"{party} {share:g}" for party, share in action.costs.items() if share)
    return (action.action, action.control_point, f"{action.minutes:g}", f"{action.stops:g}", str(action.days),
            costs or "none", " ".join(action.when.split()))


def _queue_row(queue: Queue) -> tuple[str, ...]:
    return (queue.name, f"{queue.minutes_a_day:g}", f"{queue.price_cents_a_minute:g}", f"{queue.sample_share:.3g}",
            queue.version, ", ".join(queue.risks))


def _experiment_row(experiment: Experiment) -> tuple[str, ...]:
    arms = ", ".join(f"{arm.name} {first:.3g}" + (f" to {last:.3g}" if first != last else "")
                     + (f" by {arm.policy}" if arm.policy else "")
                     for arm, first, last in zip(experiment.arms, experiment.shares[0], experiment.shares[-1]))
    arms += ": an A/A test, whose effects are chance" if experiment.is_a_a else ""
    days = f"{experiment.first_day} to {experiment.last_day}" if experiment.last_day != NO_END else (
        f"from {experiment.first_day}")
    return (experiment.name, experiment.status, days, experiment.unit, experiment.version, experiment.metric, arms)


def _goal_row(goal: Goal) -> tuple[str, ...]:
    return (goal.name, goal.metric, goal.owner, f"{goal.green:g}", f"{goal.red:g}", str(goal.due),
            ", ".join(goal.risks) or "all")


def _without_live_policy(policies: Policies) -> list[str]:
    covered = {(policy.entity, risk) for policy in policies.policies if policy.status == LIVE for risk in policy.risks}
    return [f"{risk.entity}/{risk.name}" for risk in RISKS if (risk.entity, risk.name) not in covered]


def _gaps(policies: Policies) -> list[str]:
    """Return a sentence for each risk whose live policies end, or leave days between them."""
    found = []
    for risk in RISKS:
        live = sorted((policy for policy in policies.policies if policy.status == LIVE and policy.entity == risk.entity
                       and risk.name in policy.risks), key=lambda policy: policy.first_day)
        for policy, following in zip(live, [*live[1:], None]):
            if policy.last_day is not None and (following is None or following.first_day - policy.last_day > ONE_DAY):
                end = f" to {following.first_day - ONE_DAY}" if following else " on"
                found.append(f"no live policy from {policy.last_day + ONE_DAY}{end}: {risk.entity}/{risk.name}")
    return found


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> str:
    """Return rows below a head. The last column is wrapped; in a narrow terminal it stands below its row."""
    cells = [[visible(value) for value in row] for row in (head, *rows)]
    widths = [max(cell_count(row[place]) for row in cells) for place in range(len(head) - 1)]
    indent = " " * sum(cells + len(GAP) for cells in widths)
    is_narrow = width - len(indent) < NARROWEST
    lines = []
    for row in cells:
        start = "".join(padded(value, cells) + GAP for value, cells in zip(row, widths))
        if is_narrow:
            lines += [start.rstrip(), *wrapped(GAP * 2 + row[-1], width, GAP * 2)]
        else:
            first, *more = wrapped(indent + row[-1], width, indent)
            lines += [start + first[len(indent):], *more]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(step.run(main))
