"""What prints, and past what: jobs/runtime/console.py escapes text from the data, so nothing prints without it."""

import ast
from collections.abc import Iterator, Mapping

from tests.house_rules.imports import Module

PRINTS = ("print", "pprint", "sys.stdout.write", "sys.stderr.write", "traceback.print_exc",
          "traceback.print_exception", "warnings.warn")

# The console itself; Airflow's server, whose lines the client escapes; the simulation, which imports no other room and
# is shown by the runner.
PRINTERS = ("jobs.runtime.console", "jobs.runtime.live_line", "dags.runner.airflow_server", "jobs.simulate.__main__",
            "jobs.simulate.pairs")


def past_the_console(modules: Mapping[str, Module]) -> Iterator[str]:
    """Yield the lines of features/, jobs/ and dags/ that print past the console."""
    for module in modules.values():
        if module.name in PRINTERS or module.name.startswith("benchmarks"):
            continue
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in PRINTS:
                yield f"{module.path}:{node.lineno}: print by jobs.runtime.console, which escapes text from the data"
