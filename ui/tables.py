"""Tables of numbers, written as everywhere on the pages: a true minus, a sign where it matters, shares in per cent.

A cell still holds its number, so that a click on a heading sorts by it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from engine import scale

Form = Callable[[float], str]
MISSING = "–"
_MOST = 5000  # cells, some 50 ms; a larger table is written by the browser, with a hyphen for a minus


def number(value: float) -> str:
    """Two decimals, a true minus for negative numbers, and no sign of zero: `0.84`, `−1.20`, `0.00`."""
    return scale.signed(value).lstrip("+")


def share(value: float) -> str:
    """A share of one in per cent, with one decimal: `15.7%`."""
    return f"{value:.1%}".replace("-", "−")


_BY_BROWSER: Mapping[Form, str] = {number: "%.2f", scale.signed: "%+.2f", share: "percent"}


def show(
    data: pd.DataFrame,
    forms: Mapping[str, Form] | None = None,
    config: Mapping[str, Any] | None = None,
    **options: Any,
) -> None:
    """Draw the table where the page stands.

    Args:
        data: columns of numbers that are no counts are written by their form.
        forms: how a column's numbers are written, by its name; `number` where it is not named.
        config: Streamlit's configuration of columns, such as other titles.
        options: what else `st.dataframe` takes.
    """
    written = {str(name): (forms or {}).get(str(name), number) for name in data.select_dtypes("floating")}
    columns = dict(config or {})
    if data.size <= _MOST:
        st.dataframe(data.style.format(written, na_rep=MISSING), hide_index=True, column_config=columns, **options)
        return
    for name, form in written.items():
        told = {key: value for key, value in columns.get(name, {}).items() if value is not None}
        columns[name] = {**st.column_config.NumberColumn(format=_BY_BROWSER.get(form)), **told}
    st.dataframe(data, hide_index=True, column_config=columns, **options)
