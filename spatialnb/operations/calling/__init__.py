"""What happens between asking for an operation and having its outcome.

`pipeline.STAGES` is the whole way of a call, outermost first; a new stage is one function in a module of its own and
one row of that table. `call.Calling` is what the stages pass on.
"""
