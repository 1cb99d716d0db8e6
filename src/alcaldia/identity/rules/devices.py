"""What a device is called in the list of its owner: two words, never the full agent."""

# First match wins: Edge and Opera also say Chrome, Chrome also says Safari.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)


def words(agent: str) -> str:
    """Such as "Chrome en Android"; "Navegador" where the agent says nothing we know."""
    browser = next((name for mark, name in BROWSERS if mark in agent), "Navegador")
    system = next((name for mark, name in SYSTEMS if mark in agent), "")
    return f"{browser} en {system}" if system else browser
