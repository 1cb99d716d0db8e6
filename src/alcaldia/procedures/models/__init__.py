"""Tables of procedures: pinned definitions, drafts, cases and their events, turns of agencies, registers, quotas, words."""

from alcaldia.procedures.models.cases import Attachment, Case, CaseEvent, Turn
from alcaldia.procedures.models.definitions import DefinitionVersion
from alcaldia.procedures.models.desk import Absence, Alias, SearchWords, Subscription
from alcaldia.procedures.models.drafts import Draft
from alcaldia.procedures.models.quotas import Place, Quota
from alcaldia.procedures.models.registers import RegisterRow

__all__ = [
    "Absence", "Alias", "Attachment", "Case", "CaseEvent", "DefinitionVersion", "Draft", "Place", "Quota", "RegisterRow",
    "SearchWords", "Subscription", "Turn",
]  # fmt: skip
