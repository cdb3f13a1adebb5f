package db

import (
	"errors"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"mizuhiki.dev/mizuhiki/internal/platform/cause"
)

// causes are what SQLite says of the disk (primary result codes, https://sqlite.org/rescode.html).
var causes = map[int]cause.Kind{
	sqlite3.SQLITE_FULL: cause.DiskFull, sqlite3.SQLITE_READONLY: cause.ReadOnly, sqlite3.SQLITE_IOERR: cause.Device,
	sqlite3.SQLITE_PERM: cause.Permission, sqlite3.SQLITE_CANTOPEN: cause.Gone,
}

// withCause gives an error of SQLite its cause.
func withCause(err error) error {
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		if kind, ok := causes[lite.Code()&0xff]; ok {
			return cause.Or(kind, err)
		}
	}
	return err
}
