from django.db import models

from alcaldia.kernel.models import Municipality
from alcaldia.kernel.prepared import SavedOften
from alcaldia.procedures.models.definitions import DefinitionVersion
from alcaldia.procedures.models.drafts import Draft
from alcaldia.procedures.rules.flow import State


class Case(SavedOften):
    """A request that was sent. Its events say what happened; the other columns are what they add up to.

    `person` is the subject of the vault that holds its data, "" where nothing personal was needed; `account` is
    whose folder it is in, "" for a guest; `answers` and `consulted` hold
    nothing personal, `protected` names the data that lie in the vault. `order` is what is to be paid,
    `document` the folio of the paper. Only procedures.engine writes here.
    """

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    folio = models.CharField(max_length=80, unique=True)
    procedure = models.CharField(max_length=80)
    definition = models.ForeignKey(DefinitionVersion, models.PROTECT, related_name="cases")
    person = models.CharField(max_length=24, blank=True, db_index=True)
    account = models.CharField(max_length=24, blank=True, db_index=True)
    code_hash = models.CharField(max_length=64, blank=True)
    agency = models.CharField(max_length=60)
    inspection_agency = models.CharField(max_length=60, blank=True)
    channel = models.CharField(max_length=20)
    state = models.CharField(max_length=24, choices=[(one.value, one.value) for one in State])
    outcome = models.CharField(max_length=16, blank=True)
    answers = models.JSONField(default=dict)
    consulted = models.JSONField(default=dict)
    protected = models.JSONField(default=list)
    contact = models.BinaryField(default=b"", help_text="where to write, sealed to the postman's key")
    fee = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    order = models.CharField(max_length=80, blank=True)
    document = models.CharField(max_length=80, blank=True, db_index=True)
    submitted_at = models.DateTimeField()
    due_on = models.DateField(null=True)
    closed_at = models.DateTimeField(null=True)
    keep_until = models.DateField(
        null=True, help_text="after this day its data are destroyed as its definition says"
    )
    valid_until = models.DateField(null=True, help_text="the last day of its paper")
    awaits_year = models.PositiveSmallIntegerField(
        null=True, help_text="a term of it is unknown until the days of rest of this year are loaded"
    )
    reminded_on = models.DateField(null=True, help_text="its person was told that the paper ends")
    renews = models.CharField(
        max_length=80, blank=True, default="", db_default="", help_text="the paper whose place its own takes"
    )
    escalated_on = models.DateField(null=True, help_text="its term passed and the heads were told")

    class Meta:
        constraints = (models.CheckConstraint(condition=models.Q(fee__gte=0), name="a_fee_is_not_negative"),)
        indexes = (
            models.Index(fields=["municipality", "state", "due_on"], name="cases_by_deadline"),
            models.Index(fields=["municipality", "procedure", "submitted_at"], name="cases_of_a_procedure"),
            models.Index(
                fields=["municipality", "keep_until"],
                condition=models.Q(keep_until__isnull=False),
                name="cases_to_forget",
            ),
            models.Index(
                fields=["municipality", "awaits_year"],
                condition=models.Q(awaits_year__isnull=False),
                name="cases_without_a_calendar",
            ),
            models.Index(
                fields=["municipality", "procedure", "valid_until"],
                condition=models.Q(valid_until__isnull=False, reminded_on__isnull=True),
                name="papers_that_end",
            ),
            models.Index(
                fields=["municipality", "renews"], condition=~models.Q(renews=""), name="papers_renewed"
            ),
        )

    def __str__(self) -> str:
        return self.folio


class CaseEvent(SavedOften):
    """One thing that happened to a case, in the words of rules/flow.py; never changed, never skipped."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="events")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=24)
    on = models.DateField()
    facts = models.JSONField(default=dict)
    by = models.CharField(max_length=150)
    channel = models.CharField(max_length=20)
    at = models.DateTimeField()

    class Meta:
        ordering = ("case", "number")
        constraints = (models.UniqueConstraint(fields=["case", "number"], name="one_event_of_a_number"),)

    def __str__(self) -> str:
        return f"{self.number} {self.kind}"


class Turn(models.Model):
    """An agency's turn in a case: what the inbox lists. Rewritten from the events by procedures.engine.

    `kind` review, inspection, decision, or after the paper verification, follow_up and appeal; `state` waiting (for others or the citizen), open or done.
    `signer` says which of the agency's posts must sign it.
    """

    ANY_SIGNER = "*"

    class Kind(models.TextChoices):
        REVIEW = "review", "Opinión"
        INSPECTION = "inspection", "Visita"
        DECISION = "decision", "Resolución"
        VERIFICATION = "verification", "Visita de verificación"
        FOLLOW_UP = "follow_up", "Decidir tras la visita"
        APPEAL = "appeal", "Contestar el recurso"

    class State(models.TextChoices):
        WAITING = "waiting", "En espera"
        CITIZEN = "citizen", "Espera a la persona"
        OPEN = "open", "Por atender"
        DONE = "done", "Atendida"

    case = models.ForeignKey(Case, models.PROTECT, related_name="turns")
    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    agency = models.CharField(max_length=60)
    kind = models.CharField(max_length=12, choices=Kind)
    state = models.CharField(max_length=8, choices=State)
    procedure = models.CharField(max_length=80)
    opened_on = models.DateField(null=True)
    due_on = models.DateField(null=True)
    opinion = models.CharField(max_length=14, blank=True)
    escalated_on = models.DateField(null=True)
    signer = models.CharField(
        max_length=60,
        blank=True,
        default="",
        db_default="",
        help_text="the post that signs; * any that signs; empty: whoever attends",
    )
    holder = models.CharField(max_length=60, blank=True, help_text="user name of the official who took it")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["case", "agency", "kind"], name="one_turn_each"),)
        indexes = (
            models.Index(
                fields=["municipality", "agency", "state", "due_on", "id"], name="inbox_of_an_agency"
            ),
            models.Index(
                fields=["municipality", "agency", "signer", "state", "due_on", "id"], name="inbox_of_a_post"
            ),
            models.Index(fields=["state", "due_on"], name="turns_that_fall_due"),
            # SQLite takes these two only where they hold one column more of the question than those of the whole inbox.
            models.Index(
                fields=["municipality", "agency", "state", "holder", "due_on", "id"],
                name="turns_that_nobody_took",
                condition=models.Q(state="open", holder=""),
            ),
            models.Index(
                fields=["municipality", "agency", "signer", "state", "holder", "due_on", "id"],
                name="turns_no_one_of_a_post_took",
                condition=models.Q(state="open", holder=""),
            ),
            models.Index(
                fields=["municipality", "agency", "holder", "due_on", "id"],
                name="open_turns_of_an_official",
                condition=models.Q(state="open") & ~models.Q(holder=""),
            ),
        )

    def __str__(self) -> str:
        return f"{self.agency} {self.kind}"


class Attachment(models.Model):
    """A file that came with an application, encrypted under a key of its own that lies with the personal data.

    `verdict` says what the scanner found; what nobody scanned is said to be so.
    """

    class Verdict(models.TextChoices):
        CLEAN = "clean", "Sin virus"
        UNSCANNED = "unscanned", "Sin revisar contra virus"

    public_id = models.CharField(max_length=24, unique=True)
    draft = models.ForeignKey(Draft, models.SET_NULL, null=True, related_name="attachments")
    case = models.ForeignKey(Case, models.PROTECT, null=True, related_name="attachments")
    residency = models.CharField(
        max_length=40, blank=True, db_index=True, help_text="folio of the application that it came with"
    )
    field = models.CharField(max_length=80)
    kind = models.CharField(max_length=8)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64, help_text="of the encrypted file")
    verdict = models.CharField(max_length=10, choices=Verdict)
    added_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.public_id
