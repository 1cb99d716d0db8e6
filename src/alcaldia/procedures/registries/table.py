"""Which register answers under which name, and what it is called to people."""

from alcaldia.land import queries
from alcaldia.procedures.registries import land, licences, rows
from alcaldia.procedures.registries.ports import Registry

REGISTRIES: dict[str, Registry] = {
    "activities": land.activities,
    "construction_ruling": land.construction_ruling,
    "heritage": land.heritage,
    "land_use": land.land_use,
    "nearby": land.nearby,
    "network_capacity": land.network_capacity,
    "parcels": land.parcels,
    "rights_of_way": land.rights_of_way,
    "risk": land.risk,
    "street_numbers": land.street_numbers,
    "street_zones": land.street_zones,
    "urban_image": land.urban_image,
    "address_proofs": rows.address_proofs,
    "beneficiaries": rows.beneficiaries,
    "civil_registry": rows.civil_registry,
    "courses": rows.by_number("courses"),
    "fines": rows.fines,
    "jobs": rows.by_number("jobs", nothing={"vacantes": 0}),
    "licences": licences.licences,
    "power_lines": rows.by_number("power_lines"),
    "property_tax": rows.by_account("property_tax"),
    "public_spaces": rows.public_spaces,
    "reports": rows.reports,
    "water": rows.by_account("water"),
}
TAKES: dict[str, frozenset[str]] = {
    "civil_registry": frozenset({"name", "born"}),
    "construction_ruling": frozenset(queries.PROJECT_FIELDS),
    "land_use": frozenset({"area"}),
    "reports": frozenset({"what"}),
}
"""What a register may be told (`with`) beside what it is asked by; the others take nothing."""
LABELS: dict[str, str] = {
    "activities": "Catálogo de giros",
    "construction_ruling": "Normas de construcción",
    "heritage": "Patrimonio",
    "land_use": "Plan de desarrollo urbano",
    "nearby": "Escuelas cercanas",
    "network_capacity": "Redes de agua",
    "parcels": "Catastro",
    "rights_of_way": "Derechos de vía",
    "risk": "Atlas de riesgos",
    "street_numbers": "Nomenclatura",
    "street_zones": "Zonas de la vía pública",
    "urban_image": "Imagen urbana",
    "address_proofs": "Padrón de domicilios",
    "beneficiaries": "Padrón de apoyos",
    "civil_registry": "Registro Civil",
    "courses": "Cursos",
    "fines": "Multas",
    "jobs": "Bolsa de trabajo",
    "licences": "Padrón de licencias",
    "power_lines": "Líneas de luz",
    "property_tax": "Tesorería: predial",
    "public_spaces": "Agenda de espacios públicos",
    "reports": "Reportes abiertos",
    "water": "Organismo de agua",
}
