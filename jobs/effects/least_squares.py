"""Ordinary least squares with the two variances that estimators of effects use: HC2 by unit and CR1 by cluster."""

from dataclasses import dataclass

import numpy as np

ARM = 1  # column of every design that holds the arm


@dataclass(frozen=True)
class Fit:
    """A regression of an outcome on a design of full rank.

    Attributes:
        design: (units, columns); coefficients: (columns,); residuals: (units,).
        bread: (columns, columns), the inverse of design' design.
    """

    design: np.ndarray
    coefficients: np.ndarray
    residuals: np.ndarray
    bread: np.ndarray

    @property
    def effect(self) -> float:
        """The coefficient of the arm."""
        return float(self.coefficients[ARM])

    @property
    def leverage(self) -> np.ndarray:
        """(units,) how much each unit's own outcome pulls its prediction, from 0 to 1."""
        return np.einsum("ij,jk,ik->i", self.design, self.bread, self.design)

    @property
    def influence(self) -> np.ndarray:
        """Each unit's part in the error of the effect: (units,), with a sum of 0."""
        return (self.design @ self.bread[ARM]) * self.residuals


def fit(design: np.ndarray, outcome: np.ndarray) -> Fit:
    """Return the regression. Columns must be linearly independent."""
    orthogonal, triangle = np.linalg.qr(design)
    inverse = np.linalg.inv(triangle)
    coefficients = inverse @ (orthogonal.T @ outcome)
    return Fit(design, coefficients, outcome - design @ coefficients, inverse @ inverse.T)


def hc2(of: Fit) -> float:
    """Return the HC2 variance of the effect (MacKinnon and White 1985).

    Each squared residual is divided by 1 - leverage. Of the arm alone it is the variance of Neyman and Welch.
    """
    return float((of.influence ** 2 / np.maximum(1 - of.leverage, 1e-12)).sum())


def cr1(of: Fit, clusters: np.ndarray) -> float:
    """Return the cluster-robust variance CR1 of the effect (Liang and Zeger 1986, with the factor of Stata).

    The factor is G / (G - 1) * (n - 1) / (n - k), of G clusters, n units and k columns.

    Args:
        clusters: (units,) codes from 0 to G - 1.
    """
    sums = np.bincount(clusters, of.influence)
    units, columns = of.design.shape
    return float(cr1_factor(len(sums), units, columns) * (sums ** 2).sum())


def cr1_factor(clusters: int, units: int, columns: int) -> float:
    """Return the factor of CR1 for few clusters and many columns."""
    return clusters / (clusters - 1) * (units - 1) / (units - columns)
