"""In which transfer a movement went to the bank becomes a row of its own, told once; what was known is copied."""

import django.db.models.deletion
from django.db import migrations, models
from django.utils import timezone


def copy(apps, schema_editor):
    movements = apps.get_model("payments", "Movement").objects.exclude(payout="")
    paid_out, now = apps.get_model("payments", "PaidOut"), timezone.now()
    rows = movements.values_list("pk", "payout").iterator(chunk_size=2000)
    paid_out.objects.bulk_create(
        (paid_out(movement_id=pk, payout=payout, told_at=now) for pk, payout in rows), batch_size=2000
    )


def back(apps, schema_editor):
    for one in apps.get_model("payments", "PaidOut").objects.select_related("movement").iterator():
        one.movement.payout = one.payout
        one.movement.save(update_fields=["payout"])


class Migration(migrations.Migration):
    dependencies = [("payments", "0002_events_append_only")]
    operations = [
        migrations.CreateModel(
            name="PaidOut",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("payout", models.CharField(db_index=True, max_length=160)),
                ("told_at", models.DateTimeField()),
                (
                    "movement",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="paid_out", to="payments.movement"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("payout", ""), _negated=True), name="paid_out_in_a_transfer_with_a_name"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PayoutName",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("provider", models.CharField(max_length=40)),
                ("payout", models.CharField(max_length=160)),
                ("name", models.CharField(max_length=160)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("provider", "payout", "name"), name="a_name_is_kept_once"),
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True), name="a_name_says_something"
                    ),
                ],
            },
        ),
        migrations.RunPython(copy, back),
    ]
