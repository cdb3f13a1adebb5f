// Package enroll is a new gateway's first contact with its center: it makes the
// gateway's key on the spot, turns a one-time code into a certificate and writes down
// what the gateway needs to link (登録).
//
// Nothing has to be trusted but a sheet of paper with the code and the fingerprint of
// the center's root. The key never leaves the machine.
package enroll

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"mizuhiki.dev/mizuhiki/internal/firstcontact"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// Files of a gateway's identity, in the folder that [Request.Out] names.
const (
	FileCert          = "gateway.crt"
	FileKey           = "gateway.key"
	FileRoot          = "center-root.crt"
	FileAssertionRoot = "assertion-root.pub"
)

// Request says with whom to enrol.
type Request struct {
	Center        string // https://host:port of the enrolment host
	CAFingerprint string // SHA-256 of the root certificate, hex; colons and spaces don't matter
	Code          string
	Out           string // folder for the identity; made if it is not there
	Clock         func() time.Time
}

// Run enrols and writes the identity's files. If it fails, nothing is left behind,
// and the code can be used again unless the center had already taken it.
func Run(ctx context.Context, req Request) (wire.EnrollAnswer, error) {
	var none wire.EnrollAnswer
	center, err := firstcontact.New(req.Center, req.CAFingerprint, req.Clock)
	if err != nil {
		return none, err
	}
	if err := os.MkdirAll(req.Out, 0o700); err != nil {
		return none, err
	}
	keyFile := filepath.Join(req.Out, FileKey)
	key, err := tlsid.NewKey()
	if err != nil {
		return none, err
	}
	// Before the code is spent: a folder with an identity is left as it is.
	if err := tlsid.WriteKey(keyFile, key); err != nil {
		return none, fmt.Errorf("the folder may hold another gateway's identity: %w", err)
	}
	answer, err := func() (wire.EnrollAnswer, error) {
		csr, err := tlsid.NewCSR(key)
		if err != nil {
			return none, err
		}
		var answer wire.EnrollAnswer
		if err := center.Ask(ctx, wire.PathEnrollGateway, wire.EnrollRequest{Code: req.Code, CSR: csr}, &answer); err != nil {
			return none, err
		}
		return answer, write(req.Out, center, answer)
	}()
	if err != nil {
		return none, errors.Join(err, remove(req.Out))
	}
	return answer, nil
}

// write checks that the answer is for this gateway's network and writes its files.
func write(dir string, center firstcontact.Center, answer wire.EnrollAnswer) error {
	if err := center.CheckRoot(answer.Root); err != nil {
		return err
	}
	if len(answer.AssertionRoot) != ed25519.PublicKeySize {
		return fmt.Errorf("the center's assertion root has %d bytes", len(answer.AssertionRoot))
	}
	pub, err := tlsid.EncodePublicKey(answer.AssertionRoot)
	if err != nil {
		return err
	}
	for name, data := range map[string][]byte{
		FileCert: []byte(answer.Chain), FileRoot: []byte(answer.Root), FileAssertionRoot: pub,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return err
		}
	}
	// A chain that does not belong to the key is found now and not when the gateway starts.
	_, err = tlsid.ReadIdentity(filepath.Join(dir, FileCert), filepath.Join(dir, FileKey))
	return err
}

func remove(dir string) error {
	var errs []error
	for _, name := range []string{FileKey, FileCert, FileRoot, FileAssertionRoot} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !os.IsNotExist(err) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
