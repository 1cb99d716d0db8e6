import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = [("kernel", "0002_municipality_catalogue")]
    operations = [
        migrations.CreateModel(
            "CatalogueVersion",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("tree", "árbol"), ("words", "palabras"), ("agencies", "dependencias")],
                        max_length=10,
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("body", models.BinaryField()),
                ("restores", models.PositiveIntegerField(null=True)),
                ("folio", models.CharField(max_length=40, unique=True)),
                ("by", models.CharField(max_length=150)),
                ("at", models.DateTimeField()),
                (
                    "municipality",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="kernel.municipality"
                    ),
                ),
            ],
            {
                "ordering": ("kind", "-number"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("municipality", "kind", "number"), name="one_version_of_a_number"
                    ),
                    models.CheckConstraint(condition=models.Q(("number__gt", 0)), name="versions_count_from_one"),
                ],
            },
        ),
    ]
