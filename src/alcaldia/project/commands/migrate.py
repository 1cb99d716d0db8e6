"""Crea o actualiza las tablas de la base de datos."""

import argparse

from alcaldia.project import django_setup


def configure(parser: argparse.ArgumentParser) -> None:
    del parser


def run(args: argparse.Namespace) -> int:
    del args
    django_setup.start(migrate=True)
    return 0
