"""The log from the command line: published, audited from elsewhere, witnessed; what it says and how it exits."""

import pytest
from django.db import transaction

from alcaldia.ledger import actions, keys, queries, witnessing
from alcaldia.ledger.events import Act
from alcaldia.project import witness_loop
from alcaldia.project.cli import main
from tests.factories.witnesses import door, made, serving

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _acts():
    with transaction.atomic():
        for turn in range(5):
            actions.record(Act("test.act_done", f"T-{turn}", {}), by="t", channel="cli")


def test_a_published_log_is_audited_by_its_folder(tmp_path, capfd, monkeypatch):
    monkeypatch.setenv("ALCALDIA_HOME", str(tmp_path / "home"))
    assert main(["log", "publish", str(tmp_path / "log")]) == 0
    assert main(["log", "audit", str(tmp_path / "log")]) == 0
    assert "tiene 5 anotaciones" in capfd.readouterr().out
    path = tmp_path / "log/tile/entries/000.p/5"
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    assert main(["log", "audit", str(tmp_path / "log")]) == 0
    (tmp_path / "home" / "monitor" / "visitas").rename(tmp_path / "forgotten")
    assert main(["log", "audit", str(tmp_path / "log")]) == 1
    assert "ALERTA" in capfd.readouterr().err
    assert main(["log", "audit", str(tmp_path / "nothing")]) == 2


def test_publishing_needs_a_folder(capsys):
    assert main(["log", "publish"]) == 1
    assert "Diga la carpeta" in capsys.readouterr().err


def test_a_round_of_witnesses_says_who_signed(tmp_path, capsys, settings):
    settings.LOG_FOLDERS = {}  # what brokers of other tests published has no witness here
    assert main(["log", "witness", "--once"]) == 1
    assert "Todavía no hay testigos" in capsys.readouterr().err
    witness = made(tmp_path / "w", "w.example", *[row.key.text() for row in keys.signer().keys.keys])
    path = witnessing.policy_path()
    try:
        with serving(door(witness)) as address:
            path.write_text(f"witness consejo {witness.vkeys()[0]} {address}\nquorum consejo\n")
            assert main(["log", "witness", "--once"]) == 0
            assert "acts: 5 anotaciones; firmaron: consejo." in capsys.readouterr().out
            assert main(["log", "witness", "--once"]) == 0
        path.write_text("quorum x\n")
        assert main(["log", "witness", "--once"]) == 1
        assert "Línea 1" in capsys.readouterr().err
    finally:
        path.unlink()
    assert queries.quorum_over(4).size == 5


def test_the_loop_goes_on_after_a_problem_and_says_it(tmp_path):
    path = witnessing.policy_path()
    with witness_loop._client() as client:
        assert witness_loop.turn(client) == ""
        path.write_text("nonsense\n")
        try:
            assert "no conozco «nonsense»" in witness_loop.turn(client)
        finally:
            path.unlink()


def test_the_doctor_knows_the_witnesses(capsys):
    main(["doctor"])
    said = capsys.readouterr().out
    assert "sin testigos" in said
    assert "Sellos de tiempo: apagados" in said
