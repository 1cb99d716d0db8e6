"""Trust policies as c2sp.org/tlog-policy writes them: known logs, known witnesses, and who is enough."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from alcaldia.ledger.rules.note import Algorithm, BadNote, VerifierKey, read_key, signers

NONE = "none"
MAX_LINES = 1000
OF_LOGS = {Algorithm.ED25519, Algorithm.ML_DSA_44}
OF_WITNESSES = {Algorithm.COSIGNATURE_V1, Algorithm.ML_DSA_44}


class BadPolicy(ValueError):
    """A text that is no policy; its sentence names the line, in Spanish, for the operator who wrote it."""


@dataclass(frozen=True)
class Log:
    key: VerifierKey
    url: str = ""


@dataclass(frozen=True)
class Witness:
    """`url` is the submission prefix of c2sp.org/tlog-witness; "" where nobody asks it for signatures."""

    name: str
    key: VerifierKey
    url: str = ""


@dataclass(frozen=True)
class Group:
    """Witnesses a checkpoint when at least `enough` of its members do."""

    name: str
    enough: int
    members: tuple[str, ...]


@dataclass(frozen=True)
class Policy:
    """`quorum` is the name of a witness or group, or "none"."""

    logs: tuple[Log, ...] = ()
    witnesses: tuple[Witness, ...] = ()
    groups: tuple[Group, ...] = ()
    quorum: str = NONE

    def holds(self, cosigned: Iterable[str]) -> bool:
        """Is it enough that the witnesses of these names have cosigned?"""
        seen = set(cosigned) & {witness.name for witness in self.witnesses}
        # A group names only what stands above it, so one pass decides all of them.
        for group in self.groups:
            if len(seen & set(group.members)) >= group.enough:
                seen.add(group.name)
        return self.quorum == NONE or self.quorum in seen

    def cosigned(self, signed: str) -> dict[str, int]:
        """Names of the witnesses whose cosignatures the note carries, with their times (seconds since 1970).

        Raises BadNote where the line of a known witness does not hold.
        """
        named = {witness.key: witness.name for witness in self.witnesses}
        return {named[key]: at for key, at in signers(signed, named).items()}

    def accepts(self, signed: str) -> bool:
        """Does the note carry enough cosignatures? False also where one of them is spoilt."""
        try:
            return self.holds(self.cosigned(signed))
        except BadNote:
            return False


def read_policy(text: str) -> Policy:
    """The policy in a text. Raises BadPolicy."""
    lines = [line.strip(" \t") for line in text.split("\n")]
    if len(lines) > MAX_LINES or any(char < " " and char not in "\t\n" or char == "\x7f" for char in text):
        raise BadPolicy("El archivo de testigos es demasiado largo o tiene caracteres de control.")
    reader = _Reader()
    for number, line in enumerate(lines, 1):
        if line and not line.startswith("#"):
            reader.take(number, [word for word in line.replace("\t", " ").split(" ") if word])
    if reader.quorum is None:
        raise BadPolicy("Al archivo de testigos le falta la línea «quorum».")
    return Policy(tuple(reader.logs), tuple(reader.witnesses), tuple(reader.groups), reader.quorum)


class _Reader:
    """The state between lines; one method for each kind of line."""

    def __init__(self) -> None:
        self.logs: list[Log] = []
        self.witnesses: list[Witness] = []
        self.groups: list[Group] = []
        self.quorum: str | None = None
        self._used: set[str] = set()

    def take(self, number: int, words: list[str]) -> None:
        kinds: dict[str, Callable[..., None]] = {
            "log": self._log,
            "witness": self._witness,
            "group": self._group,
            "quorum": self._quorum,
        }
        try:
            kinds[words[0]](*words[1:])
        except KeyError:
            raise BadPolicy(f"Línea {number}: no conozco «{words[0]}».") from None
        except TypeError:
            raise BadPolicy(f"Línea {number}: a «{words[0]}» le faltan o le sobran palabras.") from None
        except ValueError as error:
            raise BadPolicy(f"Línea {number}: {error}") from error

    def _log(self, vkey: str, url: str = "") -> None:
        key = _key(vkey, OF_LOGS)
        if key.public in {log.key.public for log in self.logs}:
            raise ValueError("ese registro ya está arriba.")
        self.logs.append(Log(key, _url(url)))

    def _witness(self, name: str, vkey: str, url: str = "") -> None:
        key = _key(vkey, OF_WITNESSES)
        if key.public in {witness.key.public for witness in self.witnesses}:
            raise ValueError("la llave de ese testigo ya está arriba.")
        self._new(name)
        self.witnesses.append(Witness(name, key, _url(url)))

    def _group(self, name: str, threshold: str, *members: str) -> None:
        short = {"any": 1, "all": len(members)}
        enough = short[threshold] if threshold in short else int(threshold) if threshold.isdecimal() else 0
        if not 1 <= enough <= len(members):
            raise ValueError("la cantidad del grupo va de 1 al número de sus miembros (o any, o all).")
        for member in members:
            self._known(member)
            if member in self._used:
                raise ValueError(f"«{member}» ya es miembro de un grupo.")
            self._used.add(member)
        self._new(name)
        self.groups.append(Group(name, enough, members))

    def _quorum(self, name: str) -> None:
        if self.quorum is not None:
            raise ValueError("sólo puede haber una línea «quorum».")
        if name != NONE:
            self._known(name)
        self.quorum = name

    def _names(self) -> set[str]:
        return {one.name for one in self.witnesses} | {one.name for one in self.groups}

    def _new(self, name: str) -> None:
        if name == NONE or name in self._names():
            raise ValueError(f"el nombre «{name}» ya está tomado.")

    def _known(self, name: str) -> None:
        if name not in self._names():
            raise ValueError(f"«{name}» no está definido más arriba.")


def _key(text: str, allowed: set[Algorithm]) -> VerifierKey:
    try:
        key = read_key(text)
    except BadNote:
        raise ValueError("la llave no se puede leer; cópiela completa.") from None
    if key.algorithm not in allowed:
        raise ValueError("esa llave es de otro tipo: la de un registro o la de un testigo.")
    return key


def _url(text: str) -> str:
    if text and (urlsplit(text).scheme not in {"http", "https"} or not urlsplit(text).hostname):
        raise ValueError("la dirección empieza con https:// (o http://).")
    return text.rstrip("/")
