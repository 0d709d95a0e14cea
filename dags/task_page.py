"""The page of a task in Airflow: what its step does, and how a person runs it again."""

import ast
from collections.abc import Sequence
from functools import cache

from jobs.settings import REPOSITORY


def task_page(job: str, arguments: Sequence[str]) -> str:
    """Return the Markdown page of a task: the docstring of its step, which is not imported, and two commands."""
    typed = " ".join(argument for argument in arguments if "{{" not in argument)
    command = " ".join(f"python -m jobs.{job} {typed}".split())
    return (f"{_docstring(job)}\n\n"
            "**When it fails**, the last `vigil: [failed]` line of its log has the reason and the command that mends "
            "it. Then clear the task here, or run the whole day again: `make nightly DS=<day>`.\n\n"
            f"**By hand**: `{command} --ds <day> --run-id <run>`, after the steps before it.")


@cache
def _docstring(job: str) -> str:
    source = (REPOSITORY / "jobs" / f"{job}.py").read_text(encoding="utf-8")
    return ast.get_docstring(ast.parse(source)) or ""
