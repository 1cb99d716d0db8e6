"""Who is who: persons, officials, their posts, passkeys and sessions.

Promises: nobody enters by a password, officials least of all; a person's rows hold a random id and no
personal datum; posts, not people, carry permissions; each login, device and log-out is its owner's to see.
"""
