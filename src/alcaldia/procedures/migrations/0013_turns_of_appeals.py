from django.db import migrations


def give_turns(apps, schema_editor):
    """Appeals from before there were turns for them come to the inbox of whoever answers, with the clock that runs since."""
    from alcaldia.procedures import engine
    from alcaldia.procedures.rules import flow

    turns = apps.get_model("procedures", "Turn").objects
    cases = apps.get_model("procedures", "Case").objects.filter(state="appealed").exclude(turns__kind="appeal")
    for case in cases.select_related("municipality"):
        state = flow.replay([engine.as_event(one) for one in case.events.order_by("number")])
        turns.create(
            case=case, municipality=case.municipality, agency=case.agency, kind="appeal", state="open",
            procedure=case.procedure, opened_on=state.appeal.started, due_on=_due(case.municipality, state.appeal),
            escalated_on=state.appeal_escalated,
        )  # fmt: skip


def _due(town, clock):
    """None where the town has not loaded the days of rest of that year: the case is in the inbox, and no upgrade stops."""
    from alcaldia.kernel.errors import Refusal
    from alcaldia.procedures.calendars import calendar_of
    from alcaldia.procedures.rules import deadlines

    try:
        return deadlines.due(calendar_of(town), clock)
    except Refusal:
        return None


class Migration(migrations.Migration):
    dependencies = [("procedures", "0012_draft_said")]

    operations = [migrations.RunPython(give_turns, migrations.RunPython.noop)]
