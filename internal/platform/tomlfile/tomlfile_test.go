package tomlfile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/platform/tomlfile"
)

type config struct {
	Version int `toml:"config_version"`
	Portal  struct {
		Listen string `toml:"listen"`
	} `toml:"portal"`
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "center.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRead_keepsDefaults(t *testing.T) {
	var c config
	c.Portal.Listen = ":8443"
	if err := tomlfile.Read(write(t, "config_version = 1\n"), &c); err != nil {
		t.Fatal(err)
	}
	if c.Version != 1 || c.Portal.Listen != ":8443" {
		t.Errorf("config = %+v", c)
	}
}

// Editors of Windows begin a file with a mark.
func TestRead_byteOrderMark(t *testing.T) {
	var c config
	if err := tomlfile.Read(write(t, "\uFEFFconfig_version = 1\n"), &c); err != nil || c.Version != 1 {
		t.Errorf("UTF-8 with a mark: %+v, %v", c, err)
	}
	for name, text := range map[string]string{"little": "\xFF\xFEa\x00 \x00=\x001\x00", "big": "\xFE\xFF\x00a\x00 \x00=\x001", "no mark": "a\x00 \x00=\x001\x00"} {
		path := write(t, text)
		if err := tomlfile.Read(path, &c); err == nil || err.Error() != path+": is in UTF-16, save it as UTF-8" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := tomlfile.Read(write(t, "\uFEFFa = 1\n"), &c); err == nil || !strings.Contains(err.Error(), ":1: unknown key a") {
		t.Errorf("a place behind a mark: %v", err)
	}
}

func TestRead_refusalsNameThePlace(t *testing.T) {
	for name, tc := range map[string]struct{ text, want string }{
		"unknown key":     {"config_version = 1\n[portal]\nlisen = \"x\"\n", ":3: unknown key portal.lisen"},
		"unknown table":   {"[portals]\nlisten = \"x\"\n", "unknown key portals"},
		"wrong type":      {"config_version = \"one\"\n", ":1:"},
		"not TOML":        {"config_version = \n", ":1:"},
		"twice the same":  {"config_version = 1\nconfig_version = 2\n", "config_version"},
		"two at one time": {"a = 1\nb = 2\n", "unknown key b"},
	} {
		t.Run(name, func(t *testing.T) {
			var c config
			path := write(t, tc.text)
			if err := tomlfile.Read(path, &c); err == nil || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("Read = %v, want it to name %s and say %q", err, path, tc.want)
			}
		})
	}
	if err := tomlfile.Read(filepath.Join(t.TempDir(), "none.toml"), &config{}); !os.IsNotExist(err) && !strings.Contains(err.Error(), "none.toml") {
		t.Errorf("Read of a missing file = %v", err)
	}
}

func TestBeside(t *testing.T) {
	for path, want := range map[string]string{"": "", "ca": "/etc/m/ca", "/srv/x": "/srv/x", "../y": "/etc/y"} {
		if got := tomlfile.Beside("/etc/m/center.toml", path); got != want {
			t.Errorf("Beside(%q) = %q, want %q", path, got, want)
		}
	}
}

func TestProblems(t *testing.T) {
	if err := tomlfile.Problems("center.toml", nil); err != nil {
		t.Errorf("Problems(none) = %v", err)
	}
	err := tomlfile.Problems("center.toml", []string{"a: x", "b: y"})
	if err == nil || !strings.Contains(err.Error(), "a: x") || !strings.Contains(err.Error(), "b: y") {
		t.Errorf("Problems = %v", err)
	}
}
