"""What studies of many simulated marketplaces have in common: their arguments, their processes, and the page."""

import argparse
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from jobs.reporting.markdown_sections import write_section
from jobs.runtime import console
from jobs.settings import load_settings
from jobs.studies import separate_processes


def parse(doc: str | None, argv: Sequence[str] | None, first_seed: int, section: str) -> argparse.Namespace:
    """Return the arguments of a study.

    Args:
        first_seed: where nobody names one. section: of the page that `--out` names.
    """
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", type=int, default=100, help="how many small marketplaces")
    parser.add_argument("--first-seed", type=int, default=first_seed, help="seed of the first one; the others follow")
    parser.add_argument("--jobs", type=int, default=2, help="marketplaces at once, each a process")
    parser.add_argument("--out", type=Path, metavar="FILE.md", help=f"write the section `{section}` of this page")
    return parser.parse_args(argv)


def results(world: Callable[[Path, int], Any], args: argparse.Namespace, name: str, seconds: float) -> list[Any]:
    """Return what each marketplace shows, in the order of seeds.

    Args:
        world: a function of a module, of a folder and a seed. name: of the folder below VIGIL_HOME, which is deleted.
        seconds: after which the process of a marketplace is killed, and started once more.
    """
    folder = load_settings().home / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with console.timed(f"{args.worlds} marketplaces"):
        found = separate_processes.results(world, [(folder, args.first_seed + number) for number in range(
            args.worlds)], folder, args.jobs, seconds)
    shutil.rmtree(folder)
    return found


def show(text: str, args: argparse.Namespace, section: str) -> None:
    """Print the section of a study, and write it into the page that the arguments name."""
    console.show(text)
    if args.out:
        write_section(args.out, section, text)
