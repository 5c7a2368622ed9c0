"""Reading English without a model: words, numbers, measures and noun phrases.

`words` knows inflection and spelling, `tokens` cuts text up, `numbers` and `vocabulary` say what words mean,
`nouns` reads
phrases such as "the three largest red photos except the first" as selections. Clauses are the planner's
(`spatialnb.agent.planner`).
"""
