// Package dbtest runs store tests on every engine: SQLite in a temporary file, and
// PostgreSQL where MIZUHIKI_TEST_POSTGRES holds a connection string.
package dbtest

import (
	"crypto/rand"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
)

// EnvPostgres names the environment variable with the connection URL of a database
// in which the tests may make and drop schemas.
const EnvPostgres = "MIZUHIKI_TEST_POSTGRES"

// Each runs fn once per engine with a fresh, migrated database.
func Each(t *testing.T, set migrate.Set, fn func(t *testing.T, d *db.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { fn(t, SQLite(t, set)) })
	t.Run("postgres", func(t *testing.T) {
		base := os.Getenv(EnvPostgres)
		if base == "" {
			t.Skipf("%s is not set: the store tests ran on SQLite only", EnvPostgres)
		}
		fn(t, postgres(t, base, set))
	})
}

// SQLite gives a fresh, migrated SQLite database that ends with the test.
func SQLite(t testing.TB, set migrate.Set) *db.DB {
	t.Helper()
	return open(t, db.Config{Engine: db.SQLite, Path: filepath.Join(t.TempDir(), string(set)+".db")}, set)
}

func postgres(t testing.TB, base string, set migrate.Set) *db.DB {
	t.Helper()
	schema := "t_" + strings.ToLower(rand.Text())
	admin, err := db.Open(t.Context(), db.Config{Engine: db.Postgres, DSN: base})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { admin.Close() })
	if _, err := admin.Writer().ExecContext(t.Context(), "CREATE SCHEMA "+schema); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { admin.Writer().Exec("DROP SCHEMA " + schema + " CASCADE") })
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("search_path", schema)
	u.RawQuery = q.Encode()
	return open(t, db.Config{Engine: db.Postgres, DSN: u.String()}, set)
}

func open(t testing.TB, cfg db.Config, set migrate.Set) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("close database: %v", err)
		}
	})
	if _, _, err := migrate.Up(t.Context(), d, set); err != nil {
		t.Fatal(err)
	}
	return d
}
