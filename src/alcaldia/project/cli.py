"""The command line: one vocabulary, exit 0 done, 1 refused (a sentence on stderr), 2 wrong usage.

A command is a module in `commands/` with `configure(parser)` and `run(args) -> int`; its
docstring's first line is its help. Modules load lazily, so `--help` does not import Django.
"""

import argparse
import errno
import importlib
import os
import sys

COMMANDS = {
    "demo": "demo",
    "serve": "serve",
    "worker": "worker",
    "clock": "clock",
    "broker": "broker",
    "migrate": "migrate",
    "createadmin": "createadmin",
    "doctor": "doctor",
    "municipality": "municipality",
    "import": "import_",
    "export": "export",
    "rule": "rule",
    "search": "search",
    "procedure": "procedure",
    "catalogue": "catalogue",
    "verify": "verify",
    "log": "log",
    "keys": "keys",
    "council": "council",
    "counter": "counter",
    "kiosk": "kiosk",
    "register": "register",
    "backup": "backup",
    "restore": "restore",
    "drill": "drill",
    "release": "release",
    "payments": "payments",
    "bank": "bank",
    "bench": "bench",
    "test": "test",
    "check": "check",
}


def main(argv: list[str]) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "alcaldia.project.settings")
    if not argv or argv[0] in {"-h", "--help", "help"}:
        print(__doc__ and _overview())  # noqa: T201
        return 0 if argv else 2
    name, rest = argv[0], argv[1:]
    if name not in COMMANDS:
        sys.stderr.write(f"No conozco «{name}». Escriba ./alcaldia help para ver las órdenes.\n")
        return 2
    module = importlib.import_module(f"alcaldia.project.commands.{COMMANDS[name]}")
    parser = argparse.ArgumentParser(prog=f"alcaldia {name}", description=module.__doc__)
    module.configure(parser)
    args, left = parser.parse_known_args(rest)
    if left and not getattr(module, "PASSES_THE_REST_ON", False):
        parser.error(f"no conozco «{' '.join(left)}»")
    args.rest = left
    return _run(module, args)


def _run(module, args: argparse.Namespace) -> int:  # type: ignore[no-untyped-def]
    from alcaldia.kernel.errors import Refusal

    try:
        return int(module.run(args) or 0)
    except Refusal as refusal:
        sys.stderr.write(f"{refusal.detail}\n")
        return 1
    except BrokenPipeError:
        return 0
    except OSError as error:
        sys.stderr.write(f"{_about_file(error)}\n")
        return 1
    except UnicodeEncodeError:
        sys.stderr.write("Lo que escribió trae caracteres que no son UTF-8. Escríbalo de nuevo.\n")
        return 1
    except KeyboardInterrupt:
        return 130


def _about_file(error: OSError) -> str:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return "Ya no hay espacio en el disco; no quedó nada a medias. Haga lugar e intente de nuevo."
    if error.filename is None:
        return f"El sistema no dejó terminar: {error.strerror or error}. Revise con ./alcaldia doctor."
    return (
        f"No se pudo leer ni escribir «{error.filename}». Revise la ruta, los permisos y el espacio en disco."
    )


def _overview() -> str:
    lines = ["alcaldia ORDEN [opciones]", ""]
    for name, module in COMMANDS.items():
        path = os.path.join(os.path.dirname(__file__), "commands", f"{module}.py")  # noqa: PTH118, PTH120
        lines.append(f"  {name:14} {_first_line(path)}")
    return "\n".join(lines)


def _first_line(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123
            return file.readline().strip().strip('"')
    except OSError:
        return ""
