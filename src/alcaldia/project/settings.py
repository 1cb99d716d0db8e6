"""The one settings file, read top to bottom. What an operator may change comes from environment.py."""

import secrets

from alcaldia.project import environment as env
from alcaldia.project import languages, logs

HOME = env.home()
HOME.mkdir(parents=True, exist_ok=True)
ROOT = env.ROOT

SECRET_KEY = env.secret_key()
SECRET_KEY_FALLBACKS = env.secret_keys_before()
# Public parcel ids must outlive a change of SECRET_KEY.
PUBLIC_ID_KEY = env.private_text(HOME / "keys" / "public_id_key", secrets.token_urlsafe(32))
DEBUG = False
# Set by `./alcaldia demo`: shows one-time codes on the operator's own screen.
DEMO = env.flag("ALCALDIA_DEMO")
PUBLIC_URL = env.public_url()
# A bank that moves no money, at /banco-de-prueba/: in the demo, or where the operator asks for it.
SIMULATED_BANK = DEMO or env.simulated_bank()
# The log's origin is kept with its key when that is made: a later change of address does not rename the log.
LOG_ORIGIN = PUBLIC_URL.split("//", 1)[-1] + "/acts"
# Logs that other processes keep and publish as folders of tiles: the broker's accesses.
LOG_FOLDERS = {"accesses": HOME / "public" / "logs" / "accesses"}
TSA_URLS = env.words("ALCALDIA_TSA")
# Networks inside, such as 10.1.0.0/16, where a witness or an identity provider of our own may be asked.
PRIVATE_PEERS = env.networks("ALCALDIA_PRIVATE_PEERS")
# Address of clamd, "host:port" or the path of its socket; "" keeps attachments marked as not scanned.
CLAMAV = env.text("ALCALDIA_CLAMAV")
# The city's mail server, smtp://user:pass@host:587; "" sends no mail.
SMTP = env.text("ALCALDIA_SMTP")
SMTP_FROM = env.text("ALCALDIA_SMTP_FROM")
WITNESS_WAIT = env.seconds("ALCALDIA_WITNESS_WAIT", 1.5)
ALLOWED_HOSTS = ["*"] if env.flag("ALCALDIA_ANY_HOST", default=True) else ["localhost", "127.0.0.1", "[::1]"]

INSTALLED_APPS = [
    "django.contrib.staticfiles",
    "django_tasks",
    "django_tasks_db",
    "alcaldia.kernel",
    "alcaldia.ledger",
    "alcaldia.identity",
    "alcaldia.vault",
    "alcaldia.land",
    "alcaldia.documents",
    "alcaldia.payments",
    "alcaldia.notices",
    "alcaldia.agenda",
    "alcaldia.catalogue",
    "alcaldia.procedures",
    "alcaldia.counters",
    "alcaldia.web.components",
    "alcaldia.web.portal",
    "alcaldia.web.visor",
    "alcaldia.web.backoffice",
    "alcaldia.web.transparency",
    "alcaldia.web.kiosk",
    "alcaldia.web.api",
    "alcaldia.project.apps.ProjectConfig",
]

MIDDLEWARE = [
    "alcaldia.web.components.headers.SecurityHeaders",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "alcaldia.web.components.refusals.RefusalPages",
    "alcaldia.web.components.headers.OnlyTls",
    "alcaldia.web.components.limits.KnownMethods",
    "alcaldia.web.components.limits.BodyLimit",
    "alcaldia.web.components.limits.NoNul",
    "alcaldia.web.components.language.ChosenLanguage",
    "alcaldia.web.components.rate.RateLimits",
    "alcaldia.web.components.limits.ApiTakesJson",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "alcaldia.web.components.sessions.WhoIsHere",
    "alcaldia.web.components.readonly.ReadsDoNotWrite",
]

ROOT_URLCONF = "alcaldia.project.urls"
WSGI_APPLICATION = "alcaldia.project.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "alcaldia.web.components.sessions.here",
            ],
        },
    }
]

DATABASES = {"default": env.database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

BEHIND_TLS = env.flag("ALCALDIA_TLS")
# No account has a password, so there is neither django.contrib.auth nor its sessions: see web/components/sessions.py.
CSRF_COOKIE_NAME = "__Host-csrf" if BEHIND_TLS else "csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_SECURE = BEHIND_TLS
CSRF_FAILURE_VIEW = "alcaldia.web.components.refusals.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_TLS else None

LANGUAGE_COOKIE_NAME = "__Host-idioma" if BEHIND_TLS else "idioma"
LANGUAGE_COOKIE_SECURE = BEHIND_TLS
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_CODE = "es"
LOCALE_PATHS = [ROOT / "src" / "alcaldia" / "web" / "locale"]
LANGUAGES = languages.known(LOCALE_PATHS[0])
USE_I18N = True
USE_TZ = True
TIME_ZONE = "America/Mexico_City"

LOGGING = logs.configure()

STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": HOME / "documents"},
    },
    "staticfiles": {"BACKEND": "alcaldia.web.components.assets.KeptAddresses"},
}

DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
# Django's own keep larger files in a temporary folder, in the clear.
FILE_UPLOAD_HANDLERS = ["alcaldia.web.components.uploads.InMemory"]
IMPORT_MAX_BYTES = 300 * 1024 * 1024
MUNICIPALITIES_DIR = ROOT / "municipalities"
DATA_DIR = env.data_folder()
UPLOADS_DIR = HOME / "uploads"
