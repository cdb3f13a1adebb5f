package db_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/db/dbtest"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
)

const insertUnion = `INSERT INTO network_union (id, name, created_at) VALUES ($1, $2, $3)`

func TestInTx_rollsBackOnError(t *testing.T) {
	dbtest.Each(t, migrate.Center, func(t *testing.T, d *db.DB) {
		boom := errors.New("boom")
		err := d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			if _, err := tx.ExecContext(ctx, insertUnion, "u", "name", 1); err != nil {
				return err
			}
			return boom
		})
		if !errors.Is(err, boom) {
			t.Fatalf("InTx = %v, want %v", err, boom)
		}
		var n int
		if err := d.Reader().QueryRowContext(t.Context(), `SELECT COUNT(*) FROM network_union`).Scan(&n); err != nil || n != 0 {
			t.Errorf("rows after rollback = %d, %v, want 0", n, err)
		}
	})
}

// Two transactions that both read and then write the same row must not lose an update.
func TestInTx_serialisesReadThenWrite(t *testing.T) {
	dbtest.Each(t, migrate.Center, func(t *testing.T, d *db.DB) {
		if _, err := d.Writer().ExecContext(t.Context(), insertUnion, "u", "name", 0); err != nil {
			t.Fatal(err)
		}
		const workers, rounds = 4, 10
		var wg sync.WaitGroup
		for range workers {
			wg.Go(func() {
				for range rounds {
					err := d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
						var n int64
						if err := tx.QueryRowContext(ctx, `SELECT created_at FROM network_union WHERE id = $1`, "u").Scan(&n); err != nil {
							return err
						}
						_, err := tx.ExecContext(ctx, `UPDATE network_union SET created_at = $2 WHERE id = $1`, "u", n+1)
						return err
					})
					if err != nil {
						t.Errorf("InTx: %v", err)
					}
				}
			})
		}
		wg.Wait()
		var n int
		if err := d.Reader().QueryRowContext(t.Context(), `SELECT created_at FROM network_union`).Scan(&n); err != nil || n != workers*rounds {
			t.Errorf("count = %d, %v, want %d", n, err, workers*rounds)
		}
	})
}

func TestIsUnique(t *testing.T) {
	dbtest.Each(t, migrate.Center, func(t *testing.T, d *db.DB) {
		insert := func() error {
			_, err := d.Writer().ExecContext(t.Context(), insertUnion, "u", "name", 1)
			return err
		}
		if err := insert(); err != nil {
			t.Fatal(err)
		}
		if err := insert(); !db.IsUnique(err) {
			t.Errorf("IsUnique(%v) = false, want true", err)
		}
	})
}

func TestOne_namesWhatIsMissing(t *testing.T) {
	d := dbtest.SQLite(t, migrate.Center)
	_, err := db.One(t.Context(), d.Reader(), "union", func(s db.Scanner) (string, error) {
		var v string
		return v, s(&v)
	}, `SELECT name FROM network_union WHERE id = $1`, "none")
	if !fault.Is(err, fault.NotFound) || !strings.Contains(err.Error(), "union") {
		t.Errorf("One = %v, want not found naming the union", err)
	}
}

func TestReadersCannotWrite(t *testing.T) {
	d := dbtest.SQLite(t, migrate.Center)
	if _, err := d.Reader().ExecContext(t.Context(), insertUnion, "u", "name", 1); err == nil {
		t.Error("a reader wrote")
	}
}

func TestCheck(t *testing.T) {
	for name, tc := range map[string]struct {
		prepare func(t *testing.T, d *db.DB)
		want    string
	}{
		"empty":     {func(*testing.T, *db.DB) {}, "no center schema yet"},
		"gateway's": {func(t *testing.T, d *db.DB) { up(t, d, migrate.Gateway) }, "it is a gateway's"},
		"older": {func(t *testing.T, d *db.DB) {
			up(t, d, migrate.Center)
			set(t, d, "DELETE FROM schema_version_center WHERE version_id > 0")
		}, "run `mizuhiki migrate`"},
		"newer": {func(t *testing.T, d *db.DB) {
			up(t, d, migrate.Center)
			set(t, d, "UPDATE schema_version_center SET version_id = 9999 WHERE version_id > 0")
		}, "a newer program"},
		"its own": {func(t *testing.T, d *db.DB) { up(t, d, migrate.Center) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := db.Open(t.Context(), db.Config{Engine: db.SQLite, Path: filepath.Join(t.TempDir(), "c.db")})
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			tc.prepare(t, d)
			err = migrate.Check(t.Context(), d, migrate.Center)
			if tc.want == "" {
				if err != nil {
					t.Errorf("Check = %v, want nil", err)
				}
				return
			}
			if !errors.Is(err, migrate.ErrSchema) || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("Check = %v, want it to say %q", err, tc.want)
			}
		})
	}
}

func up(t *testing.T, d *db.DB, s migrate.Set) {
	t.Helper()
	if _, _, err := migrate.Up(t.Context(), d, s); err != nil {
		t.Fatal(err)
	}
}

func set(t *testing.T, d *db.DB, stmt string) {
	t.Helper()
	if _, err := d.Writer().ExecContext(t.Context(), stmt); err != nil {
		t.Fatal(err)
	}
}
