from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('identity', '0003_post_title'),
    ]

    operations = [
        migrations.AlterField(
            model_name='residency',
            name='state',
            field=models.CharField(choices=[('requested', 'Solicitada'), ('appointed', 'Con cita por video'), ('granted', 'Otorgada'), ('refused', 'Negada'), ('withdrawn', 'Retirada por la persona'), ('revoked', 'Revocada'), ('expired', 'Vencida')], default='requested', max_length=12),
        ),
    ]
