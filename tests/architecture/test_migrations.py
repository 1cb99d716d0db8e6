"""The tables that migrations make are the tables that the models describe."""

from django.apps import apps
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from django.utils.translation import override


def test_no_model_changed_without_a_migration():
    loader = MigrationLoader(None)
    with override(None):  # labels of Django's own models are translated when a page was shown before
        detector = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps))
        changes = detector.changes(graph=loader.graph)
    assert {app: [m.name for m in found] for app, found in changes.items()} == {}


def test_migrations_are_one_line_without_forks():
    assert MigrationLoader(None).detect_conflicts() == {}
