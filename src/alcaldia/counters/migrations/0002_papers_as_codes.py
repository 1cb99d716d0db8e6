"""What was written freely is dropped and not carried over: it could hold somebody's name."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("counters", "0001_initial")]

    operations = [
        migrations.RemoveField("offlinerequest", "note"),
        migrations.RemoveField("offlinerequest", "papers"),
        migrations.AddField(
            "offlinerequest", "papers", models.JSONField(default=list, help_text="codes of rules/slip.py")
        ),
    ]
