"""Command-line arguments of steps that work on one model."""

from collections.abc import Sequence

from jobs.runtime import arguments
from jobs.training.models import MODELS


def parse(doc: str | None, argv: Sequence[str] | None):
    """Arguments of a step that works on one model."""
    parser = arguments.parser(doc)
    parser.add_argument("--model", choices=[m.name for m in MODELS], required=True, help="which model")
    return parser.parse_args(argv)
