# SPDX-License-Identifier: Apache-2.0
"""Three places to keep a number. Each imports its client library only when it is chosen, because an
image holds only its own variant's."""
import os
import threading


class Memory:
    name = "memory"
    errors = ()

    def __init__(self):
        self._lock = threading.Lock()
        self._n = 0

    def increment(self):
        with self._lock:
            self._n += 1
            return self._n


class Redis:
    name = "redis"

    def __init__(self):
        import redis

        self.errors = (redis.RedisError,)
        self._client = redis.Redis.from_url(os.environ["REDIS_URL"], socket_timeout=2)

    def increment(self):
        return self._client.incr("hits")


class Postgres:
    name = "postgres"

    def __init__(self):
        import psycopg2

        self.errors = (psycopg2.Error,)
        self._connect = lambda: psycopg2.connect(os.environ["DATABASE_URL"], connect_timeout=2)

    def increment(self):
        connection = self._connect()
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute("CREATE TABLE IF NOT EXISTS hits (id int PRIMARY KEY, n bigint)")
                cursor.execute(
                    "INSERT INTO hits VALUES (1, 1)"
                    " ON CONFLICT (id) DO UPDATE SET n = hits.n + 1 RETURNING n"
                )
                return cursor.fetchone()[0]
        finally:
            connection.close()


def open_backend(name):
    backends = {"memory": Memory, "redis": Redis, "postgres": Postgres}
    return backends[name]()
