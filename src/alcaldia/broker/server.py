"""Two unix sockets, one thread per connection. What is not understood ends the connection, never the process."""

import os
import socket
import sqlite3
import struct
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from alcaldia.broker import erasure, losses, registers_key, seals
from alcaldia.broker.config import Config
from alcaldia.broker.core import Broker
from alcaldia.broker.doors import OPERATOR, WEB, Door, answer
from alcaldia.kernel.errors import Refusal
from alcaldia.ledger import tilefolder
from alcaldia.vault.rules import wire

PUBLISH_SECONDS = 1.0


class Server:
    """Serves until `stop`; `ready` is set when both sockets answer."""

    def __init__(self, config: Config) -> None:
        self.broker = Broker(config)
        erasure.replay(self.broker)
        registers_key.take_over(self.broker)
        losses.leave_behind(self.broker)
        _tell_losses(self.broker)
        seals.publish(self.broker)
        self._sockets = [
            (
                _listening(config.web_socket, others=bool(config.clients)),
                WEB,
                frozenset({os.getuid(), *config.clients}),
            ),
            (_listening(config.operator_socket), OPERATOR, frozenset({os.getuid(), 0})),
        ]
        self._published = 0
        self._open: set[socket.socket] = set()
        self._stopped = threading.Event()

    def serve(self) -> None:
        """Accept on both sockets until `stop` is called from another thread or a signal."""
        threads = [threading.Thread(target=self._accept, args=one, daemon=True) for one in self._sockets]
        for thread in threads:
            thread.start()
        while not self._stopped.wait(PUBLISH_SECONDS):
            self._publish()
            self._settle()
        self._publish()
        for thread in threads:
            thread.join(timeout=5)
        with self.broker.lock:
            self.broker.close()

    def _publish(self) -> None:
        """Bring the public tiles up to date, for witnesses and whoever audits; a full disk must not stop answers."""
        size = self.broker.log.size()
        if size == self._published:
            return
        try:
            tilefolder.publish(self.broker.log, self.broker.config.public)
            self._published = size
        except (OSError, Refusal) as error:
            sys.stderr.write(f"custodio: no pudo publicar su registro ({type(error).__name__})\n")

    def _settle(self) -> None:
        try:
            self.broker.store.settle()
        except sqlite3.Error as error:
            sys.stderr.write(f"custodio: no pudo vaciar su diario ({type(error).__name__})\n")

    def stop(self) -> None:
        """End: what is being answered is answered first."""
        self._stopped.set()
        for listening, _, _ in self._sockets:
            _shut(listening)
        for connection in list(self._open):
            _shut(connection)

    def _accept(self, listening: socket.socket, doors: Mapping[str, Door], users: frozenset[int]) -> None:
        while not self._stopped.is_set():
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            if _user_of(connection) not in users:
                connection.close()
                continue
            threading.Thread(target=self._talk, args=(connection, doors), daemon=True).start()

    def _talk(self, connection: socket.socket, doors: Mapping[str, Door]) -> None:
        self._open.add(connection)
        try:
            with connection:
                while (message := wire.read(connection.recv)) is not None and not self._stopped.is_set():
                    connection.sendall(wire.frame(answer(self.broker, doors, message)))
        except OSError:
            pass
        except Exception as error:  # noqa: BLE001  whatever is wrong with one message must not say what it held
            sys.stderr.write(f"custodio: {type(error).__name__}\n")
        finally:
            self._open.discard(connection)


def _tell_losses(broker: Broker) -> None:
    """A start without some master key goes on, and says so."""
    told = losses.counts(broker)
    if told["keys"]:
        sys.stderr.write(
            f"custodio: llaves maestras que faltan: {told['keys']}; bóvedas que no abren: {told['lost']}, con llave de repuesto:"
            f" {told['spared']}. Si guarda un respaldo de broker/kek, devuélvalo y arranque de nuevo.\n"
        )


def _listening(path: Path, *, others: bool = False) -> socket.socket:
    """With `others`, another user may walk to it and knock; whom it answers, the kernel's word decides (`_user_of`)."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.unlink(missing_ok=True)
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    made.bind(str(path))
    path.chmod(0o666 if others else 0o600)
    if others:
        for folder in (path.parent, path.parent.parent):
            folder.chmod(0o711)
    made.listen(128)
    return made


def _user_of(connection: socket.socket) -> int:
    """The user of the process at the other end, by the kernel's word."""
    told = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return int(struct.unpack("3i", told)[1])


def _shut(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
