// Package enroll is the surface of the enrolment host, where a new gateway
// (ゲートウェイ) or terminal (端末) without a certificate turns a one-time code into one,
// and anybody reads which certificates have been revoked (失効リスト, CRL).
//
// Whoever may not enrol learns nothing: an unknown code, a used one and one whose
// time has passed give the same answer. Codes have 128 random bits and are kept
// hashed, and guessing is held down to a try a second for each address and to a bound
// for everybody together, so neither a list of codes nor an oracle for them exists and
// no stranger can keep others from enrolling.
//
// A terminal that has no program of its own gets key and certificate as a file, by a
// link that works once (deliver.go).
package enroll

import (
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/time/rate"

	"mizuhiki.dev/mizuhiki/internal/center/device"
	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/httpserver"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// Ledger is the center's record of codes and gateways.
type Ledger interface {
	// Redeem takes the code with this digest if it is for a gateway, unused and of now,
	// has issue make the gateway, and records both, in one transaction with the audit
	// row. Otherwise it is denied or not found. issue may run more than once; the last
	// run holds.
	Redeem(ctx context.Context, codeSHA256 string, now time.Time, issue func(directory.Facility) (directory.Gateway, error)) error
	// RedeemDevice is the same for a terminal, with a code of that purpose. The one that
	// it replaces is shut out in that transaction; of one that is renewed the certificate
	// is filed as its next.
	RedeemDevice(ctx context.Context, codeSHA256 string, purpose directory.CodePurpose, now time.Time, issue func(directory.Facility, directory.Code) (device.Device, error)) error
}

// Issuer issues certificates; [tlsid.Authority] does.
type Issuer interface {
	IssueGateway(csr []byte, id ident.GatewayID, facilityCode string) (*x509.Certificate, error)
	IssueDevice(csr []byte, id ident.DeviceID, facilityCode string) (*x509.Certificate, error)
}

// Opener opens what was sealed; [seal.Box] does.
type Opener interface {
	Open(sealed, context string) (string, error)
}

// Config is what the surface serves from.
type Config struct {
	Ledger        Ledger
	Issuer        Issuer
	Seal          Opener
	Issuing       *x509.Certificate
	Root          *x509.Certificate
	AssertionRoot ed25519.PublicKey
	Link          string        // host:port that gateways are to dial
	Portal        func() string // https:// address that terminals are to open
	Clock         func() time.Time
	Log           *slog.Logger
	CRL           func(name string) (der []byte, ok bool)
	Rate          rate.Limit // tries a second of each address; 0: 1
}

type surface struct {
	Config
	tries *limits
}

// New gives the surface as a handler.
func New(cfg Config) http.Handler {
	if cfg.Rate == 0 {
		cfg.Rate = 1
	}
	s := &surface{Config: cfg, tries: newLimits(cfg.Rate)}
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+wire.PathEnrollGateway, func(w http.ResponseWriter, r *http.Request) { redeem(s, w, r, s.gateway) })
	mux.HandleFunc("POST "+wire.PathEnrollDevice, func(w http.ResponseWriter, r *http.Request) { redeem(s, w, r, s.device) })
	s.pages(mux)
	mux.HandleFunc("GET /crl/{name}", s.crl)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	return mux
}

// crl answers with a certificate revocation list (RFC 5280), which is for everybody.
func (s *surface) crl(w http.ResponseWriter, r *http.Request) {
	der, ok := s.CRL(r.PathValue("name"))
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", tlsid.CRLContentType)
	w.Header().Set("Cache-Control", "public, max-age=600")
	w.Write(der) // fails only if the reader has gone away
}

// redeem answers one request with what a code was turned into.
func redeem[Answer any](s *surface, w http.ResponseWriter, r *http.Request, turn func(context.Context, wire.EnrollRequest, time.Time) (Answer, error)) {
	if !s.tries.allow(r.RemoteAddr, s.Clock()) {
		w.Header().Set("Retry-After", "5")
		s.refuse(w, r, http.StatusTooManyRequests, fault.WithKey(fault.Unavailable, "enroll.busy", nil))
		return
	}
	var req wire.EnrollRequest
	err := json.NewDecoder(r.Body).Decode(&req)
	if err != nil {
		err = fault.New(fault.Invalid, "enrolment request: %w", err)
		s.refuse(w, r, fault.KindOf(err).Status(), err)
		return
	}
	answer, err := turn(r.Context(), req, s.Clock())
	if fault.Is(err, fault.Denied) || fault.Is(err, fault.NotFound) {
		err = &fault.Error{Kind: refused.Kind, Key: refused.Key, Op: "redeem enrolment code", Err: err}
	}
	if err != nil {
		s.refuse(w, r, fault.KindOf(err).Status(), err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(answer)
}

// refused is the one answer to every code that does not hold.
var refused = fault.WithKey(fault.Denied, "enroll.refused", nil)

func (s *surface) gateway(ctx context.Context, req wire.EnrollRequest, now time.Time) (wire.EnrollAnswer, error) {
	answer := wire.EnrollAnswer{Root: string(tlsid.EncodeCerts(s.Root)), AssertionRoot: s.AssertionRoot, Link: s.Link}
	err := s.Ledger.Redeem(ctx, directory.HashCode(req.Code), now, func(f directory.Facility) (directory.Gateway, error) {
		id := ident.New[ident.GatewayID]()
		cert, err := s.Issuer.IssueGateway(req.CSR, id, f.Code)
		if err != nil {
			return directory.Gateway{}, err
		}
		answer.Gateway, answer.Facility, answer.FacilityName = id, f.ID, f.Name
		answer.Chain = string(tlsid.EncodeCerts(cert, s.Issuing))
		return directory.Gateway{
			ID: id, Facility: f.ID, CertSHA256: tlsid.Fingerprint(cert), CertSerial: cert.SerialNumber.Text(16), NotAfter: cert.NotAfter, EnrolledAt: now,
		}, nil
	})
	if err == nil {
		s.Log.InfoContext(ctx, "gateway enrolled", logging.KeyGateway, answer.Gateway, logging.KeyFacility, answer.Facility)
	}
	return answer, err
}

func (s *surface) device(ctx context.Context, req wire.EnrollRequest, now time.Time) (wire.DeviceAnswer, error) {
	answer := wire.DeviceAnswer{Root: string(tlsid.EncodeCerts(s.Root)), Portal: s.Portal()}
	err := s.Ledger.RedeemDevice(ctx, directory.HashCode(req.Code), directory.CodeDevice, now, func(f directory.Facility, c directory.Code) (device.Device, error) {
		d, cert, err := s.issue(req.CSR, f, c, device.ByHelper, now)
		if err != nil {
			return device.Device{}, err
		}
		if d.OS = plain(req.OS); d.OS == "" {
			d.OS = c.OS
		}
		answer.Device, answer.Name, answer.Facility, answer.FacilityName = d.ID, c.Label, f.ID, f.Name
		answer.Chain, answer.NotAfter = string(tlsid.EncodeCerts(cert, s.Issuing)), cert.NotAfter.UnixMicro()
		return d, nil
	})
	if err == nil {
		s.Log.InfoContext(ctx, "terminal enrolled", "device", answer.Device, logging.KeyFacility, answer.Facility)
	}
	return answer, err
}

// issue makes the certificate of a terminal and its line of the ledger: a new one's, or,
// by a code of renewal, under the id that it has.
func (s *surface) issue(csr []byte, f directory.Facility, c directory.Code, by device.Method, now time.Time) (device.Device, *x509.Certificate, error) {
	id := c.Renews
	if id == "" {
		id = ident.New[ident.DeviceID]()
	}
	cert, err := s.Issuer.IssueDevice(csr, id, f.Code)
	if err != nil {
		return device.Device{}, nil, err
	}
	return device.Device{
		ID: id, Facility: f.ID, Name: c.Label, Place: c.Place, UserGroup: c.UserGroup, OS: c.OS, Method: by, RegisteredBy: c.CreatedBy,
		CertSerial: cert.SerialNumber.Text(16), CertSHA256: tlsid.Fingerprint(cert), NotAfter: cert.NotAfter, CreatedAt: now,
	}, cert, nil
}

// plain takes what a stranger says of itself if it is a short printable text.
func plain(text string) string {
	if len(text) > 60 || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
		return ""
	}
	return text
}

// refuse answers with the error's kind and key and logs the cause under the reference.
func (s *surface) refuse(w http.ResponseWriter, r *http.Request, status int, err error) {
	ref := httpserver.Ref(r.Context())
	level := slog.LevelWarn
	if fault.Is(err, fault.Internal) && !errors.Is(err, context.Canceled) {
		level = slog.LevelError
	}
	s.Log.Log(r.Context(), level, "enrolment refused", logging.KeyRef, ref, logging.KeyError, err)
	key, _, _ := fault.Message(err)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(wire.Error{Kind: fault.KindOf(err), Key: key, Ref: ref})
}
