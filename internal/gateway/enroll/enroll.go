// Package enroll is a new gateway's first contact with its center: it makes the
// gateway's key on the spot, turns a one-time code into a certificate and writes down
// what the gateway needs to link (登録).
//
// Nothing has to be trusted but a sheet of paper with the code and the fingerprint of
// the center's root. The key never leaves the machine.
package enroll

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/platform/httpclient"
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

const maxAnswer = 64 << 10

// Run enrols and writes the identity's files. If it fails, nothing is left behind,
// and the code can be used again unless the center had already taken it.
func Run(ctx context.Context, req Request) (wire.EnrollAnswer, error) {
	var none wire.EnrollAnswer
	center, err := url.Parse(req.Center)
	if err != nil || center.Scheme != "https" || center.Host == "" {
		return none, fault.New(fault.Invalid, "--center: %q is not an https:// address", req.Center)
	}
	pin := strings.ToLower(strings.NewReplacer(":", "", " ", "").Replace(req.CAFingerprint))
	if len(pin) != 64 {
		return none, fault.New(fault.Invalid, "--ca-fingerprint: a SHA-256 has 64 hexadecimal digits, this has %d", len(pin))
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
		client := httpclient.New(tlsid.PinnedConfig(pin, center.Hostname(), req.Clock))
		defer client.CloseIdleConnections()
		answer, err := ask(ctx, client, center, wire.EnrollRequest{Code: req.Code, CSR: csr})
		if err != nil {
			return none, err
		}
		return answer, write(req.Out, pin, answer)
	}()
	if err != nil {
		return none, errors.Join(err, remove(req.Out))
	}
	return answer, nil
}

func ask(ctx context.Context, client *http.Client, center *url.URL, in wire.EnrollRequest) (wire.EnrollAnswer, error) {
	var answer wire.EnrollAnswer
	body, err := json.Marshal(in)
	if err != nil {
		return answer, err
	}
	to := center.JoinPath(wire.PathEnrollGateway)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to.String(), bytes.NewReader(body))
	if err != nil {
		return answer, err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := client.Do(req)
	if err != nil {
		return answer, fault.New(fault.Unavailable, "the center does not answer: %w", err)
	}
	defer res.Body.Close()
	from := json.NewDecoder(io.LimitReader(res.Body, maxAnswer))
	if res.StatusCode != http.StatusOK {
		var said wire.Error
		if from.Decode(&said) != nil || said.Kind == "" {
			said = wire.Error{Kind: fault.KindOfStatus(res.StatusCode)}
		}
		return answer, said.Fault()
	}
	if err := from.Decode(&answer); err != nil {
		return answer, fmt.Errorf("the center's answer: %w", err)
	}
	return answer, nil
}

// write checks that the answer is for this gateway's network and writes its files.
func write(dir, pin string, answer wire.EnrollAnswer) error {
	roots, err := tlsid.ParseCerts([]byte(answer.Root))
	if err != nil {
		return fmt.Errorf("the center's root: %w", err)
	}
	if len(roots) != 1 || tlsid.Fingerprint(roots[0]) != pin {
		return errors.New("the center sent another root than the one with the given fingerprint")
	}
	if len(answer.AssertionRoot) != ed25519.PublicKeySize {
		return fmt.Errorf("the center's assertion root has %d bytes", len(answer.AssertionRoot))
	}
	pub, err := tlsid.EncodePublicKey(answer.AssertionRoot)
	if err != nil {
		return err
	}
	for name, data := range map[string][]byte{
		FileCert: []byte(answer.Chain), FileRoot: tlsid.EncodeCerts(roots[0]), FileAssertionRoot: pub,
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
