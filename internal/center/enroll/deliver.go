package enroll

import (
	"context"
	"crypto/x509"
	"fmt"
	"net/http"
	"path"
	"time"

	pkcs12 "software.sslmate.com/src/go-pkcs12"

	"mizuhiki.dev/mizuhiki/internal/center/device"
	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/platform/httpserver"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
	"mizuhiki.dev/mizuhiki/web"
)

// form is one of the forms in which a terminal gets key and certificate as a file.
type form struct {
	method    device.Method
	purpose   directory.CodePurpose
	mediaType string
	filename  string
	encode    func(parcel) ([]byte, error)
}

var forms = []form{
	{device.ByPKCS12, directory.CodePKCS12, "application/x-pkcs12", "mizuhiki-terminal.p12", parcel.pkcs12},
	{device.ByProfile, directory.CodeProfile, "application/x-apple-aspen-config", "mizuhiki-terminal.mobileconfig", parcel.profile},
}

// Link is the path of the enrolment host under which a code of one of the forms works, and
// where how to enrol is explained for a terminal with a program of its own.
func Link(method device.Method, code string) string {
	if method == device.ByHelper {
		return "/terminal"
	}
	return path.Join("/terminal", string(method), code)
}

// parcel is what a file for a terminal is made from. It is in memory while the file is
// made and sent, and nowhere else.
type parcel struct {
	key          any
	cert         *x509.Certificate
	issuing      *x509.Certificate
	root         *x509.Certificate
	password     string
	legacy       bool
	facilityName string
	device       device.Device
}

// pkcs12 seals key and certificates (RFC 7292).
func (p parcel) pkcs12() ([]byte, error) {
	how := pkcs12.Modern2023
	if p.legacy {
		how = pkcs12.LegacyDES
	}
	data, err := how.Encode(p.key, p.cert, []*x509.Certificate{p.issuing, p.root}, p.password)
	if err != nil {
		return nil, fmt.Errorf("encode PKCS #12: %w", err)
	}
	return data, nil
}

// pages adds the pages of links to the host. A page is the same for every code, and says
// nothing about it: previews and other programs that fetch addresses by themselves use
// no code up and learn nothing. Only the button on it does.
func (s *surface) pages(mux *http.ServeMux) {
	page := func(view linkPage) http.Handler {
		return httpserver.ForBrowsers(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.page(w, r, http.StatusOK, view) }))
	}
	mux.Handle("GET /assets/", httpserver.ForBrowsers(http.StripPrefix("/assets/", web.Assets())))
	mux.Handle("GET /terminal", page(linkPage{Method: device.ByHelper}))
	for _, f := range forms {
		at := "/terminal/" + string(f.method) + "/{code}"
		mux.Handle("GET "+at, page(linkPage{Method: f.method}))
		mux.Handle("POST "+at, httpserver.ForBrowsers(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.hand(w, r, f) })))
	}
}

// hand hands a terminal its file, once.
func (s *surface) hand(w http.ResponseWriter, r *http.Request, f form) {
	if !s.tries.allow(r.RemoteAddr, s.Clock()) {
		w.Header().Set("Retry-After", "5")
		s.page(w, r, http.StatusTooManyRequests, linkPage{Method: f.method, Problem: "busy"})
		return
	}
	file, err := s.make(r.Context(), f, r.PathValue("code"), s.Clock())
	switch {
	case fault.Is(err, fault.Denied), fault.Is(err, fault.NotFound):
		s.Log.WarnContext(r.Context(), "link refused", logging.KeyRef, httpserver.Ref(r.Context()), logging.KeyError, err)
		s.page(w, r, http.StatusForbidden, linkPage{Method: f.method, Problem: "refused"})
		return
	case err != nil:
		s.Log.ErrorContext(r.Context(), "link failed", logging.KeyRef, httpserver.Ref(r.Context()), logging.KeyError, err)
		s.page(w, r, http.StatusInternalServerError, linkPage{Method: f.method, Problem: "failed"})
		return
	}
	w.Header().Set("Content-Type", f.mediaType)
	w.Header().Set("Content-Disposition", `attachment; filename="`+f.filename+`"`)
	_, _ = w.Write(file)
}

// make makes key, certificate and file in the transaction that uses the code up: a file
// that cannot be made leaves the code as it was.
func (s *surface) make(ctx context.Context, f form, code string, now time.Time) (file []byte, err error) {
	digest := directory.HashCode(code)
	var made device.Device
	err = s.Ledger.RedeemDevice(ctx, digest, f.purpose, now, func(facility directory.Facility, c directory.Code) (device.Device, error) {
		password, err := s.Seal.Open(c.SealedPassword, directory.PasswordContext(digest))
		if err != nil {
			return device.Device{}, fmt.Errorf("password of the file: %w", err)
		}
		key, err := tlsid.NewKey()
		if err != nil {
			return device.Device{}, err
		}
		csr, err := tlsid.NewCSR(key)
		if err != nil {
			return device.Device{}, err
		}
		d, cert, err := s.issue(csr, facility, c, f.method, now)
		if err != nil {
			return device.Device{}, err
		}
		made = d
		file, err = f.encode(parcel{key, cert, s.Issuing, s.Root, password, c.Legacy, facility.Name, d})
		return d, err
	})
	if err != nil {
		return nil, err
	}
	s.Log.InfoContext(ctx, "terminal enrolled by file", "device", made.ID, logging.KeyFacility, made.Facility, "method", f.method)
	return file, nil
}
