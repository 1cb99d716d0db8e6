from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("procedures", "0011_appeals_and_absences")]

    operations = [
        migrations.AddField(
            model_name="draft",
            name="said",
            field=models.CharField(
                blank=True, default="", help_text="keyed hash of what a system sent under a key of its own", max_length=64
            ),
            preserve_default=False,
        ),
    ]
