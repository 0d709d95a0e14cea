# Vigil. `make help` lists what there is to do.
PYTHON ?= python3
VENV := .venv
# Relative, because make and the shell would part a path with a blank in it.
BIN := $(VENV)/bin
export PYTHONPATH := $(CURDIR)
export PYTHONUTF8 := 1
export GX_ANALYTICS_ENABLED := false
export MLFLOW_DISABLE_TELEMETRY := true

# What a person names on the command line goes to the commands as it was typed: make would take `$` for its own.
TYPED := Q DS FROM TO POLICY AGAINST EXPERIMENT ENTITY RUN RUNS RAW SOURCES OUT MODEL VERSIONS PORT REGION SIZE ONLY DAYS VIGIL_HOME VIGIL_LANDING VIGIL_LAKE VIGIL_RAW VIGIL_SOURCES POLICIES VIGIL_POLICIES DATABASE VIGIL_DATABASE
$(foreach name,$(TYPED),$(if $(filter-out undefined,$(origin $(name))),$(eval override export $(name) := $$(value $(name)))))
# The same as the settings that jobs/settings.py reads.
ifdef SOURCES
override export VIGIL_SOURCES := $(value SOURCES)
endif
ifdef POLICIES
override export VIGIL_POLICIES := $(value POLICIES)
endif
ifdef DATABASE
override export VIGIL_DATABASE := $(value DATABASE)
endif
ifdef RAW
override export VIGIL_RAW := $(value RAW)
endif

# Processes that share the tests, a file and an engine at a time: while Spark plans, it leaves a core idle.
TEST_WORKERS ?= 2
PYTEST := $(BIN)/python -m pytest -n $(TEST_WORKERS) --dist loadscope --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help setup nightly train backfill replay report compare serve backtest frontier power study-strategy study-effects study-after-sales ablate multitask transfer stability attacks bench benchmark-handbook ui check-lake forget-table policies sql test test-fast acceptance lint lock clean

help: ## what there is to do
	@grep -E '^[a-z-]+:.*##' "$(firstword $(MAKEFILE_LIST))" | sed -E 's/:[^#]*## /\t/' | awk -F'\t' '{printf "  make %-19s %s\n", $$1, $$2}'

setup: $(VENV)/.ready ## make the virtual environment from the exact lock

$(VENV)/.ready: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info[:2] <= (3, 13) else f"Python {sys.version.split()[0]} is not supported: install 3.11, 3.12 or 3.13, then: make PYTHON=python3.12 setup")'
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Python has no venv module: install it (Debian: apt install python3-venv), then try again"; exit 1; }
	@$(PYTHON) -c 'import shutil, sys; free = shutil.disk_usage(".").free / 1e9; sys.exit(0 if free > 4 else f"{free:.1f} GB are free here; the packages and the demo need 4 GB: make room, then try again")'
	@echo "vigil: installing the packages of requirements.txt (about 1.6 GB, a few minutes, once)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

nightly: $(VENV)/.ready ## the whole run for a day: DS= SOURCES= RAW= (default: the last day landed, or a demo)
	@$(BIN)/python -m dags.runner.run nightly $(if $(DS),--ds "$$DS")

train: $(VENV)/.ready ## train, measure and promote every model: DS=
	@$(BIN)/python -m dags.runner.run train $(if $(DS),--ds "$$DS")

backfill: $(VENV)/.ready ## the risk tables of a range of days in one go: FROM= TO=
	@test -n "$$FROM" -a -n "$$TO" || { echo "usage: make backfill FROM=2026-11-01 TO=2026-11-10"; exit 2; }
	@$(BIN)/python -m jobs.commands.backfill --from "$$FROM" --ds "$$TO"

replay: $(VENV)/.ready ## repeat a run from its own note, into a lake of its own: RUN=
	@test -n "$$RUN" || { echo "usage: make replay RUN=<run_id>; make sql Q=\"select distinct run_id from seller_risk_daily\" lists runs"; exit 2; }
	@$(BIN)/python -m jobs.commands.replay --run-id "$$RUN"

report: $(VENV)/.ready ## every risk measured, beside a rule of one feature: DS= OUT=docs/model-quality.md
	@test -n "$$DS" || { echo "usage: make report DS=2026-11-20 [OUT=docs/model-quality.md], with the day of a training"; exit 2; }
	@$(BIN)/python -m jobs.commands.report --ds "$$DS" $(if $(OUT),--out "$$OUT")

compare: $(VENV)/.ready ## two runs of a model on the same rows, as one HTML page: RUNS=a,b, or MODEL= VERSIONS=1,2; OUT=
	@test -n "$$RUNS" -o -n "$$MODEL" || { echo "usage: make compare MODEL=user/refund_abuse [VERSIONS=1,2], or make compare RUNS=<run id>,<run id> [OUT=page.html]"; exit 2; }
	@$(BIN)/python -m jobs.commands.compare $(if $(RUNS),--runs "$$RUNS",--model "$$MODEL") $(if $(VERSIONS),--versions "$$VERSIONS") $(if $(OUT),--out "$$OUT")

serve: $(VENV)/.ready ## the champion's calibrated probabilities over HTTP, on this machine alone: MODEL= PORT=
	@test -n "$$MODEL" || { echo "usage: make serve MODEL=user/refund_abuse [PORT=5001]"; exit 2; }
	@$(BIN)/python -m jobs.commands.serve --model "$$MODEL" $(if $(PORT),--port "$$PORT")

backtest: $(VENV)/.ready ## what another policy would have done on past days: POLICY= AGAINST= FROM= TO= SCORES= OUT=
	@test -n "$$POLICY" -a -n "$$TO" || { echo "usage: make backtest POLICY=policies/user_refunds_short.toml [AGAINST=live] [FROM=2026-11-01] TO=2026-11-10 [SCORES=kept] [OUT=page.txt]"; exit 2; }
	@$(BIN)/python -m jobs.commands.backtest --policy "$$POLICY" --against "$${AGAINST:-live}" $(if $(FROM),--from "$$FROM") --to "$$TO" $(if $(SCORES),--scores "$$SCORES") $(if $(OUT),--out "$$OUT")

power: $(VENV)/.ready ## the smallest effect that an experiment could see: EXPERIMENT= TO= DAYS=60
	@test -n "$$EXPERIMENT" || { echo "usage: make power EXPERIMENT=refund_holds [TO=2026-11-20] [DAYS=60]"; exit 2; }
	@$(BIN)/python -m jobs.commands.power --experiment "$$EXPERIMENT" $(if $(TO),--to "$$TO") $(if $(DAYS),--days "$$DAYS")

frontier: $(VENV)/.ready ## loss stopped against minutes and friction, as a picture: ENTITY= FROM= TO= OUT=
	@test -n "$$ENTITY" || { echo "usage: make frontier ENTITY=user [FROM=2026-11-01] [TO=2026-11-10] [OUT=frontier.png]"; exit 2; }
	@$(BIN)/python -m jobs.commands.frontier --entity "$$ENTITY" $(if $(FROM),--from "$$FROM") $(if $(TO),--to "$$TO") $(if $(OUT),--out "$$OUT")

study-strategy: $(VENV)/.ready ## decisions, back-tests and random reviews against planted truth: WORLDS=8 JOBS=2 OUT=docs/strategy-study.md
	@$(BIN)/python -m jobs.studies.strategy $(if $(WORLDS),--worlds "$$WORLDS") $(if $(JOBS),--jobs "$$JOBS") $(if $(OUT),--out "$$OUT")

study-effects: $(VENV)/.ready ## estimated effects against planted ones: WORLDS=100 JOBS=2 OUT=docs/effects.md
	@$(BIN)/python -m jobs.studies.effects $(if $(WORLDS),--worlds "$$WORLDS") $(if $(JOBS),--jobs "$$JOBS") $(if $(OUT),--out "$$OUT")

study-after-sales: $(VENV)/.ready ## attributions of cases against planted faults: WORLDS=100 JOBS=2 OUT=docs/after-sales.md
	@$(BIN)/python -m jobs.studies.after_sales $(if $(WORLDS),--worlds "$$WORLDS") $(if $(JOBS),--jobs "$$JOBS") $(if $(OUT),--out "$$OUT")

ablate: $(VENV)/.ready ## what links and text add to each model: DS= MODEL= OUT=
	@test -n "$$DS" || { echo "usage: make ablate DS=2026-11-20 [MODEL=user/refund_abuse], with the day of a training"; exit 2; }
	@$(BIN)/python -m jobs.studies.ablation --ds "$$DS" $(if $(MODEL),--model "$$MODEL") $(if $(OUT),--out "$$OUT")

multitask: $(VENV)/.ready ## one model over all risks of users, against the separate ones: DS= OUT=
	@test -n "$$DS" || { echo "usage: make multitask DS=2026-11-20, with the day of a training"; exit 2; }
	@$(BIN)/python -m jobs.studies.multi_task --ds "$$DS" $(if $(OUT),--out "$$OUT")

transfer: $(VENV)/.ready ## a region with few verdicts, continued from the others: DS= MODEL= REGION= OUT=
	@test -n "$$DS" -a -n "$$MODEL" -a -n "$$REGION" || { echo "usage: make transfer DS=2026-11-20 MODEL=user/refund_abuse REGION=islands"; exit 2; }
	@$(BIN)/python -m jobs.studies.transfer --ds "$$DS" --model "$$MODEL" --region "$$REGION" $(if $(OUT),--out "$$OUT")

stability: $(VENV)/.ready ## how much reasons change when a model is trained a week later: DS= MODEL= OUT=
	@test -n "$$DS" || { echo "usage: make stability DS=2026-11-20 [MODEL=user/refund_abuse], with the day of a training"; exit 2; }
	@$(BIN)/python -m jobs.studies.reason_stability --ds "$$DS" $(if $(MODEL),--model "$$MODEL") $(if $(OUT),--out "$$OUT")

attacks: $(VENV)/.ready ## each attack planted alone, and which model catches it: DS= SIZE= OUT=
	@test -n "$$DS" || { echo "usage: make attacks DS=2026-11-20 [SIZE=small]"; exit 2; }
	@$(BIN)/python -m jobs.studies.attack_recall --ds "$$DS" $(if $(SIZE),--size "$$SIZE") $(if $(OUT),--out "$$OUT")

bench: $(VENV)/.ready ## what Vigil costs, as ratios, in docs/benchmarks (about an hour): ONLY= SIZE= DAYS=
	@$(BIN)/python -m benchmarks.costs --date $(shell date +%F) $(if $(ONLY),--only "$$ONLY") $(if $(SIZE),--size "$$SIZE") $(if $(DAYS),--days "$$DAYS")

benchmark-handbook: $(VENV)/.ready ## the Handbook's published table, and ours beside it: RAW=
	@test -n "$$RAW" || { echo "usage: make benchmark-handbook RAW=<folder with the Handbook's ds=YYYY-MM-DD/*.parquet>"; exit 2; }
	@$(BIN)/python -m benchmarks.handbook --raw "$$RAW"

ui: $(VENV)/.ready ## Airflow with its scheduler, and MLflow, on this machine alone: DATABASE=postgresql://...
	@$(BIN)/python -m dags.runner.ui

check-lake: $(VENV)/.ready ## whether all that is stored is whole: tables, files, databases, models: TABLE= FAST=1
	@$(BIN)/python -m jobs.commands.check_lake $(if $(TABLE),--table $(TABLE)) $(if $(FAST),--fast)

forget-table: $(VENV)/.ready ## let a damaged table, or some of its days, begin anew: TABLE= [FROM= TO=] [KEEP=rows]
	@test -n "$(TABLE)" || { echo "usage: make forget-table TABLE=clicks [FROM=2026-11-20 TO=2026-11-20] [KEEP=rows]; docs/operations.md"; exit 2; }
	@$(BIN)/python -m jobs.commands.forget_table --table $(TABLE) $(if $(FROM),--from $(FROM)) $(if $(TO),--to $(TO)) $(if $(KEEP),--keep-$(KEEP))

policies: $(VENV)/.ready ## check the policies and print them, or every mistake in them: POLICIES=
	@$(BIN)/python -m jobs.commands.policies

sql: $(VENV)/.ready ## ask the lake: Q="select * from seller_risk_daily limit 5"
	@$(BIN)/python -m jobs.commands.sql "$$Q"

tables: $(VENV)/.ready ## write docs/tables.md, every table described: OUT=
	@$(BIN)/python -m jobs.commands.describe_tables --out "$${OUT:-docs/tables.md}"

test: $(VENV)/.ready ## all tests, on both engines: the quick ones first
	@$(PYTEST) -m unit
	@$(PYTEST) -m sail
	@$(PYTEST) -m "not unit and not sail"

test-fast: $(VENV)/.ready ## tests without Spark, for every save (about two minutes)
	@$(PYTEST) -m unit

acceptance: $(VENV)/.ready ## the three whole runs of README.md from nothing, held to counted figures (20 minutes): ONLY=
	@$(BIN)/python -m tests.acceptance $(if $(ONLY),--only $(ONLY))

lint: $(VENV)/.ready ## style
	@$(BIN)/python -m ruff check .

lock: ## write requirements.txt anew from setup.cfg (needs uv)
	@$(PYTHON) -c 'import configparser as c; f = c.ConfigParser(); f.read("setup.cfg"); t = f["options"]["install_requires"] + f["options.extras_require"]["dev"]; print("\n".join(l for l in t.splitlines() if l and not l.startswith("#")))' \
	  | uv pip compile --universal --python-version 3.11 --no-header --no-emit-index-url --no-annotate -q -o requirements.txt -

clean: ## remove what runs have made (var/); the packages stay
	rm -rf var
