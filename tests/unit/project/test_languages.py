"""A further language is a folder: nothing else names the languages that there are."""

from alcaldia.project import languages


def test_spanish_comes_first_and_each_catalogue_adds_one(tmp_path):
    for code in ("yua", "en", "xyz"):
        catalogue = tmp_path / code / languages.CATALOGUE
        catalogue.parent.mkdir(parents=True)
        catalogue.write_bytes(b"")
    (tmp_path / "nah").mkdir()
    assert languages.known(tmp_path) == [
        ("es", "Español"),
        ("en", "English"),
        ("xyz", "xyz"),
        ("yua", "Maayat'aan"),
    ]
