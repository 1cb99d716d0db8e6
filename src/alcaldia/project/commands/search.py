"""Busca trámites con las palabras de la gente; siempre responde algo, lo más parecido primero."""

import argparse
import json
import sys

from alcaldia.project import django_setup


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("words", metavar="WORDS", help="lo que la persona diría, entre comillas")
    parser.add_argument("--municipality", default="")
    parser.add_argument("--json", action="store_true")


def run(args: argparse.Namespace) -> int:
    django_setup.start(migrate=False)
    from alcaldia.procedures.definitions import search

    hits = search(args.words, municipality=args.municipality)
    if args.json:
        found = [{"procedure": one.procedure, "name": one.name, "family": one.family} for one in hits]
        json.dump(found, sys.stdout, ensure_ascii=False, indent=2)
        sys.stdout.write("\n")
    else:
        sys.stdout.writelines(f"{one.name}  [{one.procedure}]\n" for one in hits)
    return 0
