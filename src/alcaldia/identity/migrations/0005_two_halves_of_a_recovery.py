from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('identity', '0004_residency_expired'),
    ]

    operations = [
        migrations.AlterField(
            model_name='recoveryrequest',
            name='code_hash',
            field=models.CharField(help_text="of the first official's half of the code", max_length=64, unique=True),
        ),
        migrations.AddField(
            model_name='recoveryrequest',
            name='second_hash',
            field=models.CharField(blank=True, default='', help_text="of the second's, bound to the first", max_length=64),
            preserve_default=False,
        ),
    ]
