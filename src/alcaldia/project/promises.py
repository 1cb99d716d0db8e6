"""What was promised of trust and of procedures, as a table: which figure answers it, and on which side of which bound it must lie."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Promise:
    """`path` leads to the figure in the results of `bench`; `bound` is "max" or "min"."""

    words: str
    path: str
    bound: str
    target: float
    unit: str

    def kept(self, figure: float) -> bool:
        return figure <= self.target if self.bound == "max" else figure >= self.target


INVARIANTS = {
    "cases": "trámites perdidos o de más", "papers": "trámites sin documento", "twice": "documentos dados dos veces",
    "acts": "documentos sin acto, o al revés", "of_other_cases": "actos de otro trámite", "payments": "pagos que no cuadran",
    "stored_twice": "documentos guardados dos veces",
}  # fmt: skip
"""Names of `bench.cases.broken`."""
BOOKS = {"not_as_told": "trámites que no son lo que dicen sus hechos", "log": "problemas de la bitácora", "money": "cobros que no cuadran con el banco"}  # fmt: skip
"""What `bench.killed` asks besides."""
PROMISES: tuple[Promise, ...] = (
    Promise("canarios encontrados de los sembrados", "trust_canaries.found", "max", 0, ""),
    Promise("canarios sembrados", "trust_canaries.planted", "min", 10_000, ""),
    Promise("entrega con permiso y anotación, p50", "trust_vault.release_ms.p50", "max", 2, "ms"),
    Promise("entrega con permiso y anotación, p95", "trust_vault.release_ms.p95", "max", 10, "ms"),
    Promise("entregas seguidas", "trust_vault.releases_per_s", "min", 300, "/s"),
    Promise("entregas sin anotación anterior", "trust_vault.without.earlier_leaf", "max", 0, ""),
    Promise("entregas sin permiso", "trust_vault.without.grant", "max", 0, ""),
    Promise("permisos alterados que se probaron", "trust_vault.forged.tried", "min", 5_000, ""),
    Promise("… de ellos aceptados", "trust_vault.forged.accepted", "max", 0, ""),
    Promise("lo que añade la custodia dividida, p50", "trust_vault.split_adds_ms", "max", 5, "ms"),
    Promise("permiso retirado deja de servir", "trust_vault.revocation_ms", "max", 1_000, "ms"),
    Promise("consulta visible para la persona, p95", "trust_canaries.visible_ms.p95", "max", 2_000, "ms"),
    Promise("todas las llaves nuevas, 100,000 personas", "trust_vault.rekey_100k_s", "max", 600, "s"),
    Promise("… entregas negadas mientras tanto", "trust_vault.meanwhile.refused", "max", 0, ""),
    Promise("bitácora de consultas, una por una", "trust_log.append.single_per_s", "min", 1_000, "/s"),
    Promise("bitácora de consultas, por lotes", "trust_log.append.batch_per_s", "min", 20_000, "/s"),
    Promise("bitácora de actos, una transacción cada uno", "trust_acts.single_per_s", "min", 1_000, "/s"),
    Promise("bitácora de actos, por lotes", "trust_acts.batch_per_s", "min", 20_000, "/s"),
    Promise("prueba con 1,000,000 de actos en la base, p50", "trust_acts.proof_at_1m.p50_ms", "max", 1, "ms"),
    Promise("prueba con 1,000,000 de hojas, p50", "trust_log.proof_at_1m.p50_ms", "max", 1, "ms"),
    Promise("prueba con 1,000,000 de hojas, p99", "trust_log.proof_at_1m.p99_ms", "max", 1, "ms"),
    Promise("recibo con testigos, p95", "trust_log.cosigned_receipt.p95_ms", "max", 2_000, "ms"),
    Promise("cambios de 100,000 hojas sin notar", "trust_log.changes.undetected", "max", 0, ""),
    Promise("un año sin conexión, verifica.py", "trust_log.year_offline.verifica_s", "max", 60, "s"),
    Promise("sello y recibo, p50", "trust_log.seal_and_receipt.p50_ms", "max", 150, "ms"),
    Promise("restaurar la demostración, SQLite", "trust_ransom.embedded.restore_s", "max", 30, "s"),
    Promise("… segundos perdidos", "trust_ransom.embedded.lost_s", "max", 5, "s"),
    Promise("restaurar la demostración, PostgreSQL", "trust_ransom.server.restore_s", "max", 30, "s"),
    Promise("… segundos perdidos ", "trust_ransom.server.lost_s", "max", 5, "s"),
    Promise("sqlmap, parámetros inyectables", "attacks.sqlmap.injectable", "max", 0, ""),
    Promise("… fallas del servidor", "attacks.sqlmap.server_errors", "max", 0, ""),
    Promise("wapiti, vulnerabilidades", "attacks.wapiti.vulnerabilities", "max", 0, ""),
    Promise("… anomalías", "attacks.wapiti.anomalies", "max", 0, ""),
    Promise("campos mal llenados que hacen fallar", "attacks.fields.server_errors", "max", 0, ""),
    Promise("schemathesis, hallazgos en la API", "attacks.schemathesis.findings", "max", 0, ""),
    Promise("bandit, graves", "attacks.bandit.high", "max", 0, ""),
    Promise("… medianos", "attacks.bandit.medium", "max", 0, ""),
    Promise("tabla de 30 renglones con traza", "procedures.table_30_rows_per_s", "min", 100_000, "/s"),
    Promise("búsqueda en el proceso, p95", "search.p95_ms", "max", 2, "ms"),
    Promise("bandeja de 100,000 abiertas, p95", "cases.inbox_ms.p95", "max", 100, "ms"),
    Promise("trámites resueltos al momento", "cases.automatic.per_second", "min", 40, "/s"),
    Promise("… cada petición suya, p95", "cases.automatic.request_p95_ms", "max", 300, "ms"),
    Promise("… cada petición suya, p99", "cases.automatic.request_p99_ms", "max", 800, "ms"),
    Promise("… sus pasos, p95", "cases.automatic.step_p95_ms", "max", 60, "ms"),
    Promise("… peticiones fallidas", "cases.automatic.failed", "max", 0, ""),
    Promise("trámites pagados con su documento", "cases.paid.per_second", "min", 25, "/s"),
    Promise("… cada petición, p95", "cases.paid.request_p95_ms", "max", 300, "ms"),
    Promise("… cada petición, p99", "cases.paid.request_p99_ms", "max", 800, "ms"),
    Promise("… sus pasos, p95 ", "cases.paid.step_p95_ms", "max", 60, "ms"),
    Promise("… peticiones fallidas ", "cases.paid.failed", "max", 0, ""),
    *(Promise(words, f"cases.invariants_broken.{name}", "max", 0, "") for name, words in INVARIANTS.items()),
    *(Promise(f"entre muertes: {words}", f"killed.broken.{name}", "max", 0, "")
      for name, words in (INVARIANTS | BOOKS).items()),
    Promise("entre muertes: peticiones fallidas", "killed.failed", "max", 0, ""),
    Promise("portada", "weights.home_kb", "max", 45, "kB"),
    Promise("programas de la página más pesada", "weights.heaviest_scripts_kb", "max", 18, "kB"),
    Promise("Lighthouse, rendimiento", "lighthouse.lowest.performance", "min", 95, ""),
    Promise("Lighthouse, accesibilidad", "lighthouse.lowest.accessibility", "min", 100, ""),
)  # fmt: skip
NAMES = ("trust_log", "trust_acts", "trust_vault", "trust_canaries", "trust_ransom", "attacks")


def figure(results: Mapping[str, Any], path: str) -> float | None:
    """The figure at the end of a path, or None where it was not measured."""
    found: Any = results
    for step in path.split("."):
        if not isinstance(found, Mapping) or step not in found:
            return None
        found = found[step]
    return found if isinstance(found, int | float) else None


def rows(results: Mapping[str, Any]) -> list[tuple[str, str, str, str]]:
    """Promise, target, figure and "ok", "short" or "not measured", for the names that were run."""
    made = []
    for one in PROMISES:
        if one.path.partition(".")[0] not in results:
            continue
        value = figure(results, one.path)
        sign = "≤" if one.bound == "max" else "≥"
        state = "not measured" if value is None else "ok" if one.kept(value) else "short"
        told = "–" if value is None else f"{value:,} {one.unit}".strip()
        made.append((one.words, f"{sign} {one.target:,} {one.unit}".strip(), told, state))
    return made
