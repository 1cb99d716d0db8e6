"""Policies: the example of the specification, every refusal with its line, and the quorum of any subset."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from alcaldia.ledger.rules import note
from alcaldia.ledger.rules.note import Algorithm
from alcaldia.ledger.rules.policy import BadPolicy, read_policy


def private(number):
    return Ed25519PrivateKey.from_private_bytes(bytes((number,)) * 32)


def vkey(number, algorithm=Algorithm.COSIGNATURE_V1):
    return note.VerifierKey(f"w{number}", private(number).public_key().public_bytes_raw(), algorithm)


LOG = vkey(99, Algorithm.ED25519).text()
NAMES = ["X1", "X2", "X3", "Y1", "Y2", "Y3"]
EXAMPLE = f"# the example of tlog-policy.md\nlog {LOG} https://example.org/log/\n\n" + "\n".join(
    [*(f"\twitness {name}  {vkey(at).text()}" for at, name in enumerate(NAMES)), "group X 2 X1 X2 X3",
     "group Y any Y1 Y2 Y3", "group X-and-Y all X Y", "quorum X-and-Y", ""]
)  # fmt: skip


@given(st.sets(st.sampled_from([*NAMES, "unknown"])))
def test_the_quorum_of_the_example_is_two_of_one_group_and_one_of_the_other(names):
    wanted = len(names & {"X1", "X2", "X3"}) >= 2 and bool(names & {"Y1", "Y2", "Y3"})
    assert read_policy(EXAMPLE).holds(names) == wanted


def test_none_asks_nobody():
    assert read_policy("quorum none\n").holds([])


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["quorum X9"], "Línea 1: «X9» no está definido"),
        ([], "le falta la línea «quorum»"),
        (["quorum none", "quorum none"], "Línea 2: sólo puede haber una"),
        (["group G any"], "de 1 al número"),
        ([f"witness A {vkey(1).text()}", "group G 2 A"], "Línea 2: la cantidad"),
        ([f"witness A {vkey(1).text()}", "group G any A", "group H any A"], "ya es miembro"),
        ([f"witness A {vkey(1).text()}", f"witness B {vkey(1).text()}"], "ya está arriba"),
        ([f"witness none {vkey(1).text()}"], "ya está tomado"),
        ([f"witness A {LOG}"], "de otro tipo"),
        ([f"log {vkey(1).text()}"], "de otro tipo"),
        (["witness A w+00000000+AAAA"], "no se puede leer"),
        ([f"witness A {vkey(1).text()} ftp://x"], "https://"),
        (["witnes A"], "no conozco «witnes»"),
        (["quorum"], "le faltan o le sobran"),
        (["quorum none\x07"], "caracteres de control"),
    ],
)
def test_a_wrong_line_is_named(lines, said):
    with pytest.raises(BadPolicy, match=said):
        read_policy("\n".join(lines) + "\n")


def test_a_note_is_accepted_when_enough_have_cosigned_it():
    text = note.Checkpoint("w99", 5, bytes(32)).text()
    rules = read_policy(EXAMPLE)
    lines = [note.line(text, vkey(at), private(at).sign, at=1_700_000_000) for at in (0, 2, 4)]
    assert rules.accepts(text + "\n" + "".join(lines))
    assert not rules.accepts(text + "\n" + "".join(lines[:2]))
    other = note.line(text.replace("5", "6"), vkey(1), private(1).sign, at=1)
    assert not rules.accepts(text + "\n" + "".join([*lines, other]))
