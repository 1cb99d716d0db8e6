"""The demo's accounts show every line of the property tax: arrears with their surcharge, and the discount of older people."""

from alcaldia.project.demo_registers import _taxes


def told(account, due):
    row = {"cuenta": account, "clave": "L1", "predial_pendiente": due, "predial_pagado": "0.00"}
    return dict(_taxes([row]))[account]


def test_some_who_owe_owe_last_year_s_too_and_some_are_older():
    late, older, paid = told("U000001", "500.00"), told("U000007", "500.00"), told("U000002", "0.00")
    assert (late["anterior"], late["atraso"], late["inapam"]) == ("500.00", 8, False)
    assert (older["anterior"], older["atraso"], older["inapam"]) == ("0", 0, True)
    assert (paid["anterior"], paid["atraso"], paid["pagado"]) == ("0", 0, True)
