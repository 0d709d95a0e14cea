"""Evidence from a file: 1, 0 and unknown. tests/jobs/commands/test_evidence_rates.py has the files that are refused."""

import numpy as np

from features.case.evidence_definitions import EVIDENCE
from jobs.after_sales.evidence_file import read_evidence

NAMES = [each.name for each in EVIDENCE]


def test_values_are_one_zero_or_unknown_and_a_missing_column_is_unknown(tmp_path):
    (tmp_path / "x.csv").write_text("responsible,seller_admits,parcel_is_light\nseller,true,1\nbuyer,false,\n,,0\n")
    present, responsible = read_evidence(tmp_path / "x.csv")
    assert present.shape == (3, len(EVIDENCE)) and responsible.tolist() == ["seller", "buyer", None]
    assert np.array_equal(present[:, NAMES.index("seller_admits")], [1, 0, np.nan], equal_nan=True)
    assert np.array_equal(present[:, NAMES.index("parcel_is_light")], [1, np.nan, 0], equal_nan=True)
    assert np.isnan(present[:, NAMES.index("order_is_denied")]).all()
