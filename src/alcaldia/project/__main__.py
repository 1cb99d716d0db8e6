import sys

from alcaldia.project.cli import main

sys.exit(main(sys.argv[1:]))
