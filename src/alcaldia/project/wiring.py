"""What is plugged into which port. Lower packages offer the ports and never learn who fills them."""

from django.conf import settings

from alcaldia.agenda.ports import plugged as agenda
from alcaldia.identity.ports import plugged
from alcaldia.notices.ports import plugged as notices
from alcaldia.payments.ports import plugged as payments
from alcaldia.procedures import residency_papers
from alcaldia.procedures.actions.paying import CasePayments
from alcaldia.procedures.calendars import rests
from alcaldia.project import notices as post
from alcaldia.project import payments as money
from alcaldia.project.codes import code_sender
from alcaldia.vault.custody import BrokerCustodian
from alcaldia.vault.ports import plugged as vault


def connect() -> None:
    """Called once a process, when Django is ready."""
    plugged.custodian = BrokerCustodian()
    notices.senders = post.senders()
    plugged.code_sender = code_sender(notices.senders)
    plugged.papers = residency_papers
    payments.providers = money.providers()
    payments.listeners = [CasePayments()]
    notices.public_url = settings.PUBLIC_URL
    vault.sender = post.AccountPost() if notices.senders else None
    agenda.rests = rests
