"""The citizen's vault: what the city holds on a person, encrypted to a key that only the broker can use.

Promises: no plain personal datum in any column; whoever may write knows only public keys; whoever
reads goes through the broker (`alcaldia.broker`, a process of its own), which checks a grant that the
person signed and writes the access to its log before it answers. `rules/` is pure and shared with it.
"""
