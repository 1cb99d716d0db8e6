from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("kernel", "0001_initial")]
    operations = [
        migrations.AddField(
            "municipality", "catalogue", models.CharField(blank=True, default="", max_length=64)
        ),
    ]
