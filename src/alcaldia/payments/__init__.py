"""Payments: what is owed is an order, each try to pay it an attempt, each thing a provider says an event.

Money that arrives is credited once: applied to its order, held for a person to reconcile, or given back.
An order is paid at most once, and only by what a provider signed or answered, never by the browser's return.
Nothing here says who pays: an order names a subject such as ``case:FOLIO`` and no person.
"""
