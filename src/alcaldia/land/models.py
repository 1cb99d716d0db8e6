"""What the city publishes about land. Rows belong to a version; a version is published or it is not there.

Geometry is stored twice as WKB: `geom` in WGS84 (what maps show) and `metric` in the municipality's
SRID (what rulings measure). The box columns are WGS84. Only geostore.py and importers read them.
"""

from django.db import models

from alcaldia.kernel.models import Municipality


class Dataset(models.Model):
    """One table or layer of one municipality, whatever its version. `name` is "" except for layers."""

    class Kind(models.TextChoices):
        PARCELS = "parcels", "Predios"
        BUILDINGS = "buildings", "Construcciones"
        ZONES = "zones", "Zonas"
        NORMS = "norms", "Normas"
        USE_MATRIX = "use-matrix", "Matriz de usos"
        ACTIVITIES = "activities", "Giros"
        CROSSWALK = "crosswalk", "Equivalencias de giros"
        LAND_VALUES = "land-values", "Valores del suelo"
        NEIGHBOURHOODS = "neighbourhoods", "Colonias"
        LAYER = "layer", "Capa"

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="datasets")
    kind = models.CharField(max_length=20, choices=Kind)
    name = models.SlugField(max_length=80, blank=True)
    title = models.CharField(max_length=200)
    theme = models.CharField(max_length=80, blank=True)
    responsible = models.CharField(max_length=200, blank=True)
    origin = models.CharField(max_length=300, blank=True)
    licence = models.CharField(max_length=120, blank=True)
    instrument = models.CharField(max_length=300, blank=True)
    used_in_ruling = models.BooleanField(default=False)
    style = models.JSONField(default=dict, blank=True)
    rule = models.JSONField(default=dict, blank=True)
    current = models.ForeignKey("Version", models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["municipality", "kind", "name"], name="one_dataset_per_name"),
        )
        ordering = ("theme", "title")

    def __str__(self) -> str:
        return self.name or self.kind


class Version(models.Model):
    """One import of one dataset: what came, what the audit said, when it was in force."""

    dataset = models.ForeignKey(Dataset, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    file_name = models.CharField(max_length=255)
    rows = models.PositiveIntegerField(default=0)
    audit = models.JSONField(default=dict)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    published_at = models.DateTimeField(null=True, blank=True)
    superseded_at = models.DateTimeField(null=True, blank=True)
    published_by = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["dataset", "number"], name="one_number_per_dataset"),)
        ordering = ("dataset", "-number")

    def __str__(self) -> str:
        return f"{self.dataset}@{self.number}"


class Shape(models.Model):
    """What every row with a geometry has. Nullable geometry: an unusable one is kept as a row, said in the audit."""

    version = models.ForeignKey(Version, models.CASCADE, related_name="+")
    source_row = models.PositiveIntegerField()
    geom = models.BinaryField(null=True)
    metric = models.BinaryField(null=True)
    area_m2 = models.FloatField(null=True)
    minx = models.FloatField(null=True)
    miny = models.FloatField(null=True)
    maxx = models.FloatField(null=True)
    maxy = models.FloatField(null=True)

    class Meta:
        abstract = True


class Parcel(Shape):
    """A parcel as the cadastre has it. `public_id` is stable across versions and says nothing by itself."""

    public_id = models.CharField(max_length=16)
    key = models.CharField(max_length=80, blank=True)
    documented_area_m2 = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    street = models.CharField(max_length=200, blank=True)
    number = models.CharField(max_length=40, blank=True)
    neighbourhood = models.CharField(max_length=160, blank=True)
    postcode = models.CharField(max_length=12, blank=True)
    search = models.CharField(max_length=200, blank=True, help_text="kernel.text.fold of the street")
    current_use = models.CharField(max_length=120, blank=True)
    street_class = models.CharField(max_length=20, blank=True)
    front_m = models.DecimalField(max_digits=9, decimal_places=2, null=True)
    footprint_m2 = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    built_m2 = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    levels = models.PositiveSmallIntegerField(null=True)
    year_built = models.PositiveSmallIntegerField(null=True)
    land_value_m2 = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    attributes = models.JSONField(default=dict, blank=True)

    class Meta:
        indexes = (
            models.Index(fields=["version", "key"], name="parcel_by_key"),
            models.Index(fields=["version", "public_id"], name="parcel_by_public_id"),
            models.Index(fields=["version", "search", "number"], name="parcel_by_address"),
        )

    def __str__(self) -> str:
        return self.key


class Feature(Shape):
    """A zone, neighbourhood, building, overlay polygon, school, sector…: anything drawn that is not a parcel."""

    code = models.CharField(max_length=120, blank=True)
    name = models.CharField(max_length=300, blank=True)
    attributes = models.JSONField(default=dict, blank=True)

    class Meta:
        indexes = (models.Index(fields=["version", "code"], name="feature_by_code"),)

    def __str__(self) -> str:
        return self.code or self.name


class NormRow(models.Model):
    """One limit of one zone, as read; `feature` narrows it to one polygon where codes repeat with other norms.

    `value` null with `bound` other than "none" means that the plan says something we refused to guess.
    """

    version = models.ForeignKey(Version, models.CASCADE, related_name="+")
    zone_code = models.CharField(max_length=120)
    feature_row = models.PositiveIntegerField(null=True)
    parameter = models.CharField(max_length=30)
    bound = models.CharField(max_length=5)
    value = models.DecimalField(max_digits=16, decimal_places=4, null=True)
    condition = models.CharField(max_length=200, blank=True)
    raw = models.CharField(max_length=400, blank=True)
    instrument = models.CharField(max_length=300, blank=True)
    article = models.CharField(max_length=120, blank=True)
    page = models.CharField(max_length=40, blank=True)
    url = models.URLField(max_length=500, blank=True)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)

    class Meta:
        indexes = (models.Index(fields=["version", "zone_code"], name="norm_by_zone"),)


class ActivityRow(models.Model):
    """A business activity of the plan or of SCIAN, with the words people use for it."""

    version = models.ForeignKey(Version, models.CASCADE, related_name="+")
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=300)
    group = models.CharField(max_length=160, blank=True)
    impact = models.PositiveSmallIntegerField(null=True)
    synonyms = models.TextField(blank=True)

    class Meta:
        indexes = (models.Index(fields=["version", "code"], name="activity_by_code"),)


class UseCellRow(models.Model):
    """A cell of the use matrix. `value` "" is a blank or unreadable cell: it counts, and it is not a yes."""

    version = models.ForeignKey(Version, models.CASCADE, related_name="+")
    zone_code = models.CharField(max_length=120)
    activity_code = models.CharField(max_length=40)
    value = models.CharField(max_length=12, blank=True)
    conditions = models.JSONField(default=list, blank=True)
    max_area_m2 = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    max_impact = models.PositiveSmallIntegerField(null=True)
    low_confidence = models.BooleanField(default=False)
    raw = models.CharField(max_length=120, blank=True)
    article = models.CharField(max_length=160, blank=True)
    page = models.CharField(max_length=40, blank=True)

    class Meta:
        indexes = (
            models.Index(fields=["version", "zone_code", "activity_code"], name="cell_by_zone_activity"),
        )


class CrosswalkRow(models.Model):
    """Which of the plan's own codes answers for a SCIAN code (most specific prefix wins)."""

    version = models.ForeignKey(Version, models.CASCADE, related_name="+")
    from_code = models.CharField(max_length=40)
    to_code = models.CharField(max_length=40)
    note = models.CharField(max_length=300, blank=True)


class LandValueRow(models.Model):
    """Unit land value of a homogeneous zone in one fiscal year. Null is no value; zero is exempt."""

    version = models.ForeignKey(Version, models.CASCADE, related_name="+")
    code = models.CharField(max_length=80)
    name = models.CharField(max_length=200, blank=True)
    fiscal_year = models.PositiveSmallIntegerField(null=True)
    value_m2 = models.DecimalField(max_digits=14, decimal_places=2, null=True)

    class Meta:
        indexes = (models.Index(fields=["version", "code"], name="land_value_by_code"),)


class CapacityReservation(models.Model):
    """Capacity promised to an approval while it is valid, so that it is not granted twice.

    A parcel is built on once: of several approvals for it, only the one that takes most counts.
    """

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    network = models.CharField(max_length=40)
    sector = models.CharField(max_length=80)
    amount = models.DecimalField(max_digits=14, decimal_places=4)
    parcel_id = models.CharField(max_length=16)
    folio = models.CharField(max_length=40)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_on = models.DateField()
    released_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=["municipality", "expires_on"], name="reservation_in_force"),)

    def __str__(self) -> str:
        return f"{self.network} {self.folio}"


class IssuedRuling(models.Model):
    """A ruling that was issued: its question, the versions it used, its document. Never edited.

    `document` is the ruling document of CONTRACT.md; `question`, `settings` (the municipality's policy of
    that day) and the versions that the document names re-run to the same bytes.
    """

    folio = models.CharField(max_length=40, unique=True)
    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="rulings")
    kind = models.CharField(
        max_length=20, choices=(("land-use", "Uso de suelo"), ("construction", "Construcción"))
    )
    parcel_id = models.CharField(max_length=16)
    question = models.JSONField()
    document = models.JSONField()
    settings = models.JSONField(default=dict)
    trace_sha256 = models.CharField(max_length=64)
    outcome = models.CharField(max_length=12)
    issued_at = models.DateTimeField()
    valid_until = models.DateField()
    review_flags = models.JSONField(default=list, blank=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.CharField(max_length=150, blank=True)
    review_note = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ("-issued_at",)
        indexes = (models.Index(fields=["municipality", "-issued_at"], name="ruling_recent"),)

    def __str__(self) -> str:
        return self.folio


class ImportJob(models.Model):
    """An uploaded file on its way to publication: read and audited in the background, published by an official.

    `stored` is a random name under UPLOADS_DIR; `options` what the official said about the file;
    `report` what the audit found. State changes are those of `land.jobs.NEXT`.
    """

    class State(models.TextChoices):
        READING = "reading", "Revisando el archivo"
        READY = "ready", "Listo para publicar"
        PUBLISHING = "publishing", "Publicando"
        PUBLISHED = "published", "Publicado"
        REFUSED = "refused", "No se pudo cargar"
        DISCARDED = "discarded", "Descartado"

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=Dataset.Kind)
    layer = models.CharField(max_length=80, blank=True)
    file_name = models.CharField(max_length=255)
    stored = models.CharField(max_length=80)
    options = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=12, choices=State, default=State.READING)
    percent = models.PositiveSmallIntegerField(default=0)
    message = models.CharField(max_length=500, blank=True)
    report = models.JSONField(default=dict, blank=True)
    version = models.ForeignKey(Version, models.PROTECT, null=True, blank=True, related_name="+")
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created_at", "-pk")

    def __str__(self) -> str:
        return self.file_name
