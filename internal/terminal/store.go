package terminal

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	pkcs12 "software.sslmate.com/src/go-pkcs12"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/platform/secretfile"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
)

// SystemStore is the store of this system's browsers: NSS on Linux (Chromium, Chrome and
// Edge; Firefox keeps profiles of its own), the user's certificate store on Windows, the
// login keychain on macOS. Other systems have none that this program knows.
func SystemStore() (Store, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return nil, err
	}
	return storeOf(runtime.GOOS, home, run)
}

// A runner runs one of the system's own tools and gives what it wrote.
type runner func(ctx context.Context, tool string, args ...string) (output string, err error)

func storeOf(system, home string, run runner) (Store, error) {
	switch system {
	case "linux":
		return nss{filepath.Join(home, ".pki", "nssdb"), run}, nil
	case "windows":
		return windows{run}, nil
	case "darwin":
		return keychain{filepath.Join(home, "Library", "Keychains", "login.keychain-db"), run}, nil
	}
	return nil, fault.New(fault.Invalid, "no certificate store is known on %s: use --out and import the files", system)
}

// run gives the last line that a tool wrote with its error: the tools say there what
// was wrong.
func run(ctx context.Context, tool string, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, tool, args...).CombinedOutput()
	text := strings.TrimSpace(string(out))
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s", tool, err, text[strings.LastIndexByte(text, '\n')+1:])
	}
	return text, nil
}

// do is for tools of which only the failure is of interest.
func (r runner) do(ctx context.Context, tool string, args ...string) error {
	_, err := r(ctx, tool, args...)
	return err
}

func needTools(hint string, tools ...string) error {
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			return fault.New(fault.Unavailable, "%s is needed and not there: %s", tool, hint)
		}
	}
	return nil
}

// bundle is an identity in files for a tool that takes nothing else, in a folder that is
// removed afterwards.
type bundle struct {
	dir, p12, passwordFile, password, root string
}

func withBundle(id Identity, use func(bundle) error) (err error) {
	dir, err := os.MkdirTemp("", "mizuhiki-enroll-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	b := bundle{dir: dir, p12: filepath.Join(dir, "terminal.p12"), passwordFile: filepath.Join(dir, "password"), root: filepath.Join(dir, "root.crt")}
	data, password, err := encodeP12(id)
	if err != nil {
		return err
	}
	b.password = password
	for name, content := range map[string][]byte{b.p12: data, b.passwordFile: []byte(password + "\n"), b.root: tlsid.EncodeCerts(id.Root)} {
		if err := secretfile.Write(name, content); err != nil {
			return err
		}
	}
	return use(b)
}

// encodeP12 seals an identity with a password of 128 random bits: what PKCS #12 does to a
// password would protect nothing shorter.
func encodeP12(id Identity) (data []byte, password string, err error) {
	password = rand.Text()
	above := append([]*x509.Certificate{}, id.Chain[1:]...)
	data, err = pkcs12.Modern2023.Encode(id.Key, id.Chain[0], append(above, id.Root), password)
	if err != nil {
		return nil, "", fmt.Errorf("encode PKCS #12: %w", err)
	}
	return data, password, nil
}

// Files keeps an identity as files in a folder, for systems and browsers whose store is
// not known.
type Files struct {
	Dir string
	// Told is told the PKCS #12 file and its password, which is kept nowhere.
	Told func(p12, password string)
}

func (f Files) p12() string { return filepath.Join(f.Dir, "terminal.p12") }

// Ready refuses a folder that has an identity already.
func (f Files) Ready(context.Context) error {
	if _, err := os.Stat(f.p12()); err == nil {
		return fault.New(fault.Conflict, "%s exists: it may be the key to another terminal; move it away", f.p12())
	}
	return nil
}

// Put writes terminal.p12 and center-root.crt. Files that are there are not replaced.
func (f Files) Put(_ context.Context, id Identity) error {
	data, password, err := encodeP12(id)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(f.Dir, 0o700); err != nil {
		return err
	}
	file := f.p12()
	if err := secretfile.Write(file, data); err != nil {
		return err
	}
	if err := secretfile.Write(filepath.Join(f.Dir, "center-root.crt"), tlsid.EncodeCerts(id.Root)); err != nil {
		return err
	}
	f.Told(file, password)
	return nil
}
