"""Acts of procedures: one for each kind of event of a case (rules/flow.py), and the papers."""

NO_DEBT_ISSUED = "procedures.no_debt_issued"
DOCUMENT_ISSUED = "procedures.document_issued"
CASE = "procedures.case_{}"
"""The act of an event: `procedures.case_submitted`, `procedures.case_decided`…"""
ABSENCE_BEGUN = "procedures.absence_begun"
ABSENCE_ENDED = "procedures.absence_ended"
