"""What the numbers of each register are to people: how many a minute may be asked for, and by what their owner is known."""

from collections.abc import Mapping
from dataclasses import dataclass

from alcaldia.broker.config import Config
from alcaldia.broker.identifiers import ABOUT, ACCOUNT, PERSON


@dataclass(frozen=True)
class Kind:
    """`ceiling` names the setting of numbers a minute for a town's register, "" for none; `named` what a number may be of a person."""

    ceiling: str
    named: tuple[str, ...] = ()

    def a_minute(self, config: Config) -> int | None:
        return int(getattr(config, self.ceiling)) if self.ceiling else None


ACCOUNTS, PERSONS = "register_accounts_per_minute", "register_persons_per_minute"
BILLS = Kind(ACCOUNTS, (ACCOUNT, ABOUT))
"""A whole city pays in January: ten accounts a second. An account, or its parcel, has owners whom the import told."""
FOLIOS = Kind(ACCOUNTS)
"""Of a fine or a licence nobody here knows whose it is."""
PEOPLE = Kind(PERSONS, (PERSON,))
"""What a person is rather than what an account owes: one procedure at a time asks for it, and half a minute's wait harms nobody."""
HOMES = Kind(PERSONS)
"""Where somebody lives, by the address, which no import ties to anybody."""
PLACES = Kind("")
"""Streets, squares, courses and vacancies say nothing of persons, and many ask for the same ones at once."""
UNKNOWN = Kind(PERSONS, (ACCOUNT, ABOUT, PERSON))
"""A register that nobody put into this table is guarded as the most personal one."""
KINDS: Mapping[str, Kind] = {
    "property_tax": BILLS, "water": BILLS, "fines": FOLIOS, "licences": FOLIOS,
    "civil_registry": PEOPLE, "beneficiaries": PEOPLE, "address_proofs": HOMES,
    "street_zones": PLACES, "public_spaces": PLACES, "courses": PLACES, "jobs": PLACES, "power_lines": PLACES,
}  # fmt: skip


def kind_of(registry: str) -> Kind:
    """The kind of a register, by the name that definitions give it."""
    return KINDS.get(registry, UNKNOWN)
