package center

import (
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/audit/auditdb"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
	"mizuhiki.dev/mizuhiki/internal/platform/seal"
	"mizuhiki.dev/mizuhiki/internal/platform/secretfile"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// Base is a center's database and keys, opened and checked, with nothing listening
// yet: what servers start from and what an operator's commands work on.
type Base struct {
	Config        Config
	DB            *db.DB
	Audit         auditdb.Log
	AuditSigner   note.Signer
	Authority     *tlsid.Authority
	Server        tls.Certificate
	AssertionRoot ed25519.PublicKey
	Signer        *wire.Signer
	Seal          *seal.Box
	Clock         func() time.Time
	Logger        *slog.Logger
}

// Open opens what the configuration names. A database whose schema is not this
// program's is refused (see [migrate.Check]); keys that do not belong together are too.
func Open(ctx context.Context, cfg Config) (*Base, error) {
	b := &Base{Config: cfg, Audit: auditdb.Log{Replica: cfg.Replica}, Clock: cfg.Clock, Logger: cfg.Logger}
	if b.Clock == nil {
		b.Clock = time.Now
	}
	if b.Logger == nil {
		b.Logger = logging.New(os.Stderr, cfg.Log)
	}
	if err := b.readKeys(); err != nil {
		return nil, err
	}
	d, err := openDatabase(ctx, cfg)
	if err != nil {
		return nil, err
	}
	if err := migrate.Check(ctx, d, migrate.Center); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", databaseName(cfg), err), d.Close())
	}
	b.DB = d
	return b, nil
}

// Close closes the database.
func (b *Base) Close() error { return b.DB.Close() }

// Migrate brings the configured database to this program's schema.
func Migrate(ctx context.Context, cfg Config) (from, to int64, err error) {
	d, err := openDatabase(ctx, cfg)
	if err != nil {
		return 0, 0, err
	}
	from, to, err = migrate.Up(ctx, d, migrate.Center)
	if err != nil {
		err = fmt.Errorf("%s: %w", databaseName(cfg), err)
	}
	return from, to, errors.Join(err, d.Close())
}

func openDatabase(ctx context.Context, cfg Config) (*db.DB, error) {
	dc, err := cfg.database()
	if err != nil {
		return nil, err
	}
	return db.Open(ctx, dc)
}

// databaseName names the database in errors, without its secret.
func databaseName(cfg Config) string {
	if cfg.Database.Engine == db.SQLite {
		return "database.path " + cfg.Database.Path
	}
	return "database"
}

func (b *Base) readKeys() (err error) {
	keys := b.Config.Keys
	if b.Server, err = tlsid.ReadIdentity(b.Config.TLS.Cert, b.Config.TLS.Key); err != nil {
		return fmt.Errorf("tls: %w", err)
	}
	if b.Authority, err = tlsid.LoadAuthority(keys.Authority, b.Clock); err != nil {
		return fmt.Errorf("keys.authority: %w", err)
	}
	if b.AssertionRoot, err = tlsid.ReadPublicKey(keys.AssertionRoot); err != nil {
		return fmt.Errorf("keys.assertion_root: %w", err)
	}
	if b.Signer, err = readSigner(keys, b.AssertionRoot); err != nil {
		return err
	}
	if b.Signer.Replica() != b.Config.Replica {
		return fmt.Errorf("keys.assertion_cert is for replica %s, the configuration for %s", b.Signer.Replica(), b.Config.Replica)
	}
	if b.AuditSigner, err = readAuditKey(keys.AuditKey, b.Config); err != nil {
		return fmt.Errorf("keys.audit_key: %w", err)
	}
	if b.Seal, err = seal.Load(keys.Seal); err != nil {
		return fmt.Errorf("keys.seal: %w", err)
	}
	return nil
}

func readSigner(keys KeysConfig, root ed25519.PublicKey) (*wire.Signer, error) {
	key, err := tlsid.ReadSigningKey(keys.AssertionKey)
	if err != nil {
		return nil, fmt.Errorf("keys.assertion_key: %w", err)
	}
	cert, err := os.ReadFile(keys.AssertionCert)
	if err != nil {
		return nil, fmt.Errorf("keys.assertion_cert: %w", err)
	}
	signer, err := wire.NewSigner(key, strings.TrimSpace(string(cert)))
	if err != nil {
		return nil, fmt.Errorf("keys.assertion_cert: %w", err)
	}
	return signer, nil
}

func readAuditKey(path string, cfg Config) (note.Signer, error) {
	data, err := secretfile.Read(path)
	if err != nil {
		return nil, err
	}
	signer, err := note.NewSigner(strings.TrimSpace(string(data)))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if want := audit.Origin(cfg.Replica); signer.Name() != want {
		return nil, fmt.Errorf("%s is the key of %s, not of %s", path, signer.Name(), want)
	}
	return signer, nil
}
