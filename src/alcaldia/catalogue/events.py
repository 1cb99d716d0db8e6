"""Acts of the catalogue: a municipality's tree, words or agencies changed, or went back to what they were."""

VERSION_KEPT = "catalogue.version_kept"
VERSION_RESTORED = "catalogue.version_restored"
