"""When a provider was asked to give money back."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0004_movements_append_only")]
    operations = [
        migrations.AddField(
            model_name="credit", name="asked_back_at", field=models.DateTimeField(null=True)
        ),
    ]
