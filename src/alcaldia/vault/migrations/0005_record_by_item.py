from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('vault', '0004_sealed_files'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='recordversion',
            index=models.Index(fields=['item'], name='record_by_item'),
        ),
    ]
