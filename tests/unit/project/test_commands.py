"""What the command line says; `main` in this process, so that nothing is started."""

import os
import socket

import pytest

from alcaldia.kernel.errors import Refusal
from alcaldia.project import cli
from alcaldia.project.commands import bench, export


@pytest.fixture
def taken():
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


@pytest.mark.parametrize("command", ["demo", "serve"])
def test_a_port_that_another_program_holds_is_refused_before_anything_is_made(command, taken, capsys):
    assert cli.main([command, "--port", str(taken)]) == 1
    assert f"El puerto {taken} ya está en uso" in capsys.readouterr().err


@pytest.mark.parametrize("port", ["0", "70000", "-1"])
def test_a_port_that_cannot_be_is_refused(port, capsys):
    assert cli.main(["serve", "--port", port]) == 1
    assert "entre 1 y 65535" in capsys.readouterr().err


def test_a_host_that_is_not_of_this_machine_is_refused(capsys):
    assert cli.main(["demo", "--host", "192.0.2.1", "--port", "8399"]) == 1
    assert "192.0.2.1" in capsys.readouterr().err


def test_each_measurement_is_named_once(capsys):
    with pytest.raises(SystemExit):
        cli.main(["bench", "--help"])
    listed = capsys.readouterr().out.split("positional arguments:")[1].split("options:")[0].split()
    assert sorted(listed) == sorted({*listed})


def test_what_trust_promises_is_measured_in_a_home_of_its_own():
    assert bench.homes(["land", "cases", "trust_acts", "trust_vault"]) == [
        ["land", "cases"],
        ["trust_acts"],
        ["trust_vault"],
    ]
    assert bench.homes(["trust_log"]) == [["trust_log"]]


def test_a_measurement_that_fails_is_named_and_hides_no_other(monkeypatch, capsys):
    def child(names, parcels, url, failed):
        failed += ["weights"] * ("weights" in names)
        return {name: {"ratio": 2} for name in names if name != "weights"}

    monkeypatch.setattr(bench, "_child", child)
    assert cli.main(["bench", "weights", "trust_log"]) == 1
    assert "No se pudo medir: weights." in capsys.readouterr().err


def test_the_peer_is_measured_on_postgresql_and_says_so(monkeypatch):
    monkeypatch.setattr(bench, "_child", lambda names, *_: {name: {"ratio": 2} for name in names})
    assert bench._by_name(bench._engines(["peer", "weights"], 10, [])) == {
        "peer": {"ratio.postgresql": 2},
        "weights": {"ratio.sqlite": 2},
    }


def test_a_device_is_written_to_and_never_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    export.write_csv(pipe, ("key",), [("A",)])
    assert (os.read(reader, 99), pipe.is_fifo()) == (b"key\r\nA\r\n", True)
    os.close(reader)


def test_an_export_is_as_open_as_any_other_file_of_its_shell(tmp_path):
    export.write_csv(tmp_path / "salida.csv", ("key",), [("A",)])
    (tmp_path / "otro").touch()
    assert (tmp_path / "salida.csv").stat().st_mode == (tmp_path / "otro").stat().st_mode


def test_a_folder_is_no_file_to_export_to(tmp_path):
    with pytest.raises(Refusal, match="es una carpeta"):
        export.write_csv(tmp_path, ("key",), [])


def test_a_folder_that_is_not_there_is_named_and_no_file_of_ours(tmp_path):
    with pytest.raises(Refusal, match="No existe la carpeta") as refused:
        export.write_csv(tmp_path / "nada" / "salida.csv", ("key",), [])
    assert str(tmp_path / "nada") in refused.value.detail
    assert "tmp" not in refused.value.detail.replace(str(tmp_path), "")


def test_a_measurement_that_two_names_stand_for_is_made_once():
    assert bench.expanded(["cases", "procedures", "search"]) == ["cases", "procedures", "search"]
    assert bench.expanded(bench.expanded(["procedures"])) == ["procedures", "cases"]
    assert bench.expanded([]) == list(bench.ALL)
