"""Reading people's CSV files: safely opened, every mistake collected, all of them told at once.

Every room's `import_csv` goes through here: `table = Table.open(path, required=…)`, then for each row of it
`row.text(…)`, `row.whole(…)`, `row.decimal(…)`, `row.day(…)` and so on, which note a `Problem` for what
cannot be read; `table.finish()` raises one `Invalid` with all of them. Rooms import nothing before that.
"""

from outreach.tabular.files import LARGEST_FILE_BYTES
from outreach.tabular.reports import ImportReport, kept
from outreach.tabular.rows import Findings, Row
from outreach.tabular.tables import LARGEST_ROWS, Table
from outreach.tabular.words import WEEKDAYS, Week, clock, day, minutes, week, weekday, weekdays

__all__ = [
    "LARGEST_FILE_BYTES",
    "LARGEST_ROWS",
    "WEEKDAYS",
    "Findings",
    "ImportReport",
    "Row",
    "Table",
    "Week",
    "clock",
    "day",
    "kept",
    "minutes",
    "week",
    "weekday",
    "weekdays",
]
