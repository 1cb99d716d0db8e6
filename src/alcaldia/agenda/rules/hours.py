"""Opening hours as an official types them: one line a day, such as "09:00-14:00, 16:00-18:00"; and days that are closed."""

from datetime import date, datetime, time

DAYS = ("Lunes", "Martes", "Miércoles", "Jueves", "Viernes", "Sábado", "Domingo")
MOST_CLOSED = 200


class BadHours(ValueError):
    """A sentence in Spanish of what cannot be read."""


def read(text: str) -> list[list[str]]:
    """The stretches of a day in their order; none for an empty line. Raises BadHours."""
    found = sorted(_stretch(part.strip()) for part in text.split(",") if part.strip())
    for before, after in zip(found, found[1:], strict=False):
        if after[0] < before[1]:
            raise BadHours(f"Los horarios {_said(before)} y {_said(after)} se enciman.")
    return found


def write(stretches: list[list[str]]) -> str:
    """The same as it is typed."""
    return ", ".join(_said(one) for one in stretches)


def closed(text: str) -> list[str]:
    """Days as ISO dates, each once, from lines such as 24/12/2026. Raises BadHours."""
    found = sorted({_day(line.strip()) for line in text.splitlines() if line.strip()})
    if len(found) > MOST_CLOSED:
        raise BadHours(f"Son más de {MOST_CLOSED} días. Quite los que ya pasaron.")
    return found


def shown(days: list[str]) -> str:
    """Closed days as they are typed, one a line."""
    return "\n".join(f"{date.fromisoformat(one):%d/%m/%Y}" for one in days)


def _said(stretch: list[str]) -> str:
    return f"{stretch[0]}-{stretch[1]}"


def _stretch(text: str) -> list[str]:
    parts = [one.strip() for one in text.replace("–", "-").split("-")]
    try:
        opens, closes = (time.fromisoformat(one.zfill(5)) for one in parts)
    except ValueError:
        raise BadHours(f"«{text}» no es un horario. Escriba, por ejemplo, 09:00-14:00.") from None
    if opens >= closes:
        raise BadHours(f"«{text}» cierra antes de abrir.")
    return [f"{opens:%H:%M}", f"{closes:%H:%M}"]


def _day(text: str) -> str:
    for form in ("%d/%m/%Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(text, form).date().isoformat()
        except ValueError:
            continue
    raise BadHours(f"«{text}» no es una fecha. Escriba, por ejemplo, 24/12/2026.")
