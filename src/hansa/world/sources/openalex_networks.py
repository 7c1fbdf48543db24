"""OpenAlex: papers that authors of two countries wrote together, by year, 1990-2023.

May import only ``hansa.errors``, ``hansa.world.codes`` and ``hansa.world.sources.base``. Source:
OpenAlex (Priem, Piwowar & Orr 2022), networks of countries in Pajek's format; CC0.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd

from hansa.errors import DataError
from hansa.world.codes import iso3
from hansa.world.sources import base

FILE = "science/openalex_coauthorship_by_year_1990_2023.zip"
SHA256 = "192d22be3a27ba4321ce07e6c4cd8ebc331724a95f45821a10b50b3839bd3945"
YEARS = tuple(range(1990, 2024))

#: Codes that stand for no country of ISO 3166 today.
WITHOUT = {"AN": "ANT"}


def fetch(folder: str | Path) -> Path:
    """Return the path of the file; raises DataError if it is not there."""
    return base.find_file(folder, FILE)


def checksum(path: str | Path) -> Path:
    """Return `path` if it is the version this parser was written for, else raise DataError."""
    return base.verify(path, SHA256)


def tidy(folder: str | Path) -> pd.DataFrame:
    """Return joint papers by pair and year.

    Returns
    -------
    DataFrame
        Index: ``first``, ``second`` (ISO3, first <= second). One integer column per year, 1990 to
        2023. Off the diagonal: papers with at least one author in each of the two countries, each
        paper counted once for every pair of its countries. On it: the country's papers with any
        foreign author (the networks' loops and their ``T.vec``). Pairs never linked are left out.

    Raises
    ------
    DataError
        If the file is missing, is another version, or its networks differ in their vertices.

    Notes
    -----
    Two counts (2004 and 2019) differ by one paper with the direction; the larger is taken.
    """
    with zipfile.ZipFile(checksum(fetch(folder))) as archive:
        networks = {
            year: parse(archive.read(f"WrldCo{year}.net").decode("utf-8-sig")) for year in YEARS
        }
    labels = networks[YEARS[0]][0]
    if any(names != labels for names, _ in networks.values()):
        raise DataError(f"{FILE}: the networks of some years have other countries")
    codes = np.array([WITHOUT.get(label) or iso3(label) for label in labels])
    order = np.argsort(codes)
    first, second = np.triu_indices(codes.size)
    counts = {
        year: matrix[np.ix_(order, order)][first, second] for year, (_, matrix) in networks.items()
    }
    index = pd.MultiIndex.from_arrays(
        [codes[order][first], codes[order][second]], names=["first", "second"]
    )
    table = pd.DataFrame(counts, index=index)
    return table[(table > 0).any(axis=1)].astype(np.int32)


def codes(folder: str | Path) -> pd.DataFrame:
    """Return ``country`` (ISO3) and ``iso2`` of every vertex, sorted."""
    with zipfile.ZipFile(checksum(fetch(folder))) as archive:
        labels = parse(archive.read(f"WrldCo{YEARS[-1]}.net").decode("utf-8-sig"))[0]
    table = pd.DataFrame({"country": [WITHOUT.get(k) or iso3(k) for k in labels], "iso2": labels})
    return table.sort_values("country", ignore_index=True)


def parse(text: str) -> tuple[list[str], np.ndarray]:
    """Return the labels and the symmetric matrix of one network in Pajek's format.

    Raises
    ------
    DataError
        If the text is no such network.
    """
    lines = io.StringIO(text).read().splitlines()
    lines = [line for line in lines if line.strip() and not line.startswith("%")]
    if not lines or not lines[0].lower().startswith("*vertices"):
        raise DataError("not a network in Pajek's format: it does not begin with *vertices")
    size = int(lines[0].split()[1])
    labels = [line.split('"')[1] for line in lines[1 : size + 1]]
    if not lines[size + 1].lower().startswith(("*arcs", "*edges")):
        raise DataError(f"a network of {size} vertices without *arcs after them")
    cells = np.array([line.split()[:3] for line in lines[size + 2 :]], dtype=float).reshape(-1, 3)
    matrix = np.zeros((size, size))
    rows, columns = cells[:, 0].astype(int) - 1, cells[:, 1].astype(int) - 1
    np.maximum.at(matrix, (rows, columns), cells[:, 2])
    return labels, np.maximum(matrix, matrix.T)
