"""How a procedure is written, decided and kept moving: pure, without clock, database or framework.

`definition` is what a city writes; `program` is the same compiled; `evaluate` decides with a trace;
`form` says what to ask next; `deadlines` counts working days; `flow` is the life of a case;
`findings` says what is wrong with a definition before anyone suffers it.
"""
