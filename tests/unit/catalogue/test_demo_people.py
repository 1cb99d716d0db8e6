"""In the demo every request of the first day's catalogue reaches somebody, and what is signed has somebody to sign it."""

from alcaldia.identity.rules.posts import PERMISSIONS
from alcaldia.procedures import definitions
from alcaldia.project.commands.demo import LABELS
from alcaldia.project.demo_people import CITIZEN, OFFICIALS


def able(permission):
    return {agency for role, agency in OFFICIALS.values() if role in PERMISSIONS[permission][1]}


def test_every_agency_of_a_procedure_has_somebody_who_attends_and_who_signs():
    attending, signing = set(), set()
    for program in definitions.programs().values():
        made = program.definition
        turns = (*made.reviews, *made.inspections)
        attending |= {one.agency for one in turns} | ({made.sheet.agency} if turns else set())
        signing |= {made.sheet.agency} if made.signature else set()
    assert attending <= able("cases.attend")
    assert signing <= able("cases.sign")


def test_the_demo_says_who_each_link_is_of():
    assert set(LABELS) == {*OFFICIALS, CITIZEN}
