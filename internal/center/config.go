package center

import (
	"crypto/x509"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/passkey"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
	"mizuhiki.dev/mizuhiki/internal/platform/secretfile"
	"mizuhiki.dev/mizuhiki/internal/platform/tomlfile"
)

// ConfigVersion is the version of the configuration that this program reads.
const ConfigVersion = 1

// EnvDatabaseDSN names the environment variable that may hold the PostgreSQL
// connection string; the file never does.
const EnvDatabaseDSN = "MIZUHIKI_DATABASE_DSN"

// Config is a center's configuration, center.toml. Paths in the file are relative to
// its folder; secrets are named by file, never written down in it.
type Config struct {
	Version  int             `toml:"config_version"`
	Replica  ident.ReplicaID `toml:"replica" comment:"This replica's id. Each has its own log and its own assertion key."`
	Database DatabaseConfig  `toml:"database"`
	Portal   PortalConfig    `toml:"portal" comment:"The portal for people. Only registered terminals get through TLS."`
	Link     LinkConfig      `toml:"link" comment:"Where gateways dial in. Only enrolled gateways get through TLS."`
	Enroll   EnrollConfig    `toml:"enroll" comment:"Where a new gateway turns a one-time code into its certificate."`
	TLS      TLSConfig       `toml:"tls" comment:"The certificate of all three hosts, issued by 'mizuhiki init' or 'mizuhiki admin server'."`
	Keys     KeysConfig      `toml:"keys"`
	Log      logging.Config  `toml:"log"`

	// Clock and Logger are set by whoever starts a center in a program of its own.
	Clock  func() time.Time `toml:"-"`
	Logger *slog.Logger     `toml:"-"`
}

// DatabaseConfig says where the center keeps its rows.
type DatabaseConfig struct {
	Engine  db.Engine `toml:"engine" comment:"sqlite, or postgres for several replicas"`
	Path    string    `toml:"path,omitempty" comment:"sqlite: the file"`
	DSNFile string    `toml:"dsn_file,omitempty" comment:"postgres: file with the connection string; or the variable MIZUHIKI_DATABASE_DSN"`
}

// PortalConfig is the portal's listener.
type PortalConfig struct {
	Listen string `toml:"listen"`
	Public string `toml:"public" comment:"https://host:port that terminals open, told to them when they enrol. Its host is for which passkeys are made: changing it takes all of them away"`
	// PasskeyOrigins lets passkeys work behind a proxy that shows the portal under a name of its own.
	PasskeyOrigins []string `toml:"passkey_origins" comment:"further addresses, scheme://host[:port], under which browsers see the portal, such as a proxy's. Passkeys made at one work at that one"`
}

// LinkConfig is the listener for gateways.
type LinkConfig struct {
	Listen string `toml:"listen"`
	Public string `toml:"public" comment:"host:port that gateways dial, told to them when they enrol"`
}

// EnrollConfig is the enrolment listener.
type EnrollConfig struct {
	Listen string `toml:"listen"`
	Public string `toml:"public" comment:"https://host:port of this listener, as printed with one-time codes"`
}

// TLSConfig is the hosts' certificate.
type TLSConfig struct {
	Cert string `toml:"cert"`
	Key  string `toml:"key"`
}

// KeysConfig says where the keys lie, one per purpose.
type KeysConfig struct {
	Authority     string `toml:"authority" comment:"folder of the issuing CA: root.crt, issuing.crt, issuing.key"`
	AssertionRoot string `toml:"assertion_root" comment:"public key that gateways pin; its private key is kept offline"`
	AssertionKey  string `toml:"assertion_key" comment:"with which this replica signs assertions"`
	AssertionCert string `toml:"assertion_cert" comment:"by which the assertion root certifies that key"`
	AuditKey      string `toml:"audit_key" comment:"with which this replica signs checkpoints of its log"`
	Seal          string `toml:"seal" comment:"keyset for secrets in the database"`
}

// DefaultConfig is the configuration that `mizuhiki init` starts from.
func DefaultConfig() Config {
	return Config{
		Version:  ConfigVersion,
		Database: DatabaseConfig{Engine: db.SQLite, Path: "center.db"},
		Portal:   PortalConfig{Listen: ":8443"},
		Link:     LinkConfig{Listen: ":8444"},
		Enroll:   EnrollConfig{Listen: ":8445"},
		TLS:      TLSConfig{Cert: "tls/server.crt", Key: "tls/server.key"},
		Keys: KeysConfig{
			Authority:     "ca",
			AssertionRoot: "keys/assertion-root.pub",
			AssertionKey:  "keys/assertion.key",
			AssertionCert: "keys/assertion.cert",
			AuditKey:      "keys/audit.key",
			Seal:          "keys/seal.json",
		},
		Log: logging.DefaultConfig(),
	}
}

// LoadConfig reads center.toml, makes its paths absolute and refuses it with all of
// its problems at once.
func LoadConfig(path string) (Config, error) {
	cfg := DefaultConfig()
	cfg.Version = 0 // the file must say it
	if err := tomlfile.Read(path, &cfg); err != nil {
		return Config{}, err
	}
	if err := cfg.Absolute(path); err != nil {
		return Config{}, err
	}
	return cfg, tomlfile.Problems(path, cfg.Validate())
}

// Absolute makes paths that are relative to the folder of the file absolute.
func (c *Config) Absolute(file string) error {
	abs, err := filepath.Abs(file)
	if err != nil {
		return err
	}
	for _, p := range c.paths() {
		*p.path = tomlfile.Beside(abs, *p.path)
	}
	return nil
}

// pathKey is a configuration key that names a file or folder.
type pathKey struct {
	key  string
	path *string
}

func (c *Config) paths() []pathKey {
	return []pathKey{
		{"database.path", &c.Database.Path},
		{"database.dsn_file", &c.Database.DSNFile},
		{"tls.cert", &c.TLS.Cert},
		{"tls.key", &c.TLS.Key},
		{"keys.authority", &c.Keys.Authority},
		{"keys.assertion_root", &c.Keys.AssertionRoot},
		{"keys.assertion_key", &c.Keys.AssertionKey},
		{"keys.assertion_cert", &c.Keys.AssertionCert},
		{"keys.audit_key", &c.Keys.AuditKey},
		{"keys.seal", &c.Keys.Seal},
	}
}

// Validate lists every problem, each naming its key. It looks at the disk: a file
// that is missing is better told before anything is listened on.
func (c Config) Validate() []string {
	var out []string
	bad := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if c.Version != ConfigVersion {
		bad("config_version: is %d, this program reads %d", c.Version, ConfigVersion)
	}
	if c.Replica == "" {
		bad("replica: is missing")
	}
	for key, addr := range map[string]string{
		"portal.listen": c.Portal.Listen, "link.listen": c.Link.Listen, "enroll.listen": c.Enroll.Listen, "link.public": c.Link.Public,
	} {
		if _, _, err := net.SplitHostPort(addr); err != nil {
			bad("%s: %q is not host:port", key, addr)
		}
	}
	if u, err := url.Parse(c.Portal.Public); c.Portal.Public != "" && (err != nil || u.Scheme != "https" || u.Host == "") {
		bad("portal.public: %q is not an https:// address", c.Portal.Public)
	}
	for _, origin := range c.Portal.PasskeyOrigins {
		if err := passkey.CheckOrigin(origin); err != nil {
			bad("portal.passkey_origins: %v", err)
		}
	}
	switch c.Database.Engine {
	case db.SQLite:
		if c.Database.Path == "" {
			bad("database.path: is missing")
		}
	case db.Postgres:
		if c.Database.DSNFile == "" && os.Getenv(EnvDatabaseDSN) == "" {
			bad("database.dsn_file: is missing, and so is the variable %s", EnvDatabaseDSN)
		}
	default:
		bad("database.engine: %q is neither %q nor %q", c.Database.Engine, db.SQLite, db.Postgres)
	}
	for _, p := range c.paths() {
		switch {
		case p.key == "database.path": // made by migrate
		case *p.path == "" && p.key != "database.dsn_file":
			bad("%s: is missing", p.key)
		case *p.path != "":
			if _, err := os.Stat(*p.path); err != nil {
				bad("%s: %v", p.key, err)
			}
		}
	}
	return append(out, c.Log.Validate()...)
}

// origins gives the addresses at which passkeys can be used. Where browsers give none to
// the portal's own, which is so for a numeric one, people have password and code.
func (c Config) origins(log *slog.Logger) (passkey.Origins, error) {
	list := slices.Clone(c.Portal.PasskeyOrigins)
	if err := passkey.CheckOrigin(c.Portal.Public); err != nil {
		log.Warn("no passkeys at portal.public", logging.KeyError, err)
	} else {
		list = append(list, c.Portal.Public)
	}
	return passkey.NewOrigins(list...)
}

// hosts gives the names and addresses by which people and newcomers may ask for the center:
// those that its certificate holds for, those that they are told, and a proxy's.
func (c Config) hosts(server *x509.Certificate) []string {
	out := slices.Clone(server.DNSNames)
	for _, ip := range server.IPAddresses {
		out = append(out, ip.String())
	}
	for _, address := range append([]string{c.Portal.Public, c.Enroll.Public}, c.Portal.PasskeyOrigins...) {
		if u, err := url.Parse(address); err == nil && u.Host != "" {
			out = append(out, u.Host)
		}
	}
	return out
}

// database gives the database's configuration with its secret.
func (c Config) database() (db.Config, error) {
	out := db.Config{Engine: c.Database.Engine, Path: c.Database.Path, DSN: os.Getenv(EnvDatabaseDSN)}
	if c.Database.Engine == db.Postgres && c.Database.DSNFile != "" {
		data, err := secretfile.Read(c.Database.DSNFile)
		if err != nil {
			return out, fmt.Errorf("database.dsn_file: %w", err)
		}
		out.DSN = strings.TrimSpace(string(data))
	}
	return out, nil
}
