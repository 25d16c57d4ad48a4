"""Where the ADBC drivers of this Python lie, by the database they are for."""

import json

import adbc_driver_postgresql
import adbc_driver_sqlite

print(json.dumps({"sqlite": adbc_driver_sqlite._driver_path(), "postgresql": adbc_driver_postgresql._driver_path()}))
