from django.db import migrations, models


def hold_back(apps, schema_editor):
    """Rows of before: words that the catalogue does not know are counted and not read any more."""
    from alcaldia.catalogue import own
    from alcaldia.procedures import definitions, wordlog

    for row in apps.get_model("procedures", "SearchWords").objects.select_related("municipality"):
        row.mark = wordlog.mark(row.municipality, row.words)
        if not definitions.index(row.municipality.slug, own.first_day()).knows(row.words):
            row.words = ""
        row.save(update_fields=["mark", "words"])


class Migration(migrations.Migration):
    dependencies = [("procedures", "0005_keep_until")]

    operations = [
        migrations.RemoveConstraint("searchwords", "one_row_of_words"),
        migrations.AddField("searchwords", "mark", models.CharField(default="", max_length=64), preserve_default=False),
        migrations.AddField(
            "searchwords",
            "days",
            models.PositiveSmallIntegerField(default=1, help_text="distinct days on which they were searched"),
        ),
        migrations.AlterField("searchwords", "words", models.CharField(blank=True, max_length=120)),
        migrations.RunPython(hold_back, migrations.RunPython.noop),
        migrations.AddConstraint(
            "searchwords",
            models.UniqueConstraint(fields=["municipality", "mark"], name="one_row_of_words"),
        ),
    ]
