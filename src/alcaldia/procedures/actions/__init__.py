"""What may be done, one act one function, whatever the window.

drafts: begin, answer, attach · submission: review, submit · reviewing: what officials do (visits: ../visiting.py) ·
citizens: what the person does afterwards · paying: what payments announce · clocks: what time does · rulings: land.
"""

from alcaldia.procedures.actions.rulings import (
    issue_construction_ruling,
    issue_land_use_ruling,
)

__all__ = ["issue_construction_ruling", "issue_land_use_ruling"]
