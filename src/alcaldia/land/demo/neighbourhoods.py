"""Neighbourhoods and the way each was built: one table, read by every other module of the town."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Style:
    """How a neighbourhood was laid out: metres; `sway` bends its grid, `vacant` is a share of lots."""

    block: tuple[float, float]
    street: float
    front: tuple[float, float]
    depth: float
    sway: float
    vacant: float
    levels: tuple[float, ...]
    coverage: tuple[float, float]
    gap: float
    years: tuple[int, int]


STYLES: dict[str, Style] = {
    "centre": Style((84, 74), 4.6, (7, 15), 36, 3, 0.03, (0.45, 0.47, 0.08), (0.62, 0.94), 0.0, (1880, 1985)),
    "barrio": Style(
        (96, 66), 4.8, (7, 12), 30, 11, 0.06, (0.56, 0.40, 0.04), (0.55, 0.88), 0.0, (1930, 2005)
    ),
    "popular": Style(
        (104, 46), 5.0, (7, 10), 21, 5, 0.12, (0.60, 0.36, 0.04), (0.50, 0.85), 0.0, (1975, 2018)
    ),
    "social": Style((118, 38), 5.0, (6.5, 8), 17, 0, 0.03, (0.35, 0.65), (0.52, 0.72), 0.0, (1996, 2021)),
    "garden": Style(
        (132, 62), 6.0, (10, 15), 27, 26, 0.18, (0.12, 0.80, 0.08), (0.42, 0.60), 0.9, (1992, 2024)
    ),
    "hillside": Style(
        (118, 50), 4.5, (9, 16), 23, 4, 0.28, (0.40, 0.52, 0.08), (0.38, 0.62), 0.5, (1985, 2023)
    ),
    "country": Style((190, 104), 5.0, (24, 36), 48, 16, 0.22, (0.55, 0.45), (0.14, 0.28), 3.0, (1990, 2023)),
    "industry": Style((230, 150), 9.0, (34, 70), 70, 0, 0.20, (0.85, 0.15), (0.40, 0.66), 4.0, (1994, 2022)),
    "farm": Style((330, 250), 4.0, (70, 140), 120, 18, 0.86, (1.0,), (0.01, 0.04), 6.0, (1960, 2015)),
    "reserve": Style((420, 260), 4.5, (80, 150), 130, 12, 0.96, (1.0,), (0.01, 0.03), 6.0, (1970, 2010)),
}


@dataclass(frozen=True)
class Neighbourhood:
    """`seed` in metres from the plaza; `angle` in degrees; `value` in MXN/m²; `theme` names its streets.

    `pivot`, where set, is the hilltop that its streets go round.
    """

    number: int
    name: str
    seed: tuple[float, float]
    style_name: str
    zone: str
    angle: float
    postcode: str
    value: int
    theme: str
    pivot: tuple[float, float] | None = None

    @property
    def style(self) -> Style:
        return STYLES[self.style_name]


TABLE: tuple[Neighbourhood, ...] = (
    Neighbourhood(1, "Centro", (0, 0), "centre", "CH", 7, "47910", 4200, "heroes"),
    Neighbourhood(2, "San Antonio", (60, 420), "barrio", "MB", 3, "47911", 3100, "saints"),
    Neighbourhood(3, "Santa Cruz", (-430, 130), "barrio", "H3", -9, "47912", 2700, "dates"),
    Neighbourhood(4, "El Calvario", (-440, -190), "barrio", "H3", 12, "47913", 2550, "crafts"),
    Neighbourhood(5, "Analco", (170, -420), "barrio", "MB", -4, "47914", 2800, "insurgents"),
    Neighbourhood(6, "Guadalupe", (-230, -440), "barrio", "H3", 18, "47915", 2300, "writers"),
    Neighbourhood(7, "La Ribera", (520, 30), "popular", "H4", -14, "47916", 2100, "rivers"),
    Neighbourhood(
        8, "Lomas de San Jacinto", (-600, 580), "hillside", "H2", 0, "47917", 1900, "peaks", (-690, 1010)
    ),
    Neighbourhood(9, "Jardines del Valle", (240, 740), "garden", "H2", 11, "47918", 3600, "flowers"),
    Neighbourhood(10, "Villas del Sol", (760, 480), "social", "H4", 33, "47919", 1750, "stars"),
    Neighbourhood(11, "Los Fresnos", (850, -130), "popular", "H4", 4, "47920", 1800, "trees"),
    Neighbourhood(
        12, "Parque Industrial San Jacinto", (760, -560), "industry", "I2", -12, "47921", 1300, "industry"
    ),
    Neighbourhood(13, "Las Torres", (250, -860), "social", "H4", 22, "47922", 1500, "states"),
    Neighbourhood(14, "Emiliano Zapata", (-380, -860), "popular", "H4", 34, "47923", 1250, "revolution"),
    Neighbourhood(15, "Rinconada Campestre", (-900, 150), "country", "H1", -6, "47924", 1600, "birds"),
    Neighbourhood(16, "El Mirador", (-130, 740), "garden", "H2", -24, "47925", 2900, "gems"),
)
RESERVE = Neighbourhood(17, "Reserva El Refugio", (-840, -520), "reserve", "RU", 28, "47926", 420, "paths")
RURAL = Neighbourhood(18, "Zona rural", (0, -1500), "farm", "AR", 9, "47930", 90, "paths")
EVERY: tuple[Neighbourhood, ...] = (*TABLE, RESERVE, RURAL)
