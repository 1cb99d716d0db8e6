from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("procedures", "0009_draft_representative")]

    operations = [
        migrations.AddField(
            model_name="attachment",
            name="residency",
            field=models.CharField(
                blank=True, db_index=True, default="", help_text="folio of the application that it came with", max_length=40
            ),
            preserve_default=False,
        ),
    ]
