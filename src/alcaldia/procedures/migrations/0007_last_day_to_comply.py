from django.db import migrations


def note_the_day(apps, schema_editor):
    """A request to complete data keeps its last day: to read a case back no calendar is asked any more."""
    from alcaldia.procedures.calendars import calendar_of
    from alcaldia.procedures.rules.deadlines import add_working_days

    events = apps.get_model("procedures", "CaseEvent").objects.filter(kind="correction_asked")
    for event in events.select_related("case__municipality"):
        if "until" not in event.facts:
            calendar = calendar_of(event.case.municipality)
            days = int(event.facts.pop("comply_within", 10))
            event.facts["until"] = add_working_days(calendar, event.on, days).isoformat()
            event.save(update_fields=["facts"])


class Migration(migrations.Migration):
    dependencies = [("procedures", "0006_words_kept_back")]

    operations = [migrations.RunPython(note_the_day, migrations.RunPython.noop)]
