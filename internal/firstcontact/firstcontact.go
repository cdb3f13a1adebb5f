// Package firstcontact is how a machine without a certificate speaks to its center's
// enrolment host (登録): pinned to the root certificate whose fingerprint came on paper,
// since nothing else is known of the center yet. A terminal's program goes on to speak so
// to the portal, with its certificate.
package firstcontact

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/platform/httpclient"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// maxAnswer bounds what a center may say.
const maxAnswer = 64 << 10

// Center is an enrolment host that proves itself by its root certificate.
type Center struct {
	url   *url.URL
	pin   string
	clock func() time.Time
	as    *tls.Certificate
}

// New names a center by the https:// address of its enrolment host and the SHA-256 of
// its root certificate in hex, colons and spaces not counted. What cannot be either is
// of kind invalid.
func New(address, fingerprint string, clock func() time.Time) (Center, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Host == "" {
		return Center{}, fault.New(fault.Invalid, "--center: %q is not an https:// address", address)
	}
	pin := strings.ToLower(strings.NewReplacer(":", "", " ", "").Replace(fingerprint))
	if len(pin) != 64 {
		return Center{}, fault.New(fault.Invalid, "--ca-fingerprint: a SHA-256 has 64 hexadecimal digits, this has %d", len(pin))
	}
	return Center{url: u, pin: pin, clock: clock}, nil
}

// As gives the same center as somebody with a certificate speaks to it. The certificate is
// shown to nobody who has not proved to be the center.
func (c Center) As(identity tls.Certificate) Center {
	c.as = &identity
	return c
}

// CheckRoot takes the root that the center sent, PEM, if it is the pinned one and no
// other stands beside it.
func (c Center) CheckRoot(pem string) error {
	roots, err := tlsid.ParseCerts([]byte(pem))
	if err != nil {
		return fmt.Errorf("the center's root: %w", err)
	}
	if len(roots) != 1 || tlsid.Fingerprint(roots[0]) != c.pin {
		return errors.New("the center sent another root than the one with the given fingerprint")
	}
	return nil
}

// Ask posts in as JSON to a path of the center and reads its answer into out. A refusal
// comes back as the error that the center gave; a center that is not reached is of kind
// unavailable, one that is not the pinned one denied.
func (c Center) Ask(ctx context.Context, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	return c.send(ctx, http.MethodPost, path, body, out)
}

// Look is Ask for what is only read.
func (c Center) Look(ctx context.Context, path string, out any) error {
	return c.send(ctx, http.MethodGet, path, nil, out)
}

func (c Center) send(ctx context.Context, method, path string, body []byte, out any) error {
	cfg := tlsid.PinnedConfig(c.pin, c.url.Hostname(), c.clock)
	if c.as != nil {
		cfg.Certificates = []tls.Certificate{*c.as}
	}
	client := httpclient.New(cfg)
	defer client.CloseIdleConnections()
	req, err := http.NewRequestWithContext(ctx, method, c.url.JoinPath(path).String(), bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Origin", "https://"+c.url.Host) // where people come in nobody changes anything who does not say from where
	res, err := client.Do(req)
	switch {
	case errors.Is(err, tlsid.ErrUnproven):
		return fault.New(fault.Denied, "%s answers but is not the center of the given --ca-fingerprint; if that stands so on the sheet, do not go on: %w", c.url.Host, err)
	case err != nil:
		return fault.New(fault.Unavailable, "the center does not answer: %w", err)
	}
	defer res.Body.Close()
	from := json.NewDecoder(io.LimitReader(res.Body, maxAnswer))
	if res.StatusCode != http.StatusOK {
		var said wire.Error
		if from.Decode(&said) != nil || said.Kind == "" {
			said = wire.Error{Kind: fault.KindOfStatus(res.StatusCode)}
		}
		return said.Fault()
	}
	if err := from.Decode(out); err != nil {
		return fmt.Errorf("the center's answer: %w", err)
	}
	return nil
}
