package terminal

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/secretfile"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
)

// Memory is a folder in which the program remembers as what it has enrolled this PC, so
// that it can renew its certificate by itself. The zero value remembers nothing.
type Memory struct{ Dir string }

// membership is what does not change when a certificate does.
type membership struct {
	Portal        string         `json:"portal"`
	CAFingerprint string         `json:"ca_fingerprint"`
	Device        ident.DeviceID `json:"device"`
}

// slot is one certificate of the terminal that the memory holds: with its key, a copy of
// the store's, where the store gives no use of it to programs.
type slot struct{ cert, key string }

func (m Memory) file(name string) string { return filepath.Join(m.Dir, name) }

func (m Memory) present() slot { return slot{m.file("terminal.crt"), m.file("terminal.key")} }

// earlier is the certificate from before the last renewal, which the browser may hold still.
func (m Memory) earlier() slot { return slot{m.file("earlier.crt"), m.file("earlier.key")} }

// ready makes the folder and finds out whether it can be written into.
func (m Memory) ready() error {
	if m.Dir == "" {
		return nil
	}
	if err := os.MkdirAll(m.Dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(m.Dir, "try-")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// keep remembers an identity that has just been put into the store, and what was there
// before as the earlier one.
func (m Memory) keep(of membership, id Identity, withKey bool) error {
	if m.Dir == "" {
		return nil
	}
	if err := m.present().copyTo(m.earlier()); err != nil {
		return err
	}
	body, err := json.Marshal(of)
	if err != nil {
		return err
	}
	if err := replaceFile(m.file("terminal.json"), body); err != nil {
		return err
	}
	if withKey {
		return tlsid.Replace(m.present().cert, m.present().key, id.Key, id.Chain...)
	}
	return replaceFile(m.present().cert, tlsid.EncodeCerts(id.Chain...))
}

// membership reads what the PC was enrolled as; not found if it was not, or not by a
// program that remembers.
func (m Memory) membership() (of membership, err error) {
	body, err := os.ReadFile(m.file("terminal.json"))
	if errors.Is(err, fs.ErrNotExist) || m.Dir == "" {
		return of, fault.New(fault.NotFound, "this program has not enrolled this PC, or nothing is left of it in %s", m.Dir)
	}
	if err == nil {
		err = json.Unmarshal(body, &of)
	}
	if err != nil {
		return of, fmt.Errorf("%s: %w", m.file("terminal.json"), err)
	}
	return of, nil
}

// read reads a slot's certificates; an error of kind [fs.ErrNotExist] if it is empty.
func (s slot) read() ([]*x509.Certificate, error) { return tlsid.ReadCerts(s.cert) }

// identity makes a slot's certificates usable: with its own key, or with what key gives
// where the store keeps it.
func (s slot) identity(chain []*x509.Certificate, key func(*x509.Certificate) (crypto.Signer, error)) (tls.Certificate, error) {
	if _, err := os.Stat(s.key); err == nil {
		return tlsid.ReadIdentity(s.cert, s.key)
	}
	signer, err := key(chain[0])
	if err != nil {
		return tls.Certificate{}, err
	}
	return tlsid.Chain(signer, chain...), nil
}

// copyTo puts what is in a slot, if anything is, into another in place of what was there.
// It is not moved: what is broken off in between must leave an identity to renew with.
func (s slot) copyTo(to slot) error {
	chain, err := s.read()
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := to.forget(); err != nil {
		return err
	}
	id, err := tlsid.ReadIdentity(s.cert, s.key)
	if errors.Is(err, fs.ErrNotExist) {
		return replaceFile(to.cert, tlsid.EncodeCerts(chain...))
	}
	if err != nil {
		return err
	}
	return tlsid.Replace(to.cert, to.key, id.PrivateKey.(crypto.Signer), chain...)
}

func (s slot) forget() error {
	for _, f := range []string{s.cert, s.key} {
		if err := os.Remove(f); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// replaceFile puts a whole new file in the place of one.
func replaceFile(path string, data []byte) error {
	next := path + ".next"
	if err := os.Remove(next); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := secretfile.Write(next, data); err != nil {
		return err
	}
	return os.Rename(next, path)
}
