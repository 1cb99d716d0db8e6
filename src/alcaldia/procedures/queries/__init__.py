"""What is read of procedures: parcel sheets with their PDF (sheet), cases (cases), inboxes (inbox)."""

from alcaldia.procedures.queries.sheet import parcel_sheet_pdf, sheet_body

__all__ = ["parcel_sheet_pdf", "sheet_body"]
