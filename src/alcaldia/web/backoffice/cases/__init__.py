"""The office's side of procedures: the inbox of an agency, the case, what officials do with it, what heads see."""
