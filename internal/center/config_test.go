package center_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/center"
)

// writeConfig writes text as center.toml into a folder that has every file of the
// default configuration, empty.
func writeConfig(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	k := center.DefaultConfig().Keys
	tls := center.DefaultConfig().TLS
	for _, name := range []string{filepath.Join(k.Authority, "root.crt"), k.AssertionRoot, k.AssertionKey, k.AssertionCert, k.AuditKey, k.Seal, tls.Cert, tls.Key} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "center.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const minimal = "config_version = 1\nreplica = \"r1\"\n[link]\npublic = \"center.example:8444\"\n"

func TestLoadConfig(t *testing.T) {
	path := writeConfig(t, minimal)
	cfg, err := center.LoadConfig(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := cfg.Database.Path, filepath.Join(filepath.Dir(path), "center.db"); got != want {
		t.Errorf("database.path = %q, want %q: relative to the file", got, want)
	}
	if cfg.Portal.Listen != ":8443" || cfg.Link.Public != "center.example:8444" {
		t.Errorf("config = %+v", cfg)
	}
}

func TestLoadConfig_namesWhatIsWrong(t *testing.T) {
	for name, tc := range map[string]struct {
		text string
		want []string
	}{
		"unknown key":                  {minimal + "[portal]\nport = 1\n", []string{"portal.port"}},
		"no version":                   {"replica = \"r1\"\n[link]\npublic = \"a:1\"\n", []string{"config_version"}},
		"a later version":              {strings.Replace(minimal, "= 1", "= 2", 1), []string{"config_version", "2"}},
		"a page that is no secure one": {minimal + "[portal]\npasskey_origins = [\"https://a.example\", \"http://b.example\"]\n", []string{"portal.passkey_origins", "b.example"}},
		"a file is missing":            {minimal + "[tls]\ncert = \"none.crt\"\n", []string{"tls.cert", "none.crt"}},
		"all at once": {
			"config_version = 1\n[portal]\nlisten = \"8443\"\n[database]\nengine = \"oracle\"\n[log]\nformat = \"xml\"\n",
			[]string{"replica", "portal.listen", "link.public", "database.engine", "log.format"},
		},
		"no database file": {minimal + "[database]\npath = \"\"\n", []string{"database.path"}},
		"no secret":        {minimal + "[database]\nengine = \"postgres\"\n", []string{"database.dsn_file", center.EnvDatabaseDSN}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(center.EnvDatabaseDSN, "")
			_, err := center.LoadConfig(writeConfig(t, tc.text))
			for _, want := range tc.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("LoadConfig = %v, want it to name %s", err, want)
				}
			}
		})
	}
}

func TestDefaultConfig_holdsNoSecret(t *testing.T) {
	if got := center.DefaultConfig().Database.DSNFile; got != "" {
		t.Errorf("dsn_file = %q", got)
	}
}
