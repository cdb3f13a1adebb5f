package gateway_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/gateway"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// enrolled is a folder as enrolment leaves it, with empty identity files.
func enrolled(t *testing.T) (file string, storage string) {
	t.Helper()
	dir := t.TempDir()
	storage = filepath.Join(dir, "ssmix2")
	for _, d := range []string{storage, filepath.Join(dir, "identity")} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	def := gateway.DefaultConfig().Identity
	for _, f := range []string{def.Cert, def.Key, def.Root, def.AssertionRoot} {
		if err := os.WriteFile(filepath.Join(dir, f), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	file = filepath.Join(dir, "gateway.toml")
	answer := wire.EnrollAnswer{Gateway: ident.New[ident.GatewayID](), Facility: ident.New[ident.FacilityID](), Link: "center.example:8444"}
	if err := gateway.WriteConfig(file, answer, []string{storage}, nil); err != nil {
		t.Fatal(err)
	}
	return file, storage
}

// edit replaces one piece of the configuration.
func edit(t *testing.T, file, old, piece string) {
	t.Helper()
	body, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(body), old) {
		t.Fatalf("%q is not in\n%s", old, body)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(body), old, piece, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestWriteConfig_isWhatLoadConfigReads(t *testing.T) {
	file, storage := enrolled(t)
	got, err := gateway.LoadConfig(file)
	if err != nil {
		t.Fatal(err)
	}
	want := gateway.DefaultConfig()
	want.Gateway, want.Facility, want.Center.Link = got.Gateway, got.Facility, "center.example:8444"
	want.Storage.Roots, want.Storage.Extended = []string{storage}, []string{}
	want.Absolute(file)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("configuration (-want +got):\n%s", diff)
	}
	if err := gateway.WriteConfig(file, wire.EnrollAnswer{}, nil, nil); err == nil {
		t.Error("an existing configuration was written over")
	}
}

func TestLoadConfig_names(t *testing.T) {
	for name, tc := range map[string]struct{ old, piece, want string }{
		"an unknown key":            {"poll_seconds", "pol_seconds", "pol_seconds"},
		"a missing version":         {"config_version = 1", "", "config_version"},
		"a version of tomorrow":     {"config_version = 1", "config_version = 2", "config_version"},
		"a center without a port":   {"center.example:8444", "center.example", "center.link"},
		"an id that is none":        {"gateway = '", "gateway = 'x", "gateway"},
		"a missing identity":        {"identity/gateway.key", "identity/no.key", "no.key"},
		"no time between rounds":    {"poll_seconds = 2", "poll_seconds = 0", "storage.poll_seconds"},
		"a database in the storage": {"database = 'gateway.db'", "database = 'ssmix2/gateway.db'", "database"},
		"messages in the storage":   {"folder = 'received'", "folder = 'ssmix2/received'", "received.folder"},
		"no room to spare":          {"min_free_mb = 1024", "min_free_mb = 0", "received.min_free_mb"},
		"a listener without a list": {"[log]", "[[mllp]]\nname = 'ehr'\nlisten = ':0'\nsecurity = 'tls'\n[log]", "mllp ehr: allow_addresses"},
		"an unknown kind":           {"[release.lab]", "[release.genome]", "genome"},
		"an unknown audience":       {"nurse = 0", "nurses = 0", "nurses"},
		"a delay of years":          {"nurse = 0", "nurse = 1000", "delay"},
		"a console without a port":  {"listen = ''", "listen = '127.0.0.1'", "console.listen"},
	} {
		t.Run(name, func(t *testing.T) {
			file, _ := enrolled(t)
			edit(t, file, tc.old, tc.piece)
			_, err := gateway.LoadConfig(file)
			if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), file) {
				t.Errorf("LoadConfig = %v, want an error that names %s and the file", err, tc.want)
			}
		})
	}
}

func TestValidate_listsAllProblems(t *testing.T) {
	got := gateway.Config{}.Validate()
	for _, key := range []string{
		"config_version", "gateway", "facility", "database", "center.link", "identity.cert", "identity.key", "identity.root",
		"identity.assertion_root", "storage.roots", "storage.poll_seconds", "storage.workers", "storage.budget", "log.format",
	} {
		if !strings.Contains("\n"+strings.Join(got, "\n"), "\n"+key+":") {
			t.Errorf("%s is not among the problems:\n%s", key, strings.Join(got, "\n"))
		}
	}
	dir := t.TempDir()
	two := gateway.StorageConfig{Roots: []string{"/mnt/1310000001_1", "/mnt/1310000001_2"}, Extended: []string{"/mnt/1330000002/extended"}}
	if got := strings.Join(gateway.Config{Storage: two}.Validate(), "\n"); !strings.Contains(got, "1310000001 and 1330000002") || !strings.Contains(got, "storage.several_facilities") {
		t.Errorf("roots of two facilities were taken:\n%s", got)
	}
	two.Facilities = true
	if got := strings.Join(gateway.Config{Storage: two}.Validate(), "\n"); strings.Contains(got, "two facilities") {
		t.Errorf("roots of two facilities that share their numbers were refused:\n%s", got)
	}
	nested := gateway.Config{Storage: gateway.StorageConfig{Roots: []string{dir, filepath.Join(dir, "volume")}}}
	if !strings.Contains(strings.Join(nested.Validate(), "\n"), "lie in each other") {
		t.Error("a folder within another was taken")
	}
}

// A folder that is there under two names would be read twice, and each of its files would
// be the other's rival.
func TestValidate_oneFolderTwice(t *testing.T) {
	dir := t.TempDir()
	for _, d := range []string{"a/sub", "b"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{"link": "a", "deep": "a/sub", "up": ".", "gone": "c"} {
		if err := os.Symlink(filepath.Join(dir, to), filepath.Join(dir, link)); err != nil {
			t.Skipf("SKIPPED: no symbolic links here: %v", err)
		}
	}
	for name, tc := range map[string]struct {
		roots, extended    []string
		database, received string
		want               string // empty: nothing of the kind
	}{
		"two folders":               {roots: []string{"a", "b"}},
		"one by the same name":      {roots: []string{"a", "a"}, want: "are the same folder"},
		"one through a link":        {roots: []string{"a", "link"}, want: "are the same folder"},
		"the link before":           {roots: []string{"link", "a"}, want: "are the same folder"},
		"through a link above":      {roots: []string{"b", "up/b"}, want: "are the same folder"},
		"one in the other":          {roots: []string{"a", "deep"}, want: "lie in each other"},
		"as both storages":          {roots: []string{"a"}, extended: []string{"link"}, want: "storage.extended_roots: "},
		"away, of the same name":    {roots: []string{"c", "c"}, want: "are the same folder"},
		"away":                      {roots: []string{"c", "b"}},
		"a link to what is away":    {roots: []string{"gone", "a"}},
		"the index in it":           {roots: []string{"link"}, database: "a/gateway.db", want: "database: "},
		"the index in a new folder": {roots: []string{"link"}, database: "a/new/gateway.db", want: "database: "},
		"messages in it":            {roots: []string{"a"}, received: "link/received", want: "received.folder: "},
		"messages beside it":        {roots: []string{"a"}, received: "received"},
	} {
		t.Run(name, func(t *testing.T) {
			at := func(paths []string) (out []string) {
				for _, p := range paths {
					out = append(out, filepath.Join(dir, p))
				}
				return out
			}
			cfg := gateway.DefaultConfig()
			cfg.Storage.Roots, cfg.Storage.Extended = at(tc.roots), at(tc.extended)
			cfg.Database, cfg.Received.Folder = filepath.Join(dir, "gateway.db"), filepath.Join(dir, "received")
			if tc.database != "" {
				cfg.Database = filepath.Join(dir, tc.database)
			}
			if tc.received != "" {
				cfg.Received.Folder = filepath.Join(dir, tc.received)
			}
			var got []string
			for _, p := range cfg.Validate() {
				if strings.Contains(p, dir) && !strings.HasPrefix(p, "identity.") {
					got = append(got, p)
				}
			}
			if (tc.want != "") != (len(got) == 1) || !strings.Contains(strings.Join(got, "\n"), tc.want) {
				t.Errorf("problems %q, want %q", got, tc.want)
			}
		})
	}
}

// Status, accounts and releases are wanted just when the hospital's share is away.
func TestLoadConfig_storageAway(t *testing.T) {
	file, root := enrolled(t)
	if err := os.Rename(root, root+".away"); err != nil {
		t.Fatal(err)
	}
	if _, err := gateway.LoadConfig(file); err != nil {
		t.Errorf("LoadConfig = %v", err)
	}
	if err := os.WriteFile(root, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := gateway.LoadConfig(file); err == nil || !strings.Contains(err.Error(), "is not a folder") {
		t.Errorf("LoadConfig of a file = %v", err)
	}
}

// What the file says of release is all that is released; without a word of it the
// default holds.
func TestLoadConfig_release(t *testing.T) {
	file, _ := enrolled(t)
	body, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, _, _ := strings.Cut(string(body), "# What a new index releases")
	if before == string(body) {
		t.Fatalf("no release in\n%s", body)
	}
	for name, tc := range map[string]struct {
		piece string
		want  gateway.ReleaseRows
	}{
		"nothing said": {"", gateway.DefaultConfig().Release},
		"one row": {"[release.lab]\nphysician = 7\n", gateway.ReleaseRows{
			clinical.KindLab: {access.AudiencePhysician: 7},
		}},
		"nothing released": {"[release]\n", gateway.ReleaseRows{}},
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(file, []byte(before+tc.piece), 0o600); err != nil {
				t.Fatal(err)
			}
			cfg, err := gateway.LoadConfig(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, cfg.Release); diff != "" {
				t.Errorf("release (-want +got):\n%s", diff)
			}
		})
	}
}

func TestValidate_console(t *testing.T) {
	for name, tc := range map[string]struct {
		console gateway.ConsoleConfig
		want    string // key that is complained of; empty: none
	}{
		"none":                  {gateway.ConsoleConfig{}, ""},
		"on the network":        {gateway.ConsoleConfig{Listen: "10.1.2.3:8450"}, ""},
		"plain on loopback":     {gateway.ConsoleConfig{Listen: "127.0.0.1:8450", PlainHTTP: true}, ""},
		"plain by name":         {gateway.ConsoleConfig{Listen: "localhost:8450", PlainHTTP: true}, ""},
		"plain on IPv6":         {gateway.ConsoleConfig{Listen: "[::1]:8450", PlainHTTP: true}, ""},
		"plain on the network":  {gateway.ConsoleConfig{Listen: "10.1.2.3:8450", PlainHTTP: true}, "console.plain_http"},
		"plain on any address":  {gateway.ConsoleConfig{Listen: ":8450", PlainHTTP: true}, "console.plain_http"},
		"plain on 0.0.0.0":      {gateway.ConsoleConfig{Listen: "0.0.0.0:8450", PlainHTTP: true}, "console.plain_http"},
		"plain by another name": {gateway.ConsoleConfig{Listen: "gw.example:8450", PlainHTTP: true}, "console.plain_http"},
		"plain, with TLS":       {gateway.ConsoleConfig{Listen: "127.0.0.1:0", PlainHTTP: true, Cert: "a", Key: "b"}, "console.plain_http"},
		"a certificate alone":   {gateway.ConsoleConfig{Listen: "10.1.2.3:8450", Cert: "a"}, "console.cert"},
		"no port":               {gateway.ConsoleConfig{Listen: "10.1.2.3"}, "console.listen"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := gateway.DefaultConfig()
			cfg.Console = tc.console
			var got []string
			for _, p := range cfg.Validate() {
				if strings.HasPrefix(p, "console.") {
					got = append(got, p)
				}
			}
			if (tc.want == "") != (len(got) == 0) || tc.want != "" && !strings.HasPrefix(got[0], tc.want) {
				t.Errorf("problems %v, want %q", got, tc.want)
			}
		})
	}
}
