"""Plant truth in small simulated marketplaces, and hold decisions, back-tests and random reviews to it.

Trains all models once on a simulated marketplace, and lets the live policies decide about small ones, each with a seed
of its own. Compares the back-test's loss caught with the planted truth, the policies with reviews of the highest
scores at the same minutes, and the prevalence from random reviews with the planted one. Reads the policies. Works
below VIGIL_HOME/strategy on Sail, and removes it. With --out it writes the section `strategy-study` of a Markdown page.
Run again, it gives the same figures. Everything in it is simulated data.
"""

import argparse
import dataclasses
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from features.risks import BY_VERDICT, find
from jobs import step
from jobs.decisions import sampling
from jobs.decisions.policy_files import Policies, read_policies
from jobs.evaluation import ground_truth
from jobs.reporting.markdown_sections import write_section
from jobs.runtime import console
from jobs.settings import load_settings
from jobs.studies import separate_processes, strategy_page, strategy_trial, strategy_world
from jobs.studies.review_coverage import Population
from jobs.studies.strategy_trial import Caught, Realised
from jobs.studies.strategy_world import World

FOLDER = "strategy"
LONGEST_TRAINING, LONGEST_WORLD = 2_400, 1_200  # seconds: ten times as long as on an idle machine of two cores


@dataclasses.dataclass(frozen=True)
class WorldResult:
    """The results of one marketplace.

    Attributes:
        booked: the live policies' results where `unbooked_loss_cents` is left out of them.
        populations: by entity and risk.
    """

    seed: int
    caught: Caught
    live: Realised
    booked: Realised
    highest: Realised
    populations: dict[tuple[str, str], Population]


def parse(argv: Sequence[str] | None = None):
    """Arguments of the study."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=8, help="how many small marketplaces")
    parser.add_argument("--first-seed", type=int, default=101, help="seed of the first one; the others follow")
    parser.add_argument("--jobs", type=int, default=2, help="marketplaces at once, each a process")
    parser.add_argument("--train-size", choices=("small", "demo"), default="demo", help="of the one to train on")
    parser.add_argument("--out", type=Path, metavar="FILE.md", help="write the section `strategy-study` of this page")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    results = run(load_settings().home / FOLDER, args.worlds, args.first_seed, args.jobs, args.train_size)
    text = strategy_page.section(results)
    console.show(text)
    if args.out:
        write_section(args.out, "strategy-study", text)


def run(folder: Path, worlds: int, first_seed: int, jobs: int, train_size: str) -> list[WorldResult]:
    """Return the results of all marketplaces, in the order of seeds."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    models = folder / "models.pickle"
    separate_processes.results(_train, [(folder / "training", train_size, models)], folder, 1, LONGEST_TRAINING)
    results = separate_processes.results(
        _world, [(folder / f"world-{seed}", seed, models) for seed in range(first_seed, first_seed + worlds)], folder,
        jobs, LONGEST_WORLD)
    shutil.rmtree(folder)
    return results


def _train(home: Path, size: str, models: Path) -> None:
    shutil.rmtree(home, ignore_errors=True)  # what an earlier try left
    with console.timed("training"):
        trained = strategy_world.trained_models(load_settings(), home, size)
    strategy_world.save(trained, models)
    shutil.rmtree(home)


def _world(home: Path, seed: int, models: Path) -> WorldResult:
    config = load_settings()
    shutil.rmtree(home, ignore_errors=True)  # what an earlier try left
    with console.timed(f"world {seed}"):
        world = strategy_world.scored_world(config, home, seed, strategy_world.load(models))
        result = result_of(world, read_policies(config.policies))
    shutil.rmtree(home)
    return result


def result_of(world: World, policies: Policies) -> WorldResult:
    """Carry out the decisions about a scored marketplace, and return what the truth says of them."""
    made = strategy_trial.decided(world, [policies, booked_alone(policies)])
    acts, booked = (strategy_trial.acting(decisions) for decisions in made.decisions)
    first = strategy_trial.first_of_each(acts)
    highest = strategy_trial.highest_scores(made.population, policies, acts)
    by_first = strategy_trial.carried_out(world, first, "first")
    return WorldResult(
        world.seed, strategy_trial.caught(world, first, by_first),
        *(strategy_trial.realised(strategy_trial.carried_out(world, rows, name), rows)
          for name, rows in (("live", acts), ("booked", booked), ("highest", highest))),
        populations(world, made.population, policies))


def booked_alone(policies: Policies) -> Policies:
    """Return the policies without `unbooked_loss_cents`: the marketplace books no such harm."""
    return dataclasses.replace(policies, policies=tuple(
        dataclasses.replace(policy, unbooked_loss_cents={}) for policy in policies.policies))


def populations(world: World, rows: pa.Table, policies: Policies) -> dict[tuple[str, str], Population]:
    """Return the rows that random reviews could have drawn, by entity and risk, with the planted truth."""
    truth = ground_truth.read(world.home)
    names = {name: np.array(rows[name].to_pylist(), object) for name in ("ds", "queue", "entity", "risk", "entity_id")}
    score, money = (rows[name].to_numpy().astype(float) for name in ("score", "open_cents"))
    size = np.zeros(len(rows))
    for ds in set(names["ds"]):
        for queue in policies.queues:
            mine = (names["ds"] == ds) & (names["queue"] == queue)
            size[mine] = sampling.sizes(score[mine], money[mine])
    found = {}
    for risk in BY_VERDICT:  # no truth is planted of after-sales risks
        mine = (names["entity"] == risk.entity) & (names["risk"] == risk.name)
        if mine.any():
            planted = ground_truth.of_rows(truth, find(risk.entity, risk.name), names["ds"][mine],
                                           names["entity_id"][mine])
            found[risk.entity, risk.name] = Population(planted.label.astype(bool), score[mine], size[mine])
    return found


if __name__ == "__main__":
    sys.exit(step.run(main))
