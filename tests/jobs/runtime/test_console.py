"""What is printed for a person: no text from the data acts on the terminal, and colours are for terminals alone."""

from jobs.runtime import console
from jobs.runtime.console import Coloured
from tests.support.hostile_text import HOSTILE, SHOWN, acting
from tests.support.pseudo_terminal import shown


def test_a_log_line_is_one_line_without_characters_that_act(capsys):
    console.log(f"{HOSTILE}\nsecond")
    assert capsys.readouterr().out == f"vigil: {SHOWN} second\n"


def test_failures_and_warnings_are_escaped_on_standard_error(capsys):
    console.error(f"orders: {HOSTILE}\nTables: orders\n")
    console.warn(f"clicks: {HOSTILE}\nsecond")
    assert capsys.readouterr() == ("", f"vigil: orders: {SHOWN}\nTables: orders\n"
                                       f"vigil: warning, clicks: {SHOWN} second\n")


def test_what_a_library_prints_is_escaped_line_by_line(capsys):
    with console.shown():
        print(f"a{HOSTILE}\nb")
        print("c", end="")
    assert capsys.readouterr().out == f"a{SHOWN}\nb\nc\n"


def test_without_a_terminal_a_colour_is_left_out_and_its_text_stays(capsys):
    console.show("level ", Coloured(f"high{HOSTILE}", "red"))
    assert capsys.readouterr().out == f"level high{SHOWN}\n"


COLOURED = """
from jobs.runtime import console
console.show("level ", console.Coloured("high\\x1b[5m", "red"))
"""


def test_a_terminal_shows_colours_of_ours_and_none_of_the_data():
    assert shown(COLOURED)[1] == "level \x1b[31mhigh\\x1b[5m\x1b[0m\n"
    assert shown(COLOURED, NO_COLOR="1")[1] == "level high\\x1b[5m\n"


LONG = """
from jobs.runtime import console
console.log("word " * 30)
"""


def test_a_terminal_gets_lines_that_fit_and_a_program_one_line(capsys):
    assert max(map(len, shown(LONG, 60)[1].splitlines())) <= 60
    console.log("word " * 30)
    assert capsys.readouterr().out.count("\n") == 1


FAILING = """
import sys
from jobs import step
from jobs.errors import UserError
def main(argv):
    raise UserError("orders: \\x1b[2J\\u202e")
sys.exit(step.run(main))
"""


def test_a_failed_step_sends_no_escape_sequence_of_its_message():
    code, text = shown(FAILING)
    assert code == 1 and text == "vigil: orders: \\x1b[2J\\u202e\n" and not acting(text)
