"""Acts of procedures."""

NO_DEBT_ISSUED = "procedures.no_debt_issued"
