"""Run-off triangles of the literature, with figures that others published of them."""

import numpy as np

# Automatic facultative general liability, excluding asbestos, accident years 1981 to 1990, cumulative, in thousands of
# dollars: Historical Loss Development (Reinsurance Association of America, 1991), page 96; used by Mack (1994),
# "Measuring the variability of chain ladder reserve estimates", CAS Forum, spring 1994. The R package ChainLadder has
# the same triangle as RAA.
RAA = """
5012 8269 10907 11805 13539 16181 18009 18608 18662 18834
106 4285 5396 10666 13782 15599 15496 16169 16704
3410 8992 13873 16141 18735 22214 22863 23466
5655 11555 15766 21266 23425 26083 27067
1092 9565 15836 22169 25955 26180
1513 6445 11702 12935 15852
557 4020 10946 12314
1351 6947 13112
3133 5395
2063"""

# Of MackChainLadder(RAA, est.sigma = "Mack"), in the vignette of ChainLadder ("Claims reserving with R").
RAA_FACTORS = (2.999, 1.624, 1.271, 1.172, 1.113, 1.042, 1.033, 1.017, 1.009)
RAA_UNREPORTED = (0.0, 154.0, 617.4, 1636.1, 2746.7, 3649.1, 5435.3, 10907.2, 10650.0, 16339.4)
RAA_ERRORS = (0.0, 206.2, 623.4, 747.2, 1469.5, 2001.9, 2209.2, 5357.9, 6333.2, 24566.3)
RAA_TOTAL = (52_135.23, 26_909.01)


def raa() -> np.ndarray:
    """Return the triangle, cumulative, NaN where it is not known."""
    return ragged([float(cell) for cell in row.split()] for row in RAA.strip().splitlines())


def ragged(rows) -> np.ndarray:
    """Return rows of falling length as a square array, filled with NaN."""
    rows = [list(row) for row in rows]
    ages = max(len(row) for row in rows)
    return np.array([row + [np.nan] * (ages - len(row)) for row in rows])
