"""A post office that takes nothing anywhere: it writes messages into a file that the demo's /buzon/ reads.

`faults` makes it fail on purpose, so that tests and drills see what a real gateway does on a bad day: "down" and "slow"
(no answer in time), "refuses" (the address takes nothing), each for so many messages.
"""

import json
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from alcaldia.notices.ports import BadAddress, NotSent
from alcaldia.notices.rules.templates import Written

KEPT = 200


class SimulatedPost:
    is_demo = True

    def __init__(self, channel: str, path: Path, faults: Iterable[str] = ()) -> None:
        self.channel, self.path, self.faults = channel, path, list(faults)

    def send(self, address: str, message: Written, *, key: str) -> str:
        fault = self.faults.pop(0) if self.faults else ""
        if fault == "refuses" or (self.channel == "email") != ("@" in address):
            raise BadAddress(fault)
        if fault:
            raise NotSent(fault)
        if key not in {row["key"] for row in self.read()}:
            self._write({"channel": self.channel, "to": address, "title": message.title, "text": message.text,
                         "key": key, "at": datetime.now(UTC).isoformat(timespec="seconds")})  # fmt: skip
        return key

    def _write(self, row: dict[str, str]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self.path, os.O_APPEND | os.O_CREAT | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "a", encoding="utf-8") as file:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")

    def read(self) -> list[dict[str, str]]:
        """The last of all channels that share the file, oldest first."""
        try:
            lines = self.path.read_text(encoding="utf-8").splitlines()
        except OSError:
            return []
        return [json.loads(line) for line in lines[-KEPT:]]

    def check(self) -> list[str]:
        return []
