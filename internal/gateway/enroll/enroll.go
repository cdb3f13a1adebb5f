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
	"crypto"
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

	"github.com/pelletier/go-toml/v2"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/gateway"
	"mizuhiki.dev/mizuhiki/internal/platform/httpclient"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// FileConfig is the configuration's name in the folder that [Request.Out] names.
const FileConfig = "gateway.toml"

// Request says with whom to enrol.
type Request struct {
	Center        string // https://host:port of the enrolment host
	CAFingerprint string // SHA-256 of the root certificate, hex; colons and spaces don't matter
	Code          string
	Storage       []string // folders of the hospital's storage, for the configuration
	Out           string   // folder for configuration and identity; made if it is not there
	Clock         func() time.Time
}

const maxAnswer = 64 << 10

// Run enrols, and writes the identity's files and gateway.toml. If it fails, nothing is
// left behind, and the code can be used again unless the center had already taken it.
func Run(ctx context.Context, req Request) (wire.EnrollAnswer, error) {
	var none wire.EnrollAnswer
	center, pin, err := req.check()
	if err != nil {
		return none, err
	}
	cfg := gateway.DefaultConfig()
	file := filepath.Join(req.Out, FileConfig)
	cfg.Absolute(file)
	if _, err := os.Stat(file); err == nil {
		return none, fault.New(fault.Conflict, "%s exists: this machine is enrolled; choose another folder, or move it away", file)
	}
	if err := os.MkdirAll(filepath.Dir(cfg.Identity.Key), 0o700); err != nil {
		return none, err
	}
	key, err := tlsid.NewKey()
	if err != nil {
		return none, err
	}
	// Before the code is spent: what cannot be written is found now.
	if err := tlsid.WriteKey(cfg.Identity.Key, key); err != nil {
		return none, err
	}
	answer, err := req.enroll(ctx, center, pin, key, cfg)
	if err != nil {
		return none, errors.Join(err, os.RemoveAll(filepath.Dir(cfg.Identity.Key)))
	}
	return answer, nil
}

// check reads what was typed, and makes the storage's folders absolute.
func (r *Request) check() (center *url.URL, pin string, err error) {
	center, err = url.Parse(r.Center)
	if err != nil || center.Scheme != "https" || center.Host == "" {
		return nil, "", fault.New(fault.Invalid, "--center: %q is not an https:// address", r.Center)
	}
	pin = strings.ToLower(strings.NewReplacer(":", "", " ", "").Replace(r.CAFingerprint))
	if len(pin) != 64 {
		return nil, "", fault.New(fault.Invalid, "--ca-fingerprint: a SHA-256 has 64 hexadecimal digits, this has %d", len(pin))
	}
	if len(r.Storage) == 0 {
		return nil, "", fault.New(fault.Invalid, "--storage: which folder holds the hospital's storage?")
	}
	for i, dir := range r.Storage {
		if r.Storage[i], err = filepath.Abs(dir); err != nil {
			return nil, "", err
		}
		if info, err := os.Stat(dir); err != nil {
			return nil, "", fmt.Errorf("--storage: %w", err)
		} else if !info.IsDir() {
			return nil, "", fault.New(fault.Invalid, "--storage: %s is not a folder", dir)
		}
	}
	return center, pin, nil
}

// enroll spends the code. cfg says where the identity's files go.
func (r *Request) enroll(ctx context.Context, center *url.URL, pin string, key crypto.Signer, cfg gateway.Config) (wire.EnrollAnswer, error) {
	csr, err := tlsid.NewCSR(key)
	if err != nil {
		return wire.EnrollAnswer{}, err
	}
	client := httpclient.New(tlsid.PinnedConfig(pin, center.Hostname(), r.Clock))
	defer client.CloseIdleConnections()
	answer, err := ask(ctx, client, center, wire.EnrollRequest{Code: r.Code, CSR: csr})
	if err != nil {
		return wire.EnrollAnswer{}, err
	}
	if err := writeIdentity(cfg.Identity, pin, answer); err != nil {
		return wire.EnrollAnswer{}, err
	}
	return answer, r.writeConfig(answer)
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

// writeIdentity checks that the answer is of the network that was asked, and for this
// gateway's key, and writes its files.
func writeIdentity(files gateway.IdentityConfig, pin string, answer wire.EnrollAnswer) error {
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
	for path, data := range map[string][]byte{
		files.Cert: []byte(answer.Chain), files.Root: tlsid.EncodeCerts(roots[0]), files.AssertionRoot: pub,
	} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			return err
		}
	}
	// A chain that does not belong to the key is found now and not when the gateway starts.
	_, err = tlsid.ReadIdentity(files.Cert, files.Key)
	return err
}

// writeConfig writes gateway.toml, whose paths are relative to it.
func (r *Request) writeConfig(answer wire.EnrollAnswer) error {
	cfg := gateway.DefaultConfig()
	cfg.Gateway, cfg.Facility, cfg.Center.Link, cfg.Storage.Roots = answer.Gateway, answer.Facility, answer.Link, r.Storage
	var buf bytes.Buffer
	fmt.Fprintf(&buf, "# Configuration of the gateway of %q. Paths are relative to this file.\n\n", answer.FacilityName)
	if err := toml.NewEncoder(&buf).Encode(cfg); err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	return os.WriteFile(filepath.Join(r.Out, FileConfig), buf.Bytes(), 0o600)
}
