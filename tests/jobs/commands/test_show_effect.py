"""show_effect: the table of a file, the published experiments, and a sentence for every mistake."""

import re
import subprocess
import sys

import numpy as np
import pytest

from jobs import step
from jobs.commands import show_effect
from jobs.settings import REPOSITORY
from tests.support.hostile_text import HOSTILE, SHOWN, acting


@pytest.fixture
def file(tmp_path):
    def written(text: str):
        (tmp_path / "units.csv").write_text(text, encoding="utf-8")
        return str(tmp_path / "units.csv")

    return written


def shown(capsys, *arguments: str) -> str:
    assert step.run(show_effect.main, list(arguments)) == 0
    return capsys.readouterr().out


def refused(capsys, *arguments: str) -> str:
    assert step.run(show_effect.main, list(arguments)) == 1
    said = capsys.readouterr().err
    assert "Traceback" not in said and "Log:" not in said and len(said.splitlines()) == 1
    return said


def rows(text: str) -> dict[str, list[str]]:
    """Return the cells of each estimator."""
    return {cells[0]: cells[1:] for line in text.splitlines() if len(cells := re.split(r"  +", line.strip())) > 2}


def simulated(arms=("held", "acted", "warned"), units=200, clusters=20) -> str:
    rng, lines = np.random.default_rng(1), ["arm,loss,orders,before,same,ring"]
    for number, arm in enumerate(arms):
        for unit in range(units):
            before = rng.normal()
            lines.append(f"{arm},{3 + before - number + rng.normal():.4f},{rng.integers(1, 5)},{before:.4f},7,"
                         f"{arm}{unit % clusters}")
    return "\n".join(lines) + "\n"


def test_every_other_arm_is_compared_with_the_control(file, capsys):
    said = shown(capsys, "--table", file(simulated()), "--arm", "arm", "--control", "held", "--metric", "loss")
    assert "units.csv: 600 rows, 0 left out for an empty arm or loss" in said
    assert re.findall(r"arm (\w+) against held: 200 and 200 units", said) == ["acted", "warned"]
    effects = [float(effect) for effect in re.findall(r"difference of means +([+-][\d.]+)", said)]
    assert effects == [pytest.approx(-1, abs=0.4), pytest.approx(-2, abs=0.4)]


def test_all_options_give_all_rows_and_the_notes(file, capsys):
    arguments = ["--table", file(simulated(("a", "b"), clusters=8)), "--arm", "arm", "--control", "a", "--metric",
                 "loss", "--covariates", "before, same", "--cluster", "ring", "--winsorise", ".99", "--permutations",
                 "99", "--seed", "3"]
    said = shown(capsys, *arguments)
    found = rows(said)
    assert list(found)[1:] == [
        "difference of means", "adjusted", "by cluster", "adjusted, by cluster", "wild bootstrap",
        "winsorised, adjusted, by cluster", "permutation", "confidence sequence", "confidence sequence, winsorised"]
    assert "200 and 200 units in 8 and 8 clusters; mean loss" in said
    assert "because they say nothing more within an arm: same." in said
    assert "Fewer than 40 clusters: read the wild bootstrap." in said
    assert "The confidence sequence says nothing before an arm has 100 clusters." in said
    assert found["confidence sequence"][2:4] == ["-inf", "+inf"]
    assert found["adjusted"][-2].endswith("%")
    assert shown(capsys, *arguments) == said
    assert "may be wrong" not in said


def test_permutations_and_their_seed_are_asked_for(file, capsys):
    text = "arm,loss\n" + "".join(f"{'ab'[n % 2]},{n * n % 17 + n % 2}\n" for n in range(60))
    arguments = ["--table", file(text), "--arm", "arm", "--control", "a", "--metric", "loss"]

    def p(*options: str) -> str:
        return rows(shown(capsys, *arguments, *options))["permutation"][1]

    assert float(p("--permutations", "9")) * 10 == pytest.approx(round(float(p("--permutations", "9")) * 10))
    assert p("--seed", "2") != p("--seed", "3")


def test_very_few_clusters_are_warned_of(file, capsys):
    said = shown(capsys, "--table", file(simulated(("a", "b"), clusters=5)), "--arm", "arm", "--control", "a",
                 "--metric", "loss", "--cluster", "ring")
    assert "An arm has 5 clusters: even the wild bootstrap may be wrong." in said


def test_a_small_arm_with_a_few_large_outcomes_is_warned_of(file, capsys):
    rng = np.random.default_rng(2)
    text = "arm,loss\n" + "".join(f"{'a' if n % 10 else 'b'},{loss:.4f}\n"
                                  for n, loss in enumerate(rng.lognormal(sigma=2, size=900)))
    arguments = ["--table", file(text), "--arm", "arm", "--control", "a", "--metric", "loss"]
    said = shown(capsys, *arguments, "--winsorise", ".9")
    assert re.search(r"need about [\d,]+ units in the smaller arm, which has 90: read the permutation p\.", said)
    assert re.search(r"Winsorised at 0\.9 they need about [\d,]+\.", said)
    assert "Winsorised" not in shown(capsys, *arguments)


def test_a_ratio_of_sums(file, capsys):
    said = shown(capsys, "--table", file(simulated(("a", "b"))), "--arm", "arm", "--control", "a", "--metric", "loss",
                 "--denominator", "orders", "--cluster", "ring")
    assert list(rows(said))[1:] == ["ratio of sums", "ratio, by cluster", "permutation", "confidence sequence"]
    assert "loss / orders" in said


def test_the_number_of_decimals_follows_the_error(file, capsys):
    text = "arm,loss\n" + "".join(f"{'ab'[n % 2]},{1e6 + 1e4 * (n * n % 13)}\n" for n in range(40))
    said = shown(capsys, "--table", file(text), "--arm", "arm", "--control", "a", "--metric", "loss")
    assert re.search(r"difference of means +[+-][\d,]+ +[\d,]+ ", said)


def test_outcomes_that_never_vary_are_shown(file, capsys):
    said = shown(capsys, "--table", file("arm,loss\na,1\na,1\nb,1\nb,1\n"), "--arm", "arm", "--control", "a",
                 "--metric", "loss")
    assert rows(said)["difference of means"][:5] == ["+0", "0", "+0", "+0", "1.0000"]


def test_names_from_the_data_do_not_act_on_the_terminal(file, capsys):
    text = f'arm,loss\na,1\na,2\n"{HOSTILE}",1\n"{HOSTILE}",3\n'
    said = shown(capsys, "--table", file(text), "--arm", "arm", "--control", "a", "--metric", "loss")
    assert acting(said) == [] and SHOWN in said


@pytest.mark.real
def test_thornton(real_data, capsys):
    """Thornton (2008). The issue of the estimators names .45055, .02087 by person and .0227 by village."""
    arguments = ["--table", str(real_data / "effects" / "thornton_hiv.csv"), "--arm", "any", "--control", "0",
                 "--metric", "got"]
    said = shown(capsys, *arguments)
    assert "any 1 against 0: 2,211 and 623 units" in said
    assert rows(said)["difference of means"][:2] == ["+0.45055", "0.02087"]
    by_village = rows(shown(capsys, *arguments, "--cluster", "villnum"))["by cluster"]
    assert by_village[:2] == ["+0.45198", "0.02269"]


@pytest.mark.real
def test_nsw(real_data, capsys):
    """LaLonde (1986): 1,794.34 with an error of 671.0, adjusted beside it."""
    found = rows(shown(capsys, "--table", str(real_data / "effects" / "nsw.csv"), "--arm", "treat", "--control", "0",
                       "--metric", "re78", "--covariates", "age,educ,black,hisp,marr,nodegree,re74,re75"))
    assert found["difference of means"][:2] == ["+1,794.3", "671.0"]
    assert found["adjusted"][:2] == ["+1,621.6", "694.7"]


FULL = "arm,loss,ring,name\na,1,r1,x\na,2,r2,y\nb,3,r1,z\nb,5,r2,z\nc,1,r3,z\n"
MISTAKES = {
    "control value not found": (["--control", "z"], "no unit has arm = z; the arms are a, b, c"),
    "missing column": (["--control", "a", "--metric", "lost"], "no column lost; it has arm, loss, ring, name"),
    "metric of words": (["--control", "a", "--metric", "name"], "name is not numeric, its type is VARCHAR with values"),
    "arm of one unit": (["--control", "a"], "1 unit has arm = c; expected at least 2 in each arm"),
    "control of one unit": (["--control", "c"], "1 unit has arm = c; expected at least 2 in each arm"),
    "quantile": (["--control", "a", "--winsorise", "99"], "expected one above 0.5 and at most 1"),
    "permutations": (["--control", "a", "--permutations", "0"], "expected at least 1 permutation"),
    "seed": (["--control", "a", "--seed", "-1"], "a seed from 0 up"),
    "one arm": (["--arm", "name", "--control", "z"], "1 unit has name = x"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_sentence(file, capsys, mistake):
    arguments, sentence = MISTAKES[mistake]
    text = FULL.replace("c,1,r3,z\n", "") if mistake == "quantile" else FULL
    assert sentence in refused(capsys, "--table", file(text), "--arm", "arm", "--metric", "loss", *arguments)


@pytest.mark.parametrize(("text", "options", "sentence"), [
    ("arm,loss\na,1\na,2\n", [], "every unit has arm = a; expected a second arm"),
    ("arm,loss\na,1\na,2\nb,\nb,\n", [], "every unit has arm = a; expected a second arm"),
    ("arm,loss\n,1\n,2\n", [], "no unit has arm = a; the arms are all empty"),
    ("arm,loss,ring\na,1,r\na,2,r\nb,1,r\nb,2,s\n", ["--cluster", "ring"],
     "arm b against a: the control arm has 1 clusters; expected at least 2"),
    ("arm,loss,n\na,1,0\na,2,0\nb,1,1\nb,2,1\n", ["--denominator", "n"], "sum to 0; expected a sum above 0"),
    ("arm,loss,n\na,1,0\na,2,1\nb,1,1\nb,2,3\n", ["--denominator", "n", "--winsorise", ".9"],
     "neither adjusted nor winsorised"),
])
def test_data_that_allow_no_estimate_are_one_sentence(file, capsys, text, options, sentence):
    assert sentence in refused(capsys, "--table", file(text), "--arm", "arm", "--control", "a", "--metric", "loss",
                               *options)


def test_a_missing_file_is_one_sentence(tmp_path, capsys):
    assert "there is no such file" in refused(capsys, "--table", str(tmp_path / "x.csv"), "--arm", "a", "--control",
                                              "b", "--metric", "c")


def test_it_runs_as_a_program(file):
    done = subprocess.run(
        [sys.executable, "-m", "jobs.commands.show_effect", "--table", file(simulated(("0", "1"))), "--arm", "arm",
         "--control", "0.0", "--metric", "loss"], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "arm 1 against 0: 200 and 200 units" in done.stdout


def turns(regions=3, days=84, effect=5.0, burn_in=0) -> str:
    rng, lines = np.random.default_rng(1), ["region,day,arm,orders"]
    for region in range(regions):
        order = np.concatenate([rng.permutation(["on", "off"]) for _ in range(days // 14)])
        for day in range(days):
            arm = order[day // 7]
            before = order[day // 7 - 1] if day >= 7 and day % 7 < burn_in else arm
            lines.append(f"r{region},{np.datetime64('2026-01-01') + day},{arm},"
                         f"{50 * region + rng.normal() + effect * (before == 'on'):.3f}")
    return "\n".join(lines) + "\n"


SWITCHBACK = ("--arm", "arm", "--control", "off", "--metric", "orders", "--region", "region", "--day", "day",
              "--block-days", "7")


def test_a_switchback_is_compared_by_block(file, capsys):
    said = shown(capsys, "--table", file(turns()), *SWITCHBACK)
    assert "on against off: 18 and 18 blocks of 3 regions" in said and "each pair of blocks has both arms" in said
    found = rows(said)
    assert found.keys() >= {"switchback, by block", "switchback, by block and day", "switchback, carry-over"}
    assert float(found["switchback, by block"][2]) < 5 < float(found["switchback, by block"][3])
    assert "too short" not in said


def test_a_burn_in_that_is_too_short_is_said(file, capsys):
    table = file(turns(burn_in=3))
    assert "still shows after 0 days: the burn-in is too short" in shown(capsys, "--table", table, *SWITCHBACK)
    assert "too short" not in shown(capsys, "--table", table, *SWITCHBACK, "--burn-in", "3")


def test_days_may_be_whole_numbers_and_blocks_in_any_order(file, capsys):
    by_number = "\n".join(["region,day,arm,orders", *(
        f"r0,{day + 7},{'on' if day < 28 else 'off'},{day % 5}" for day in range(56))])
    said = shown(capsys, "--table", file(by_number + "\n"), *SWITCHBACK)
    assert "the order of the blocks of a region counts as drawn" in said and "4 and 4 blocks of 1 regions" in said


@pytest.mark.parametrize("arguments, sentence", [
    (SWITCHBACK[:6] + ("--region", "region"), "expected --day and --block-days too"),
    (SWITCHBACK[:6] + ("--burn-in", "2"), "expected --region, --day and --block-days beside it"),
    (SWITCHBACK + ("--cluster", "region", "--winsorise", "0.9"), "expected no --cluster and no --winsorise"),
    (SWITCHBACK[:-1] + ("5",), "have days of both arms; expected one arm of a region in a block"),
    (SWITCHBACK + ("--burn-in", "7"), "a burn-in of 7 days leaves no day of 36 blocks"),
    (SWITCHBACK[:9] + ("region", "--block-days", "7"), "region is no day, its type is VARCHAR with values such as"),
])
def test_arguments_that_make_no_switchback_are_refused(file, capsys, arguments, sentence):
    assert sentence in refused(capsys, "--table", file(turns()), *arguments)


def test_a_region_and_day_that_repeats_is_refused(file, capsys):
    text = turns()
    said = refused(capsys, "--table", file(text + text.splitlines()[1] + "\n"), *SWITCHBACK)
    assert "1 rows repeat a region and day; expected one row of each" in said
