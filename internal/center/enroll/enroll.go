// Package enroll is the surface of the enrolment host, where a new gateway
// (ゲートウェイ) or terminal (端末) without a certificate turns a one-time code into one,
// and anybody reads which certificates have been revoked (失効リスト, CRL).
//
// Whoever may not enrol learns nothing: an unknown code, a used one and one whose
// time has passed give the same answer. Codes have 128 random bits and are kept
// hashed, and guessing is held down to a handful of tries a second for everybody
// together, so neither a list of codes nor an oracle for them exists.
package enroll

import (
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"time"

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
	// RedeemDevice is the same for a terminal. The one that it replaces is shut out in
	// that transaction.
	RedeemDevice(ctx context.Context, codeSHA256 string, now time.Time, issue func(directory.Facility, directory.Code) (device.Device, error)) error
}

// Issuer issues certificates; [tlsid.Authority] does.
type Issuer interface {
	IssueGateway(csr []byte, id ident.GatewayID, facilityCode string) (*x509.Certificate, error)
	IssueDevice(csr []byte, id ident.DeviceID, facilityCode string) (*x509.Certificate, error)
}

// Config is what the surface serves from.
type Config struct {
	Ledger        Ledger
	Issuer        Issuer
	Issuing       *x509.Certificate
	Root          *x509.Certificate
	AssertionRoot ed25519.PublicKey
	Link          string // host:port that gateways are to dial
	Portal        string // https:// address that terminals are to open
	Clock         func() time.Time
	Log           *slog.Logger
	CRL           func(name string) (der []byte, ok bool)
	Rate          rate.Limit // tries a second, of everybody together; 0: 2
}

// burst is how many tries may come at once, so that a region can enrol in one morning.
const burst = 10

type surface struct {
	Config
	tries *rate.Limiter
}

// New gives the surface as a handler.
func New(cfg Config) http.Handler {
	if cfg.Rate == 0 {
		cfg.Rate = 2
	}
	s := &surface{Config: cfg, tries: rate.NewLimiter(cfg.Rate, burst)}
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+wire.PathEnrollGateway, func(w http.ResponseWriter, r *http.Request) { redeem(s, w, r, s.gateway) })
	mux.HandleFunc("POST "+wire.PathEnrollDevice, func(w http.ResponseWriter, r *http.Request) { redeem(s, w, r, s.device) })
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
	if !s.tries.AllowN(s.Clock(), 1) {
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
	answer := wire.DeviceAnswer{Root: string(tlsid.EncodeCerts(s.Root)), Portal: s.Portal}
	err := s.Ledger.RedeemDevice(ctx, directory.HashCode(req.Code), now, func(f directory.Facility, c directory.Code) (device.Device, error) {
		id := ident.New[ident.DeviceID]()
		cert, err := s.Issuer.IssueDevice(req.CSR, id, f.Code)
		if err != nil {
			return device.Device{}, err
		}
		answer.Device, answer.Name, answer.Facility, answer.FacilityName = id, c.Label, f.ID, f.Name
		answer.Chain, answer.NotAfter = string(tlsid.EncodeCerts(cert, s.Issuing)), cert.NotAfter.UnixMicro()
		return device.Device{
			ID: id, Facility: f.ID, Name: c.Label, Place: c.Place, CertSerial: cert.SerialNumber.Text(16),
			CertSHA256: tlsid.Fingerprint(cert), NotAfter: cert.NotAfter, CreatedAt: now,
		}, nil
	})
	if err == nil {
		s.Log.InfoContext(ctx, "terminal enrolled", "device", answer.Device, logging.KeyFacility, answer.Facility)
	}
	return answer, err
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
