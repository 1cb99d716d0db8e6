"""The city's clock: one process that does what time asks for. Each job has its own pace; one that fails is said once
and tried again at its next turn, and holds up no other.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

DAY = 24 * 3600.0
LOOK = 1.0


@dataclass
class Job:
    """What is done every so many seconds; `said` is the last problem, so that it is told once."""

    name: str
    every: float
    run: Callable[[], object]
    due: float = 0.0
    said: str = ""


@dataclass
class Clock:
    """Jobs by their pace. `now` counts seconds; `say` tells the operator."""

    jobs: list[Job]
    now: Callable[[], float] = time.monotonic
    say: Callable[[str], object] = field(default=sys.stderr.write)

    def turn(self) -> list[str]:
        """Run what is due; the names of the jobs that were run."""
        ran = []
        for job in self.jobs:
            if job.due <= self.now():
                ran.append(job.name)
                self._run(job)
                job.due = self.now() + job.every
        return ran

    def _run(self, job: Job) -> None:
        problem = ""
        try:
            job.run()
        except Exception as error:  # noqa: BLE001 - a job of the city must not end the others, whatever befell it
            close()
            problem = f"{job.name}: {type(error).__name__}: {error}"
        if problem and problem != job.said:
            self.say(f"El reloj de la ciudad sigue, pero falló {problem}\n")
        job.said = problem


def close() -> None:
    """A connection that broke is opened anew by the next query."""
    from django.db import connection

    connection.close()


def each_town(act: Callable[..., object]) -> Callable[[], None]:
    """The act for every municipality; those that fail are told together, after the others had their turn."""

    def run() -> None:
        from alcaldia.kernel.models import Municipality

        failed = []
        for town in Municipality.objects.order_by("pk"):
            try:
                act(town)
            except Exception as error:  # noqa: BLE001 - one municipality's failure never stops the others
                close()
                failed.append(f"{town.slug} ({type(error).__name__}: {error})")
        if failed:
            raise RuntimeError("; ".join(failed))

    return run


def jobs() -> list[Job]:
    """Everything that time asks of a city, and how often."""
    from alcaldia.notices import actions as notices
    from alcaldia.procedures import papers, telling, webhooks, wordlog
    from alcaldia.procedures.actions import clocks
    from alcaldia.project import payment_rounds as payments

    return [
        Job("documentos", 1, papers.draw_missing),
        Job("avisos", 2, notices.deliver),
        Job("suscriptores", 2, webhooks.deliver),
        Job("pagos", payments.EVERY, payments.turn),
        Job("plazos", 60, each_town(clocks.run)),
        Job("recordatorios", 3600, each_town(telling.remind)),
        Job("citas", 3600, each_town(telling.remind_appointments)),
        Job("palabras", 3600, wordlog.collect),
        Job("direcciones", DAY, forget),
        Job("liquidaciones", DAY, payments.yesterdays_reports),
    ]


def forget() -> int:
    """Addresses of messages that were given up a month ago."""
    from datetime import timedelta

    from django.utils import timezone

    from alcaldia.notices import actions as notices

    return notices.forget(timezone.now() - timedelta(days=30))


def forever() -> None:
    """Until somebody ends the process."""
    clock = Clock(jobs())
    while True:
        clock.turn()
        time.sleep(LOOK)
