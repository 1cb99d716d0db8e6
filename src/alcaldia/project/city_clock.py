"""The city's clock: one process that does what time asks for. Each job has its own pace; one that fails is said once
and tried again at its next turn, within an hour. Jobs that wait for somebody outside run in lanes of their own, one thread
each, so that a gateway that is slow delays nobody's terms, papers or messages by another channel.
"""

import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

DAY = 24 * 3600.0
LOOK = 1.0
AGAIN = 3600.0
"""Seconds until a job that failed is tried again, where its own pace is slower."""


@dataclass
class Job:
    """What is done every so many seconds; `said` is the last problem, so that it is told once.

    Jobs of one `lane` wait for each other.
    """

    name: str
    every: float
    run: Callable[[], object]
    lane: str = "ciudad"
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
                job.due = self.now() + (min(job.every, AGAIN) if job.said else job.every)
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


def by_day(act: Callable[..., object]) -> Callable[..., None]:
    """The act for a municipality in which it is day; the next hour asks again."""

    def run(town: Any) -> None:
        from django.utils import timezone

        from alcaldia.notices.rules import schedule

        if schedule.by_day(timezone.now().astimezone(ZoneInfo(town.timezone)).time()):
            act(town)

    return run


def jobs() -> list[Job]:
    """Everything that time asks of a city, and how often."""
    from alcaldia.notices import actions as notices
    from alcaldia.notices import codes
    from alcaldia.notices.ports import plugged as post
    from alcaldia.procedures import papers, ruling_papers, telling, webhooks, wordlog
    from alcaldia.procedures.actions import clocks
    from alcaldia.project import payment_rounds as payments

    return [
        Job("documentos", 1, papers.draw_missing, "documentos"),
        Job("dictámenes", 30, ruling_papers.draw_missing, "documentos"),
        *(
            Job(f"avisos por {channel}", 2, partial(notices.deliver, channels=[channel]), f"avisos {channel}")
            for channel in post.senders
        ),
        *(
            Job(f"códigos por {channel}", 1, partial(codes.deliver, channels=[channel]), f"códigos {channel}")
            for channel in post.senders
        ),
        Job("suscriptores", 2, webhooks.deliver, "suscriptores"),
        Job("pagos", payments.EVERY, payments.turn, "pagos"),
        Job("plazos", 60, each_town(clocks.run)),
        Job("recordatorios", 3600, each_town(by_day(telling.remind))),
        Job("citas", 3600, each_town(by_day(telling.remind_appointments))),
        Job("puestos", 3600, posts),
        Job("palabras", 3600, wordlog.collect),
        Job("direcciones", DAY, forget),
        Job("estadísticas", DAY, statistics),
        Job("liquidaciones", DAY, payments.latest_reports, "liquidaciones"),
    ]


def posts() -> int:
    """Posts that ended: whoever had them opens nothing for them any more, at the broker either."""
    from django.utils import timezone

    from alcaldia.identity import offices

    return offices.tell_ended(timezone.localdate())


def forget() -> int:
    """Addresses of messages that were given up a month ago."""
    from datetime import timedelta

    from django.utils import timezone

    from alcaldia.notices import actions as notices

    return notices.forget(timezone.now() - timedelta(days=30))


def statistics() -> None:
    """SQLite chooses indexes by figures that it gathers only when told; PostgreSQL does so by itself.

    A thousand rows of each index are a good enough sample, and read in milliseconds (sqlite.org/lang_analyze.html).
    """
    from django.db import connection

    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA analysis_limit = 1000")
            cursor.execute("ANALYZE")


def lanes(every: list[Job]) -> list[Clock]:
    """One clock for each lane."""
    names = dict.fromkeys(job.lane for job in every)
    return [Clock([job for job in every if job.lane == name]) for name in names]


def forever() -> None:
    """Until somebody ends the process, or a lane ends by what it does not expect: then the worker begins it anew."""
    threads = [threading.Thread(target=_walk, args=[clock], daemon=True) for clock in lanes(jobs())]
    for thread in threads:
        thread.start()
    while all(thread.is_alive() for thread in threads):
        time.sleep(LOOK)


def _walk(clock: Clock) -> None:
    while True:
        clock.turn()
        time.sleep(LOOK)
