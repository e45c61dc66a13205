"""Whether a restored database is whole: asked of every restore test, told to AWS Backup (SEC-13, DATA-02).

| part | where it runs | what it can reach |
|---|---|---|
| `database` | a function in the private subnets | the restored database, and nothing else |
| `judge` | a function outside the network | AWS Backup, RDS, the first function, records, metrics |

So whoever sees people's data cannot tell anybody but the judge, and the judge cannot see it.
"""
