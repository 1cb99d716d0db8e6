"""What the source does not contain: read as a syntax tree, so that a comment is not a finding and a call is."""

import ast
import re

import pytest

from tests.conftest import ROOT

FILES = sorted(
    p for p in [*(ROOT / "src").rglob("*.py"), *ROOT.glob("verifica/*.py"), *ROOT.glob("witness/*.py")]
)
TREES = {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text()) for path in FILES}
SCRIPTS = {p.name: p.read_text() for p in (ROOT / "src").rglob("*.js") if "vendor" not in p.parts}
BENCH = "src/alcaldia/project/bench/"


def calls(tree: ast.AST):
    """(dotted name, node) of every call."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def imported(tree: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


DANGEROUS = {"eval", "exec", "compile", "os.system", "os.popen", "pickle.loads", "pickle.load", "marshal.loads", "yaml.load",
             "yaml.unsafe_load", "shelve.open", "dill.loads", "__import__"}  # fmt: skip


def dangerous(tree: ast.AST) -> list[str]:
    found = [name for name, _ in calls(tree) if name in DANGEROUS]
    found += [
        name
        for name, node in calls(tree)
        if any(k.arg == "shell" and ast.unparse(k.value) != "False" for k in node.keywords)
    ]
    return found + sorted(imported(tree) & {"pickle", "marshal", "shelve", "dill", "xmlrpc", "telnetlib"})


@pytest.mark.parametrize("name", TREES)
def test_nothing_dangerous_is_called(name):
    assert dangerous(TREES[name]) == []


def test_what_is_dangerous_would_be_seen():
    for text in (
        "eval(x)",
        "import pickle",
        "subprocess.run(x, shell=True)",
        "os.system(x)",
        "from pickle import loads",
    ):
        assert dangerous(ast.parse(text)), text


WEAK = re.compile(
    r"\b(?:md5|sha1|SHA1|MD5|ECB|PKCS1v15|DES|TripleDES|ARC4|Blowfish|IDEA|CBC|SECP192R1|DSA)\b"
)
# ETags of WhiteNoise's kind and such have no business here either; each exception says why.
ALLOWED_WEAK: dict[str, str] = {
    "src/alcaldia/connectors/conekta.py": "verifies the RSA signature of the provider's own messages (PKCS#1 v1.5 signature, not encryption)",
    "src/alcaldia/identity/certificates.py": "verifies RSA signatures made by a citizen's card or e.firma (PKCS#1 v1.5 signature, not encryption)",
    "src/alcaldia/documents/verification.py": "reads the algorithms of foreign signatures",
}


def names_in(tree: ast.AST) -> set[str]:
    found = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    found |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    texts = {
        node.args[0].value
        for name, node in calls(tree)
        if name.endswith("hashlib.new") and node.args and isinstance(node.args[0], ast.Constant)
    }
    return {name for name in found | {str(text) for text in texts} if WEAK.fullmatch(name)}


def test_no_weak_primitive_is_named():
    found = {name: names_in(tree) for name, tree in TREES.items()}
    assert {name: weak for name, weak in found.items() if weak and name not in ALLOWED_WEAK} == {}
    sizes = [
        node
        for tree in TREES.values()
        for name, node in calls(tree)
        if name.endswith("rsa.generate_private_key")
    ]
    assert sizes == []


def test_chance_comes_from_secrets():
    """`random` only draws the invented town and the load of benchmarks, from seeds."""
    users = {name for name, tree in TREES.items() if {"random", "numpy.random"} & imported(tree)}
    users |= {name for name, tree in TREES.items() if any(".random." in call for call, _ in calls(tree))}
    assert {name for name in users if not name.startswith(BENCH) and "/land/demo/" not in name} == set()


CRYPTO = ("cryptography", "hashlib", "hmac", "secrets", "pkcs11", "pyhanko", "joserfc", "authlib", "sd_jwt", "webauthn",
          "shamir_mnemonic", "rfc3161_client", "asn1crypto")  # fmt: skip


def test_cryptography_comes_from_libraries():
    """No cipher, curve or hash of our own: nobody multiplies points or adds round keys here."""
    suspicious = re.compile(
        r"\b(?:s_?box|round_key|point_(?:add|double|mul)|modinv|feistel|keystream|xor_bytes)\b", re.IGNORECASE
    )
    assert [path.name for path in FILES if suspicious.search(path.read_text())] == []
    users = [
        name for name, tree in TREES.items() if any(one.split(".")[0] in CRYPTO for one in imported(tree))
    ]
    assert len(users) > 20


def test_every_package_of_cryptography_is_in_the_inventory():
    page = (ROOT / "docs" / "security" / "cryptography.md").read_text()
    found = {one.split(".")[0] for tree in TREES.values() for one in imported(tree)} & set(CRYPTO)
    assert {name for name in found if f"`{name}`" not in page} == set()


def test_no_pattern_is_built_from_input():
    """Regular expressions and format strings are constants; `str.format` and `%` never run on a variable."""
    made = {f"re.{name}" for name in ("compile", "match", "search", "sub", "fullmatch", "findall", "split")}
    found = [
        f"{name}:{node.lineno}"
        for name, tree in TREES.items()
        for call, node in calls(tree)
        if call in made and node.args and isinstance(node.args[0], ast.JoinedStr)
        if any(_unescaped(part) for part in node.args[0].values)
    ]
    assert found == []


def _unescaped(part: ast.expr) -> bool:
    """A hole in a pattern that is neither a constant of the module nor escaped."""
    if not isinstance(part, ast.FormattedValue):
        return False
    text = ast.unparse(part.value)
    return not (
        text.isupper()
        or text.lstrip("_").isupper()
        or text.startswith("re.escape(")
        or "join(" in text
        or text == "numbers.TOKEN"
    )


# Queries with a hole: each is a table, a list of columns or of placeholders from constants, held by ruff's S608.
HOLES = re.compile(r"\.(?:execute|executemany)\(\s*f[\"']")
HOLDS = ("noqa: S608", "DROP ", "CREATE ", "PRAGMA ", "TRUNCATE ", "{self.", "SET ")


def test_no_query_is_built_from_input():
    """Values always travel beside a query. What is put into its text has a reviewed reason on its line."""
    loose = []
    for path in FILES:
        text = path.read_text()
        for hit in HOLES.finditer(text):
            around = text[hit.start() : hit.start() + 400]
            if not any(mark in around for mark in HOLDS):
                loose.append(f"{path.name}:{text[: hit.start()].count(chr(10)) + 1}")
    raw = {
        name
        for name, tree in TREES.items()
        for call, _ in calls(tree)
        if call.endswith((".raw", ".extra", "RawSQL"))
    }
    # Its text is a constant beside it; the version and the id travel as parameters.
    assert {*loose, *raw} <= {"src/alcaldia/land/parcels.py"}


def test_templates_switch_no_escaping_off():
    pages = [*(ROOT / "src").rglob("templates/**/*.html")]
    assert len(pages) > 50
    assert [
        page.name for page in pages if re.search(r"autoescape off|\|safe\b|\|safeseq", page.read_text())
    ] == []
    marked = {
        name
        for name, tree in TREES.items()
        for call, _ in calls(tree)
        if call.endswith(("mark_safe", "SafeString"))
    }
    assert marked <= {"src/alcaldia/web/components/templatetags/shown.py"}


def test_no_template_is_made_of_a_text():
    found = [
        name
        for name, tree in TREES.items()
        for call, _ in calls(tree)
        if call in {"Template", "engines", "Engine.from_string", "from_string"}
    ]
    assert found == []


SINKS = re.compile(
    r"\b(?:eval|Function|setTimeout\([\"'`]|setInterval\([\"'`]|execScript)\b|\.(?:innerHTML|outerHTML|srcdoc)\s*=|insertAdjacentHTML"
    r"|document\.write|postMessage|onmessage|addEventListener\([\"']message|javascript:|ActiveX|document\.domain"
)


@pytest.mark.parametrize("name", SCRIPTS)
def test_our_scripts_execute_no_text(name):
    bare = re.sub(r"new Function\b.*", "", SCRIPTS[name])
    assert SINKS.findall(bare.replace("function ", "")) == []


# A kiosk's own key, which its browser cannot read out, and nothing else: tests/browser/test_kiosk.py.
KEEPS = {"kiosk.js": ["indexedDB"]}


@pytest.mark.parametrize("name", SCRIPTS)
def test_our_scripts_keep_nothing_in_the_browser(name):
    found = re.findall(r"localStorage|sessionStorage|indexedDB|document\.cookie|caches\.", SCRIPTS[name])
    assert found == KEEPS.get(name, [])


@pytest.mark.parametrize("name", SCRIPTS)
def test_our_scripts_merge_no_foreign_objects(name):
    """No key of fetched data becomes a property name that is written."""
    assert (
        re.findall(
            r"__proto__|\bfor \(const \w+ in\b|Object\.assign\(\s*(?:window\b|document\s*,|\w+\.prototype)",
            SCRIPTS[name],
        )
        == []
    )


def test_scripts_are_static_files():
    """No view answers JavaScript: data behind a login cannot be taken by including it."""
    assert [
        path.name
        for path in FILES
        if re.search(r"(?:text|application)/(?:java|ecma)script", path.read_text())
    ] == []
    assert len(SCRIPTS) >= 4
