"""Every model is declared so that it can be trained, named and found."""

import pytest

from features.entities import FEATURE_SETS
from features.risks import RISKS
from jobs.training.models import MODELS, find_model


def test_every_risk_has_one_model():
    assert [(m.entity, m.risk) for m in MODELS] == [(r.entity, r.name) for r in RISKS]


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.name)
def test_a_model_names_only_features_that_exist_and_none_twice(model):
    known = {d.name for d in FEATURE_SETS[model.entity].definitions}
    assert set(model.features) <= known
    assert len(set(model.features)) == len(model.features)


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.name)
def test_a_model_reads_only_texts_that_are_kept_of_its_entity(model):
    assert set(model.text) <= {text.name for text in FEATURE_SETS[model.entity].texts}


def test_every_text_that_is_kept_is_read_by_a_model():
    for entity, features in FEATURE_SETS.items():
        read = {name for model in MODELS if model.entity == entity for name in model.text}
        assert read == {text.name for text in features.texts}, entity


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.name)
def test_no_model_sees_what_results_are_broken_down_by(model):
    assert not set(model.columns) & set(FEATURE_SETS[model.entity].slice_columns)


def test_a_model_that_is_not_declared_is_named_with_those_that_are():
    with pytest.raises(KeyError, match="seller/arson.*seller/merchant_fraud"):
        find_model("seller/arson")
