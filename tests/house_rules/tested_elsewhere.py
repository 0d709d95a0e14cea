"""Modules without a test of their own name, and the test of each. `room.*` stands for a whole room."""

_BY_TEST = {
    "features/aggregation/test_windows.py": """
        features.aggregation.derived features.aggregation.history features.aggregation.peers features.aggregation.tiles
        features.aggregation.value_days features.aggregation.windows_multi_day features.aggregation.windows_single_day
        features.frames.union features.frames.hashing features.frames.case_when features.inputs.as_of_join
        features.seller.* features.user.* features.creator.*""",
    "features/aggregation/test_point_in_time.py": "features.order.*",
    "features/graph/test_shared_identifiers.py": """
        features.graph.components features.graph.link_features features.graph.neighbours features.frames.materialize""",
    "jobs/graphs/test_node_classification.py": """
        features.graph.neighbour_labels features.graph.node_features jobs.graphs.node_tables
        jobs.commands.classify_nodes benchmarks.graphs.planted_graph""",
    "features/frames/test_day_bitmap.py": "features.frames.months",
    "features/language/test_feature.py": """
        features.entities features.risks features.inputs.contract features.inputs.tables features.inputs.conditions
        features.inputs.joined_sources features.language.feature_set features.language.descriptions
        features.language.fingerprint features.language.validation""",
    "features/inputs/test_validation.py": """
        features.inputs.masking features.inputs.quarantine""",
    "jobs/test_ingest.py": """
        jobs.errors jobs.ingestion.event_tables jobs.ingestion.ingest_days jobs.ingestion.ingest_log
        jobs.ingestion.ingested_days jobs.commands.sql jobs.storage.query""",
    "jobs/ingestion/test_landing_reader.py": """
        jobs.ingestion.data_file jobs.ingestion.damage jobs.ingestion.file_schema jobs.ingestion.input_schema
        jobs.ingestion.column_names jobs.ingestion.file_part jobs.ingestion.text_batches""",
    "jobs/ingestion/test_csv_records.py": "jobs.ingestion.text_file",
    "jobs/ingestion/test_parquet_records.py": "jobs.ingestion.arrow_values",
    "jobs/ingestion/test_day_selection.py": "jobs.ingestion.input_fingerprint",
    "docs/test_examples.py": "jobs.ingestion.source_queries",
    "end_to_end/test_no_identifier_leaks.py": """
        jobs.ingestion.masking_key jobs.ingestion.sql_errors jobs.commands.mask""",
    "jobs/feature_store/test_freshness.py": """
        jobs.build_features jobs.publish jobs.feature_store.entity_features
        jobs.storage.run_manifest""",
    "jobs/storage/test_lake.py": """
        jobs.storage.data_files jobs.storage.delta_commit jobs.storage.fingerprint jobs.storage.parquet_statistics
        jobs.storage.presence""",
    "jobs/storage/test_table_records.py": "jobs.storage.table_logs jobs.storage.json_files",
    "jobs/storage/test_catalog.py": "jobs.storage.catalog.*",
    "jobs/commands/test_check_lake.py": """
        jobs.storage.checksums jobs.storage.delta_log jobs.storage.faults jobs.integrity.*""",
    "jobs/commands/test_forget_table.py": "jobs.storage.forgetting",
    "jobs/quality/test_commit_gate.py": """
        jobs.validate jobs.quality.day_statistics jobs.quality.expectations jobs.quality.great_expectations_runner
        jobs.quality.stages""",
    "jobs/failures/test_messages.py": "jobs.failures.retry jobs.failures.disk_errors",
    "jobs/test_step.py": """
        jobs.runtime.arguments jobs.runtime.process_exit jobs.runtime.run_names
        jobs.runtime.day_ranges""",
    "jobs/test_settings.py": "jobs.runtime.packages",
    "jobs/engines/test_java.py": "jobs.engines.environment",
    "jobs/training/test_spark_boosting.py": "jobs.spark_server jobs.engines.spark jobs.engines.ports",
    "end_to_end/test_sail.py": "jobs.engines.sail jobs.engines.server jobs.engines.processes",
    "end_to_end/test_strategy_study.py": "jobs.studies.strategy jobs.studies.strategy_world",
    "end_to_end/test_night.py": """
        jobs.commands.backfill jobs.commands.replay jobs.storage.row_checksum dags.risk_nightly dags.risk_training
        dags.spark_tasks dags.runner.run dags.runner.airflow_server""",
    "jobs/training/test_registry.py": """
        jobs.train jobs.promote jobs.training.seeds jobs.training.run_logging jobs.training.model_arguments
        jobs.feature_store.texts jobs.training.dataset_inputs jobs.training.experiments jobs.training.model_version""",
    "jobs/training/test_pyfunc_model.py": "jobs.training.model_files jobs.commands.serve",
    "jobs/commands/test_compare.py": """
        jobs.evaluation.compared_side jobs.evaluation.predictions jobs.training.run_records
        jobs.scoring.score_changes""",
    "jobs/reporting/test_model_card.py": "jobs.reporting.run_description jobs.evaluation.metric_text",
    "jobs/training/test_champions.py": "jobs.training.moved_artifacts",
    "jobs/training/test_boosting.py": """
        jobs.score jobs.scoring.predict jobs.evaluation.scored_rows jobs.evaluation.promotion
        jobs.training.topic_training jobs.training.training_set""",
    "jobs/training/test_topics.py": "jobs.training.ngrams",
    "features/test_labels.py": "features.inputs.verdict_precedence jobs.build_labels",
    "features/case/test_evidence_definitions.py": "features.case.definitions",
    "jobs/after_sales/test_case_rows.py": "jobs.after_sales.case_histories jobs.after_sales.case_views",
    "jobs/after_sales/test_case_model.py": "jobs.after_sales.case_model_files jobs.after_sales.case_reasons",
    "jobs/studies/test_case_world.py": "jobs.studies.after_sales",
    "jobs/test_train_cases.py": """
        jobs.attribute_cases jobs.after_sales.attribution_table jobs.after_sales.case_training""",
    "jobs/test_audit_cases.py": "jobs.after_sales.fairness_table",
    "jobs/decisions/test_policy_checks.py": "jobs.decisions.policy_keys",
    "jobs/decisions/test_policy_files.py": "jobs.decisions.policy_digest",
    "jobs/decisions/test_experiment_checks.py": "jobs.decisions.experiment_keys jobs.decisions.experiment_metrics",
    "jobs/studies/test_effects.py": """
        jobs.studies.displaced_rings jobs.studies.effect_worlds jobs.studies.landed_views
        jobs.studies.claimed_money""",
    "jobs/effects/test_rehashed_history.py": "jobs.commands.power",
    "jobs/test_update_loss_ledger.py": "jobs.ledger.ledger_table jobs.storage.kept_rows",
    "jobs/ledger/test_months.py": "jobs.ledger.accounts",
    "jobs/ledger/test_goals.py": "jobs.ledger.goal_metrics",
    "jobs/test_estimate_effects.py": "jobs.decisions.policy_step jobs.effects.effect_table",
    "jobs/decisions/test_policy_expressions.py": "jobs.decisions.score_row",
    "jobs/decisions/test_risk_tables.py": "jobs.scoring.risk_levels",
    "jobs/decisions/test_decision_tables.py": """
        jobs.decide jobs.decisions.day_facts jobs.decisions.day_state jobs.decisions.decide_day
        jobs.decisions.policy_rows
        jobs.decisions.candidate_rows jobs.decisions.exposure""",
    "jobs/decisions/test_outcomes.py": "jobs.decisions.row_facts",
    "jobs/commands/test_backtest.py": "jobs.decisions.backtest_arguments jobs.decisions.scored_days",
    "jobs/evaluation/test_metrics.py": "jobs.evaluation.ranking",
    "jobs/studies/test_studies.py": """
        jobs.evaluation.model_report jobs.commands.report jobs.reporting.report_tables
        jobs.studies.ablation jobs.studies.mlflow_runs jobs.studies.multi_task jobs.studies.reason_stability
        jobs.studies.transfer""",
    "jobs/simulate/test_simulate.py": "jobs.simulate.* jobs.simulate.attacks.* jobs.simulate.legitimate.*",
    "dags/test_alerts.py": "dags.steps_under_way",
    "dags/runner/test_run_records.py": "dags.plugins.tested_deadlines",
    "end_to_end/test_airflow_ui.py": "dags.runner.ui",
    "dags/test_dags.py": "dags.job_operator dags.task_page dags.time_limits",
    "benchmarks/test_costs.py": """
        benchmarks.benchmark_lake benchmarks.context benchmarks.prepared_home benchmarks.result benchmarks.costs.*
        benchmarks.duckdb.feature_equality benchmarks.duckdb.night benchmarks.duckdb.run_duckdb_night""",
    "benchmarks/test_feature_script.py": "benchmarks.duckdb.feature_script",
    "benchmarks/test_link_script.py": "benchmarks.duckdb.link_script",
    "benchmarks/test_model_choice.py": "benchmarks.handbook.*",
}
TESTED_ELSEWHERE: dict[str, str] = {name: test for test, names in _BY_TEST.items() for name in names.split()}
