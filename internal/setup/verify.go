package setup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/center"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/audit/auditdb"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// VerifyAudit recomputes the access log of the center in dir (or in dir/center, as a
// demo lays it out) and checks every row, hash and checkpoint. A center may run and
// write meanwhile. The error names the first thing that does not hold.
func VerifyAudit(ctx context.Context, dir string) ([]audit.Summary, error) {
	file := filepath.Join(dir, FileConfig)
	if _, err := os.Stat(file); os.IsNotExist(err) {
		file = filepath.Join(dir, "center", FileConfig)
	}
	cfg, err := center.LoadConfig(file)
	if err != nil {
		return nil, err
	}
	public, err := os.ReadFile(AuditPublicKey(cfg))
	if err != nil {
		return nil, err
	}
	keys, err := audit.ParseKeys(strings.TrimSpace(string(public)))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", AuditPublicKey(cfg), err)
	}
	base, err := center.Open(ctx, cfg)
	if err != nil {
		return nil, err
	}
	var logs []audit.Summary
	err = base.DB.Snapshot(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		logs, err = auditdb.Verify(ctx, tx, keys)
		return err
	})
	return logs, errors.Join(err, base.Close())
}
