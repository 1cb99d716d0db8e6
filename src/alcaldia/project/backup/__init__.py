"""Backups that a stolen copy, a ransom note or a hostile administrator cannot turn against the city.

Promise: a folder that only grows (a chain of hashes says when it does not), at most five seconds behind, that
restores with nothing but this program, holds no usable key, and proves from the log that nothing is missing.
The keys travel in it sealed to the council, whose members hold the opening in parts, on paper.
"""
