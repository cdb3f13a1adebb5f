// Package enroll is the surface of the enrolment host, where a new gateway
// (ゲートウェイ) without a certificate turns a one-time code into one.
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
}

// Issuer issues gateway certificates; [tlsid.Authority] does.
type Issuer interface {
	IssueGateway(csr []byte, id ident.GatewayID, facilityCode string) (*x509.Certificate, error)
}

// Config is what the surface serves from.
type Config struct {
	Ledger        Ledger
	Issuer        Issuer
	Issuing       *x509.Certificate
	Root          *x509.Certificate
	AssertionRoot ed25519.PublicKey
	Link          string // host:port that gateways are to dial
	Clock         func() time.Time
	Log           *slog.Logger
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
	mux.HandleFunc("POST "+wire.PathEnrollGateway, s.gateway)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	return mux
}

func (s *surface) gateway(w http.ResponseWriter, r *http.Request) {
	if !s.tries.AllowN(s.Clock(), 1) {
		w.Header().Set("Retry-After", "5")
		s.refuse(w, r, http.StatusTooManyRequests, fault.WithKey(fault.Unavailable, "enroll.busy", nil))
		return
	}
	answer, err := s.enroll(r)
	if err != nil {
		s.refuse(w, r, fault.KindOf(err).Status(), err)
		return
	}
	s.Log.InfoContext(r.Context(), "gateway enrolled", logging.KeyGateway, answer.Gateway, logging.KeyFacility, answer.Facility)
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(answer)
}

// refused is the one answer to every code that does not hold.
var refused = fault.WithKey(fault.Denied, "enroll.refused", nil)

func (s *surface) enroll(r *http.Request) (wire.EnrollAnswer, error) {
	var req wire.EnrollRequest
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		return wire.EnrollAnswer{}, fault.New(fault.Invalid, "enrolment request: %w", err)
	}
	now := s.Clock()
	answer := wire.EnrollAnswer{Root: string(tlsid.EncodeCerts(s.Root)), AssertionRoot: s.AssertionRoot, Link: s.Link}
	err := s.Ledger.Redeem(r.Context(), directory.HashCode(req.Code), now, func(f directory.Facility) (directory.Gateway, error) {
		id := ident.New[ident.GatewayID]()
		cert, err := s.Issuer.IssueGateway(req.CSR, id, f.Code)
		if err != nil {
			return directory.Gateway{}, err
		}
		answer.Gateway, answer.Facility, answer.FacilityName = id, f.ID, f.Name
		answer.Chain = string(tlsid.EncodeCerts(cert, s.Issuing))
		return directory.Gateway{
			ID: id, Facility: f.ID, CertSHA256: tlsid.Fingerprint(cert), NotAfter: cert.NotAfter, EnrolledAt: now,
		}, nil
	})
	if fault.Is(err, fault.Denied) || fault.Is(err, fault.NotFound) {
		err = &fault.Error{Kind: refused.Kind, Key: refused.Key, Op: "redeem enrolment code", Err: err}
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
