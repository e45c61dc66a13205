"""The dated price table: `prices.csv`, read with types and checked as a whole.

Every row keeps where its figure was read and when. All prices are US dollars, on demand, before tax.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Final, Literal, cast

PRICES_FILE: Final = Path(__file__).with_name("prices.csv")

COLUMNS: Final = ("service", "item", "unit", "region", "usd", "source", "source_date", "confidence")

EVERYWHERE: Final = "global"
"""Region of a price that is the same in every region."""

CONFIDENCES: Final = ("high", "medium", "low")
"""How far a row can be trusted.

high     an official price-list extract, or two independent sources
medium   one good source, older data with confirmed neighbours, or an exact back-calculation
low      one weak, old or unclear source
"""

UNDATED: Final = "undated"

REGION: Final = re.compile(r"global|[a-z]{2}(-[a-z]+)+-\d")
SOURCE_DATE: Final = re.compile(r"(?P<year>\d{4})(?P<month>-\d{2})?(?P<day>-\d{2})?(?: \(undated\))?")

Confidence = Literal["high", "medium", "low"]
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Price:
    """One row: what a unit of `item` costs in `region`, and where that was read."""

    service: str
    item: str
    unit: str
    region: str
    usd: Decimal
    source: str
    source_date: str
    """As the source gives it: a day, a month, a year, or `undated`."""
    confidence: Confidence

    @property
    def not_before(self) -> date | None:
        """The earliest day the source can be from; None when the source has no date at all."""
        found = SOURCE_DATE.fullmatch(self.source_date)
        if found is None:
            return None
        month, day = found["month"] or "-01", found["day"] or "-01"
        return date(int(found["year"]), int(month[1:]), int(day[1:]))


@dataclass(frozen=True, slots=True)
class PriceTableFault:
    """One thing wrong with a price table."""

    file: str
    line: int
    column: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.column}: {self.message}"


class PriceTableError(ValueError):
    """A price table cannot be used; `faults` holds everything that is wrong with it, in file order."""

    def __init__(self, faults: Iterable[PriceTableFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class PriceTable:
    """Prices by service, item and region."""

    def __init__(self, prices: Iterable[Price]) -> None:
        self._prices: Mapping[Key, Price] = {
            (price.service, price.item, price.region): price for price in prices
        }

    def __len__(self) -> int:
        return len(self._prices)

    @property
    def rows(self) -> tuple[Price, ...]:
        """All rows, in table order."""
        return tuple(self._prices.values())

    def find(self, service: str, item: str, region: str) -> Price | None:
        """Give the price in `region`, else the one that holds everywhere, else None."""
        found = self._prices.get((service, item, region))
        return found or self._prices.get((service, item, EVERYWHERE))

    def without(self, service: str, item: str, region: str) -> PriceTable:
        """Give the same table less one row. Raises KeyError when there is no such row."""
        dropped = self._prices[(service, item, region)]
        return PriceTable(price for price in self._prices.values() if price is not dropped)

    def older_than(self, days: int, today: date) -> tuple[Price, ...]:
        """Give the rows not known to be at most `days` old on `today`; undated ones are among them."""
        oldest = today - timedelta(days=days)
        return tuple(
            price for price in self._prices.values() if (since := price.not_before) is None or since < oldest
        )


def load_prices(path: Path = PRICES_FILE) -> PriceTable:
    """Read and check a price table.

    Raises PriceTableError with every fault of the file (line and column each) and OSError when it
    cannot be read.
    """
    with path.open(encoding="utf-8", newline="") as text:
        return parse_prices(text, file=path.name)


def parse_prices(lines: Iterable[str], *, file: str) -> PriceTable:
    """Check the lines of a price table; `file` is how faults name it. Raises PriceTableError."""
    reader = csv.reader(lines, strict=True)
    faults: list[PriceTableFault] = []
    prices: dict[Key, Price] = {}
    first_line: dict[Key, int] = {}
    try:
        header = next(reader, [])
        if tuple(header) != COLUMNS:
            raise PriceTableError(
                [PriceTableFault(file, 1, "header", f"must be {','.join(COLUMNS)}, is {','.join(header)}")]
            )
        for cells in reader:
            line = reader.line_num
            if len(cells) != len(COLUMNS):
                message = f"{len(cells)} columns, must be {len(COLUMNS)}; quote a text that has a comma"
                faults.append(PriceTableFault(file, line, "row", message))
                continue
            row: dict[str, str] = dict(zip(COLUMNS, cells, strict=True))
            wrong = list(_faults_of(row))
            faults.extend(PriceTableFault(file, line, column, message) for column, message in wrong)
            key = (row["service"], row["item"], row["region"])
            if key in first_line:
                message = f"{' / '.join(key)} is already priced in line {first_line[key]}"
                faults.append(PriceTableFault(file, line, "item", message))
            first_line.setdefault(key, line)
            if not wrong:
                prices[key] = Price(
                    service=row["service"],
                    item=row["item"],
                    unit=row["unit"],
                    region=row["region"],
                    usd=Decimal(row["usd"]),
                    source=row["source"],
                    source_date=row["source_date"],
                    confidence=cast("Confidence", row["confidence"]),
                )
    except csv.Error as error:
        faults.append(PriceTableFault(file, reader.line_num, "row", f"not readable as CSV: {error}"))
    if not prices and not faults:
        faults.append(PriceTableFault(file, reader.line_num, "row", "no price in the table"))
    if faults:
        raise PriceTableError(faults)
    return PriceTable(prices.values())


def _faults_of(row: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    """Give what is wrong with one row: column and message."""
    for column in COLUMNS:
        if not row[column].strip():
            yield column, "is empty"
        elif row[column] != row[column].strip():
            yield column, f'"{row[column]}" begins or ends with a space'
    if row["region"].strip() and REGION.fullmatch(row["region"]) is None:
        yield "region", f'"{row["region"]}" is neither a region nor {EVERYWHERE}'
    if row["usd"].strip():
        try:
            usd = Decimal(row["usd"])
        except InvalidOperation:
            yield "usd", f'"{row["usd"]}" is not a number'
        else:
            # A price of 0 would make something look free: what is free belongs in the list of free types.
            if not usd.is_finite() or usd <= 0:
                yield "usd", f'"{row["usd"]}" is not a price; it must be above 0'
    if row["source_date"].strip() and not _is_date(row["source_date"]):
        yield "source_date", f'"{row["source_date"]}" is not YYYY-MM-DD, YYYY-MM, YYYY or {UNDATED}'
    if row["confidence"].strip() and row["confidence"] not in CONFIDENCES:
        yield "confidence", f'"{row["confidence"]}" is not one of {", ".join(CONFIDENCES)}'


def _is_date(text: str) -> bool:
    if text == UNDATED:
        return True
    found = SOURCE_DATE.fullmatch(text)
    if found is None or (found["day"] and not found["month"]):
        return False
    try:
        date(int(found["year"]), int((found["month"] or "-01")[1:]), int((found["day"] or "-01")[1:]))
    except ValueError:
        return False
    return True
