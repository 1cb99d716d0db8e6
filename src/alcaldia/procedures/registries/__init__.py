"""The registers that a procedure may consult, by the name its definition gives them.

Promises: a register that does not know, fails or may not say leaves the datum unknown, which never grants;
what was consulted is listed by register, with its label, for the person and for the ledger.
"""

from alcaldia.procedures.registries.consulting import Consulted, consult
from alcaldia.procedures.registries.table import LABELS, REGISTRIES, TAKES

__all__ = ["LABELS", "REGISTRIES", "TAKES", "Consulted", "consult"]
