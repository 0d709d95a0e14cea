"""Identifiers of people are masked before anything is kept, and the key is nowhere but in its file."""

import base64
import contextlib
import hashlib
import hmac
import io
import json
import logging
import logging.config
import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.inputs.masking import Key, displayed_name, mask_pattern, masked_value, with_key
from features.inputs.tables import TABLES
from jobs.commands import mask
from jobs.errors import UserError
from jobs.ingestion import masking_key
from jobs.ingestion.ingest_days import ingest
from jobs.ingestion.ingest_log import LOG
from jobs.ingestion.sql_errors import hide_values_in_errors
from jobs.quality.commit_gate import audit_and_commit
from jobs.quality.stages import event_audits
from jobs.settings import REPOSITORY, load_settings
from jobs.storage.lake import Lake
from tests.support.builders import day

FRI, SAT = day("2026-11-20"), day("2026-11-21")
SECRET = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0"
KEY = Key(SECRET.encode())

# The digest, against Python's own

VALUES = ["d-4711", "10.0.0.1", "+49 151 2345678", " ", "Zürich 東京 👩‍👧", "x" * 10_000,
          "'; DROP TABLE users --", "\x00\n"]


@pytest.mark.parametrize("secret", [b"k", SECRET.encode(), b"k" * 63, b"k" * 65, b"\x00\xff" * 100, "clé".encode()],
                         ids=["short", "a block", "below", "above", "long", "not ASCII"])
def test_a_digest_is_the_one_that_python_makes(spark, secret):
    found = masks(spark, Key(secret), VALUES)
    assert found == [hmac.new(secret, value.encode(), hashlib.sha256).hexdigest() for value in VALUES]
    assert found == [Key(secret).mask(value) for value in VALUES]


def test_nothing_stays_nothing(spark):
    assert masks(spark, KEY, [None, ""]) == [None, None]


def test_a_number_is_masked_as_its_text(spark):
    df = spark.createDataFrame([(4711,)], "v bigint")
    assert with_key(df, KEY).select(masked_value(df.v)).first()[0] == KEY.mask("4711")


def masks(spark, key, values):
    df = spark.createDataFrame([*enumerate(values)], "n int, v string")
    rows = with_key(df, key).select("n", masked_value(df["v"]).alias("v")).collect()
    return [row.v for row in sorted(rows)]


def test_openssl_gives_the_same_digest_with_the_key_as_it_is_written():
    told = subprocess.run(["openssl", "dgst", "-sha256", "-hmac", SECRET], input=b"d-4711",
                          capture_output=True, check=True)
    assert told.stdout.split()[-1].decode() == KEY.mask("d-4711")


SHAPES = {"d-4711": "x-9999", "anna@example.org": "xxxx@xxxxxxx.xxx", "+49 (151) 23": "+99 (999) 99",
          "Zürich": "xxxxxx", "東京٣½": "xx99", "नमस्ते": "xxxxxx", "👩😀": "??", "a\tb\nc": "x?x?x", "": ""}


def test_a_shape_keeps_nothing_but_kinds_of_signs(spark):
    df = spark.createDataFrame([(value,) for value in SHAPES], "v string")
    assert {row.v: row.told for row in df.select("v", mask_pattern(df.v).alias("told")).collect()} == SHAPES


def test_a_name_is_shown_where_it_is_a_word_and_by_its_shape_elsewhere():
    words = {"claimed": "claimed", "Device_ID": "Device_ID"}
    assert {name: displayed_name(name) for name in [*words, *SHAPES]} == {**SHAPES, **words}


# The key


def traces(key):
    """Everything that would give the key away: itself and its blocks, as bytes, hex and base64."""
    whole = [key.secret, *key.blocks, hashlib.sha256(key.secret).digest()]
    return {trace for each in whole for trace in (each, each.hex().encode(), each.hex().upper().encode(),
                                                  base64.b64encode(each)[:-4], repr(each)[2:-1].encode())}


@pytest.mark.engine("spark")
def test_no_plan_and_no_error_shows_the_key(spark, capfd):
    from pyspark.errors import PySparkException
    from pyspark.sql import functions as F

    df = spark.createDataFrame([("d-4711",)], "v string")
    frame = with_key(df, KEY).select(masked_value(df.v).alias("m"), F.raise_error(F.concat(F.lit("stop at "), df.v)))
    for mode in ("extended", "formatted", "cost", "codegen"):
        frame.explain(mode=mode)
    told = capfd.readouterr().out
    with pytest.raises(PySparkException, match="stop at d-4711") as failure:
        frame.collect()
    told += str(failure.value) + str(failure.value.getMessage()) + failure.value._stackTrace
    told += frame._jdf.queryExecution().toString() + frame._jdf.queryExecution().stringWithStats()
    assert "sha2" in told and "BroadcastNestedLoopJoin" in told
    assert not [trace for trace in traces(KEY) if trace in told.encode()]


@pytest.mark.engine("spark")
def test_the_traces_would_be_found_if_the_key_were_a_literal(spark, capfd):
    from pyspark.sql import functions as F

    value = F.col("id").cast("string").cast("binary")
    spark.range(1).select(F.sha2(F.concat(F.lit(KEY.blocks[0]), value), 256)).explain(True)
    told = capfd.readouterr().out.encode()
    assert [trace for trace in traces(KEY) if trace in told]


def test_a_key_does_not_show_itself():
    assert SECRET not in repr(KEY) and SECRET not in str([KEY])
    assert KEY.id == hmac.new(SECRET.encode(), b"vigil key id", hashlib.sha256).hexdigest()[:12]


def test_the_first_run_makes_a_key_that_only_its_owner_can_read(tmp_path):
    config = load_settings({"VIGIL_HOME": str(tmp_path / "home")})
    key = masking_key.load_or_create_key(config)
    assert len(key.secret) == 64 and int(key.secret, 16)
    assert stat.S_IMODE(config.key_file.stat().st_mode) == 0o600
    assert masking_key.load_or_create_key(config) == key
    assert [file.name for file in config.home.iterdir()] == ["key"]


def test_runs_that_make_a_key_at_once_have_the_same(tmp_path):
    config = load_settings({"VIGIL_HOME": str(tmp_path)})
    with ThreadPoolExecutor(16) as pool:
        assert len({key.secret for key in pool.map(lambda _: masking_key.load_or_create_key(config), range(64))}) == 1


def test_the_environment_goes_before_the_file(tmp_path):
    masking_key.load_or_create_key(load_settings({"VIGIL_HOME": str(tmp_path)}))
    assert masking_key.load_or_create_key(load_settings({"VIGIL_HOME": str(tmp_path),
                                                         "VIGIL_KEY": SECRET + "\n"})) == KEY


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o666])
def test_a_key_that_others_can_read_is_refused_with_the_command_that_closes_it(tmp_path, mode):
    config = load_settings({"VIGIL_HOME": str(tmp_path)})
    masking_key.load_or_create_key(config)
    config.key_file.chmod(mode)
    with pytest.raises(UserError, match=f"mode {mode:o}, expected 600.*chmod 600 {config.key_file}"):
        masking_key.load_or_create_key(config)


def test_a_key_that_can_be_guessed_is_refused_and_not_repeated(tmp_path):
    with pytest.raises(UserError, match="VIGIL_KEY: 7 characters, expected at least 32") as refusal:
        masking_key.load_or_create_key(load_settings({"VIGIL_HOME": str(tmp_path), "VIGIL_KEY": "hunter2"}))
    assert "hunter2" not in str(refusal.value)


# A night over every table, with identifiers wherever one could stand

PLANNER = "org.apache.spark.sql.execution.adaptive.InsertAdaptiveSparkPlan"  # tells every plan once
STEM = "zq7"  # every planted identifier has it; no digest could
PHONE = "4915511223344"

OF_TYPE = {"string": "k", "timestamp": "2026-11-20 08:30:00", "bigint": "1", "boolean": "true", "date": "2026-11-20",
           "double": "0.5"}
# A risk of a seller, the first of the entities, and a hash in its declared form.
DECLARED = {"risk": "brushing", "image_hash": "00f0a1b2c3d4e5f6"}


def plant(table, column):
    return f"{STEM}-{table.name}-{column}"


def good(table, key):
    """A row that keeps every promise of its contract, with an identifier in every private column."""
    row = {c.name: c.values[0] if c.values else plant(table, c.name) if c.private else OF_TYPE[c.type]
           for c in table.columns}
    declared = {name: value for name, value in DECLARED.items() if name in row}
    return row | declared | {table.key: key, "note": plant(table, "note")}


def bad(table, name):
    """Rows that break their contract, each with identifiers where none belongs."""
    other = [c for c in table.columns if c.type != "string" and c.name != table.event_time]
    texts = [c.name for c in table.columns if c.type == "string" and not c.values and c.name != table.key]
    slipped = good(table, f"{name}-slipped") | {table.event_time: plant(table, "time")}
    slipped |= {text: plant(table, text) for text in texts} | {c.name: PHONE for c in other if c.type == "bigint"}
    return [
        slipped,
        good(table, f"{name}-early") | {table.event_time: "2026-11-25 00:00:00"},
        *(good(table, f"{name}-{c.name}") | {c.name: plant(table, c.name)} for c in other),
        *(good(table, f"{name}-{c.name}") | {c.name: plant(table, c.name)} for c in table.columns if c.values),
        *(good(table, f"{name}-{text}") | {text: plant(table, text) * 6_000} for text in texts),
    ]


FORMATS = ("parquet", "csv", "jsonl")
# Orders land in every format, of the others each in one: a union of three is three times the work.
LANDED = {name: FORMATS if name == "orders" else (FORMATS[n % 3],) for n, name in enumerate(TABLES)}
TORN = {"parquet": 0, "csv": 2, "jsonl": 1}


def land(landing, table, ds):
    """One file of each of its formats: a good row, bad ones, and lines that no reader can take apart."""
    folder = landing / table.name / f"ds={ds}"
    folder.mkdir(parents=True, exist_ok=True)
    names = [*table.names, "note"]
    for kind in LANDED[table.name]:
        rows = [good(table, kind), *bad(table, kind)]
        if kind == "parquet":
            pq.write_table(pa.Table.from_pylist(rows, pa.schema([(name, pa.string()) for name in names])),
                           folder / "a.parquet")
        elif kind == "csv":
            lines = [names, *([row[name] for name in names] for row in rows)]
            lines += [[plant(table, "torn")] * (len(names) + 2), [plant(table, "torn")] * 2]
            (folder / "b.csv").write_text("".join(",".join(line) + "\n" for line in lines))
        else:
            torn = json.dumps(good(table, plant(table, "torn")))[:-9]
            (folder / "c.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows) + torn + "\n")


def run_night(spark, config, ds, run="tonight"):
    lake = Lake(config.lake, run)
    ingest(spark, config, lake, [ds])
    audit_and_commit(spark, lake, "events", ds, event_audits(lake))


@contextlib.contextmanager
def spark_log(spark, file):
    """What Spark has to say, in a file: far more than it tells in a run, with the plans of its queries."""
    log4j = spark._jvm.org.apache.logging.log4j
    context = log4j.LogManager.getContext(False)
    root = context.getConfiguration().getRootLogger()
    appender = (log4j.core.appender.FileAppender.newBuilder().setName(str(file)).withFileName(str(file))
                .setLayout(log4j.core.layout.PatternLayout.newBuilder().withPattern("%p %c %m%n%xEx").build()).build())
    level = root.getLevel()
    appender.start()
    root.addAppender(appender, None, None)
    root.setLevel(log4j.Level.INFO)
    context.updateLoggers()
    log4j.core.config.Configurator.setLevel(PLANNER, log4j.Level.DEBUG)
    try:
        yield
    finally:
        log4j.core.config.Configurator.setLevel(PLANNER, level)
        root.setLevel(level)
        root.removeAppender(str(file))
        appender.stop()
        context.updateLoggers()


@pytest.fixture(scope="module")
def night(spark, product_settings, tmp_path_factory):
    """The settings of a run over all tables, through the real gate, with everything it said in files of its home."""
    home = tmp_path_factory.mktemp("home")
    config = load_settings({"VIGIL_HOME": str(home)})
    for table in TABLES.values():
        land(config.landing, table, FRI)
    (home / "logs").mkdir()
    said = io.StringIO()
    # `PLANNER` logs plans only where adaptive execution is on, as in a job.
    with (product_settings(spark), contextlib.redirect_stdout(said), contextlib.redirect_stderr(said),
          spark_log(spark, home / "logs" / "spark.log")):
        run_night(spark, config, FRI)
    (home / "logs" / "said.log").write_text(said.getvalue())
    return config


def everything(home: Path):
    """(file, its bytes) of all that is below a home but the landing folder and the key; Parquet also read out."""
    for file in sorted(home.rglob("*")):
        inside = file.relative_to(home)
        if file.is_file() and inside.parts[0] != "landing" and inside != Path("key"):
            yield inside, file.read_bytes()
            if file.suffix == ".parquet":
                yield inside, json.dumps(pq.ParquetFile(file).read().to_pylist(), default=str).encode()


def leaks(config):
    """(file, what was found) of every identifier and every trace of the key."""
    sought = {STEM.encode(), PHONE.encode(), *traces(masking_key.load_or_create_key(config))}
    return sorted({(str(file), trace) for file, content in everything(config.home)
                   for trace in sought if trace in content})


@pytest.mark.engine("spark")
def test_no_file_of_a_home_has_an_identifier_or_the_key(night):
    looked_at = {str(file) for file, _ in everything(night.home)}
    assert {"logs/spark.log", "logs/said.log", "lake/_runs/tonight.json",
            f"lake/_validations/ds={FRI}/tonight-events.json"} <= looked_at
    assert leaks(night) == []


@pytest.mark.engine("spark")
def test_the_night_that_was_searched_took_everything_in(night):
    """Kept rows with the digests of what was planted, and every bad row put aside: the search had something to find."""
    key, lake = masking_key.load_or_create_key(night), Lake(night.lake)
    aside = lake.arrow("quarantine").to_table().to_pylist()
    for table in TABLES.values():
        kept = lake.arrow(table.name).to_table().to_pylist()
        formats = LANDED[table.name]
        assert {row[table.key] for row in kept} == set(formats)
        for column in table.private:
            assert {row[column] for row in kept} == {key.mask(plant(table, column))}
        put_aside = [row["rules"] for row in aside if row["table"] == table.name]
        torn = sum(TORN[kind] for kind in formats)
        assert len(put_aside) == len(formats) * len(bad(table, "x")) + torn
        assert sum("the line can be read" in rules for rules in put_aside) == torn
    assert "BroadcastNestedLoopJoin" in (night.home / "logs" / "spark.log").read_text()


@pytest.mark.parametrize("column", ["device_id", "ip"])
def test_the_search_finds_a_column_that_is_not_masked(spark, tmp_path, monkeypatch, column):
    clicks = TABLES["clicks"]
    bare = replace(clicks, columns=tuple(replace(c, private=c.private and c.name != column) for c in clicks.columns))
    monkeypatch.setitem(TABLES, "clicks", bare)
    config = load_settings({"VIGIL_HOME": str(tmp_path)})
    land(config.landing, clicks, FRI)
    ingest(spark, config, Lake(config.lake, "tonight"), [FRI])
    found = leaks(config)
    assert {file.split("/")[1] for file, _ in found} == {"clicks", "quarantine"}
    assert {trace for _, trace in found} == {STEM.encode()}


@pytest.mark.engine("spark")
def test_a_device_has_one_digest_in_all_tables_and_the_quarantine(night):
    key, lake = masking_key.load_or_create_key(night), Lake(night.lake)
    early = {row["table"]: json.loads(row["raw"]) for row in lake.arrow("quarantine").to_table().to_pylist()
             if "-early" in row["raw"]}
    for table in TABLES.values():
        assert early[table.name]["note"] == key.mask(plant(table, "note"))
        for column in table.private:
            assert early[table.name][column] == key.mask(plant(table, column))


# A lake and its key


def test_a_run_with_another_key_is_refused_before_anything_is_written(spark, tmp_path):
    config = load_settings({"VIGIL_HOME": str(tmp_path), "VIGIL_KEY": SECRET})
    land_order(config, FRI, "o1")
    commit_orders(spark, config, FRI)
    before = sorted(file for file, _ in everything(tmp_path))
    other = replace(config, key=SECRET.upper())
    said = (f"orders, {FRI}: its identifiers were masked with key {KEY.id}, the key now is "
            f"{Key(SECRET.upper().encode()).id}. Put the lake's own key back")
    with pytest.raises(UserError, match=said):
        ingest(spark, other, Lake(config.lake, "another"), [FRI])
    assert sorted(file for file, _ in everything(tmp_path)) == before


def test_a_lake_from_before_there_was_a_key_is_refused(spark, tmp_path):
    config = load_settings({"VIGIL_HOME": str(tmp_path), "VIGIL_KEY": SECRET})
    land_order(config, FRI, "o1")
    lake = Lake(config.lake)
    bare = spark.createDataFrame([("o1", FRI)], "order_id string, ds date")
    lake.commit(lake.write(bare, "orders", [FRI], key="order_id"))
    with pytest.raises(UserError, match=f"orders, {FRI}: its identifiers were never masked"):
        ingest(spark, config, Lake(config.lake), [FRI])


def test_a_day_again_with_the_same_key_has_the_same_rows(spark, tmp_path):
    config = load_settings({"VIGIL_HOME": str(tmp_path), "VIGIL_KEY": SECRET})
    found = []
    for run in ("first", "again"):
        land_order(config, FRI, "o1")
        commit_orders(spark, config, FRI, run)
        found.append(Lake(config.lake).arrow("orders").to_table().to_pylist())
        assert json.loads((tmp_path / "lake" / "_runs" / f"{run}.json").read_text())["outputs"]["orders"][
            masking_key.KEY_ID] == KEY.id
    assert found[0] == found[1] and found[0][0]["device_id"] == KEY.mask("d-4711")


def land_order(config, ds, order_id):
    file = config.landing / "orders" / f"ds={ds}" / "a.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"order_id": order_id, "ordered_at": f"{ds} 08:30:00", "seller_id": "s1", "quantity": 1,
                                "amount_cents": 250, "device_id": "d-4711"}))


def commit_orders(spark, config, ds, run="tonight"):
    lake = Lake(config.lake, run)
    ingest(spark, config, lake, [ds])
    audit_and_commit(spark, lake, "events", ds, [(table, lambda df, written: []) for table in (
        "orders", "quarantine", "repetitions", LOG)])


# Looking somebody up


@pytest.fixture
def at_home(tmp_path, monkeypatch):
    monkeypatch.setenv("VIGIL_HOME", str(tmp_path))
    monkeypatch.setenv("VIGIL_KEY", SECRET)
    return tmp_path


def test_a_value_is_masked_as_in_the_lake_from_an_argument_or_a_line(at_home, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO("d-4711 \r\nd-4712\n"))
    mask.main(["--column", "device_id", "d-4711"])
    mask.main(["--column", "device_id"])
    assert capsys.readouterr().out == f"{KEY.mask('d-4711')}\n{KEY.mask('d-4711 ')}\n"


def test_a_column_that_is_not_masked_is_refused(at_home):
    with pytest.raises(UserError, match="user_id is masked in no table: look the value up as it is. Masked are addr"):
        mask.main(["--column", "user_id", "u1"])


def test_nothing_to_mask_is_refused(at_home):
    with pytest.raises(UserError, match="ip: no value"):
        mask.main(["--column", "ip", ""])


def test_looking_up_makes_no_key(at_home, monkeypatch):
    monkeypatch.delenv("VIGIL_KEY")
    with pytest.raises(UserError, match="no key is there, and VIGIL_KEY is not set"):
        mask.main(["--column", "ip", "10.0.0.1"])
    assert not (at_home / "key").exists()


# Errors about a value


@pytest.mark.engine("spark")
def test_an_error_about_a_value_is_told_without_it(spark, tmp_path):
    config = load_settings({"VIGIL_HOME": str(tmp_path)})
    with pytest.raises(UserError, match=r"2026-11-20: CAST_INVALID_INPUT \(SQLSTATE 22018\)") as refusal, \
            hide_values_in_errors(config, FRI):
        spark.createDataFrame([("d-4711",)], "v string").selectExpr("CAST(v AS bigint)").collect()
    assert "4711" not in str(refusal.value) and refusal.value.__suppress_context__


@pytest.mark.engine("spark")
def test_no_logger_repeats_the_value_after_a_library_has_set_logging_up(spark, tmp_path, capsys):
    (tmp_path / "logging.ini").write_text("[loggers]\nkeys=root\n[handlers]\nkeys=all\n[formatters]\nkeys=\n"
                                          "[logger_root]\nlevel=INFO\nhandlers=all\n"
                                          "[handler_all]\nclass=StreamHandler\nargs=()\n")
    handlers, level = logging.root.handlers[:], logging.root.level
    try:
        logging.config.fileConfig(tmp_path / "logging.ini", disable_existing_loggers=False)
        with pytest.raises(UserError), hide_values_in_errors(load_settings({"VIGIL_HOME": str(tmp_path)}), FRI):
            spark.createDataFrame([("d-4712",)], "v string").selectExpr("CAST(v AS bigint)").collect()
    finally:
        logging.root.handlers[:] = handlers
        logging.root.setLevel(level)
    assert "4712" not in "".join(capsys.readouterr())


@pytest.mark.engine("spark")
def test_any_other_error_of_spark_is_left_as_it_is(spark, tmp_path):
    from pyspark.errors import PySparkException

    with pytest.raises(PySparkException), hide_values_in_errors(load_settings({"VIGIL_HOME": str(tmp_path)}), FRI):
        spark.read.parquet(str(tmp_path / "nowhere"))


# The same over Spark Connect, in processes of their own

OVER_CONNECT = """
import sys
from pyspark.sql import functions as F
from features.inputs.masking import masked_value, with_key
from jobs.ingestion.masking_key import load_or_create_key
from jobs.settings import load_settings
from jobs.engines.spark import session
config = load_settings()
spark = session(config, "r1")
key = load_or_create_key(config)
df = with_key(spark.createDataFrame([("zq7-1",)], "v string"), key)
one = df.select(masked_value(F.col("v")).alias("m"))
assert one.first().m == key.mask("zq7-1")
one.explain(True)
"""
FAILS = """
failing = df.select(masked_value(F.col("v")), F.expr("CAST(v AS bigint)"))
try:
    failing.collect()
except Exception as failure:
    assert "CAST_INVALID_INPUT" in str(failure)
    print(str(failure).replace("zq7-1", "the value"))
"""


@pytest.mark.end_to_end
# Engine, script, and a word of its plans. Sail's error quotes the value; a SELECT, which could raise one, it refuses.
@pytest.mark.parametrize(("engine", "script", "plan"), [
    ("spark", OVER_CONNECT + FAILS, "BroadcastNestedLoopJoin"), ("sail", OVER_CONNECT, "Cross Join")])
def test_over_connect_digests_are_equal_and_logs_leak_nothing(tmp_path, engine, script, plan):
    home = tmp_path / "home"
    config = load_settings({"VIGIL_HOME": str(home)})
    for name in ("orders", "users"):
        land(config.landing, TABLES[name], FRI)
    env = {**os.environ, "VIGIL_HOME": str(home), "PYTHONPATH": str(REPOSITORY), "SPARK_DRIVER_MEMORY": "2g",
           "ENGINE": engine}
    (home / "logs").mkdir()

    def call(*arguments):
        with (home / "logs" / "said.log").open("ab") as log:
            return subprocess.run([sys.executable, *arguments], env=env, cwd=REPOSITORY, stdout=log, stderr=log,
                                  timeout=600, check=False).returncode

    run = ["--run-id", "r1"]
    try:
        codes = [call("-m", "jobs.spark_server", "start", "--owner", str(os.getpid()), *run),
                 call("-m", "jobs.ingest", "--ds", str(FRI), *run), call("-c", script)]
    finally:
        call("-m", "jobs.spark_server", "stop", *run)
    said = (home / "logs" / "said.log").read_text()
    assert codes == [0, 0, 0], said[:1000] + said[-1000:]
    assert plan in said and (home / "spark" / "r1.log").stat().st_size
    if engine == "spark":
        assert "CAST_INVALID_INPUT" in said and "CAST_INVALID_INPUT" in (home / "spark" / "r1.log").read_text()
    lake = Lake(config.lake, "r1")
    kept = lake.written_arrow(lake.staged("users")).to_table().to_pylist()
    key = masking_key.load_or_create_key(config)
    assert {row["phone_id"] for row in kept} == {key.mask(plant(TABLES["users"], "phone_id"))}
    assert leaks(config) == []
