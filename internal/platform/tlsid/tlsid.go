// Package tlsid is the network's private certificate authority and the TLS
// settings that rest on it: who may open which listener is settled by the kind of
// certificate (クライアント証明書), before a byte of HTTP is read.
//
// An offline root certifies an online issuing CA, which issues three profiles that
// never stand in for one another: server (the center's hosts), gateway (one per
// gateway, may link) and device (one per terminal, may open the portal). The
// profile of a client certificate is its URI name, mizuhiki:gateway:<id> or
// mizuhiki:device:<id>; names of people are in none of them.
//
// Everything speaks TLS 1.3 with client authentication, as the MHLW guideline 7.0
// (システム運用編 13) asks of connections over the open internet. Whether a
// certificate has been revoked is not told here but looked up by the callers, per
// request and per link: an open connection and a resumed session outlive any check
// that is made in a handshake.
package tlsid

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
	"time"

	"mizuhiki.dev/mizuhiki/internal/ident"
)

// Role is what a certificate is for.
type Role string

const (
	Server  Role = "server"  // a host of the center
	Gateway Role = "gateway" // may link
	Device  Role = "device"  // may open the portal
)

// Validity of the profiles. Every certificate begins a little before it is issued,
// because clocks of hospital machines are wrong by minutes.
const (
	RootLife    = 10 * 365 * 24 * time.Hour
	IssuingLife = 3 * 365 * 24 * time.Hour
	ServerLife  = 365 * 24 * time.Hour
	GatewayLife = 90 * 24 * time.Hour
	DeviceLife  = 365 * 24 * time.Hour
	backdate    = 5 * time.Minute
)

const uriScheme = "mizuhiki"

// Identity is whom a client certificate names.
type Identity struct {
	Role         Role
	Gateway      ident.GatewayID // of a gateway's certificate
	Device       ident.DeviceID  // of a device's certificate
	FacilityCode string          // 10-digit medical institution code
}

// IdentityOf reads the identity of a client certificate. It proves nothing: the
// caller has the certificate from a verified handshake.
func IdentityOf(cert *x509.Certificate) (Identity, error) {
	var id Identity
	if len(cert.URIs) != 1 {
		return id, fmt.Errorf("certificate with %d URI names, not one", len(cert.URIs))
	}
	u := cert.URIs[0]
	role, value, ok := strings.Cut(u.Opaque, ":")
	if u.Scheme != uriScheme || !ok || !ident.Valid(value) {
		return id, fmt.Errorf("certificate with a name that is not of this network")
	}
	if len(cert.Subject.Organization) == 1 {
		id.FacilityCode = cert.Subject.Organization[0]
	}
	switch id.Role = Role(role); id.Role {
	case Gateway:
		id.Gateway = ident.GatewayID(value)
	case Device:
		id.Device = ident.DeviceID(value)
	default:
		return Identity{}, fmt.Errorf("certificate with an unknown role")
	}
	return id, nil
}

func uriName(role Role, id string) *url.URL {
	return &url.URL{Scheme: uriScheme, Opaque: string(role) + ":" + id}
}

// Fingerprint is the SHA-256 of the certificate (DER) in hex, as ledgers hold it.
func Fingerprint(cert *x509.Certificate) string {
	sum := sha256.Sum256(cert.Raw)
	return hex.EncodeToString(sum[:])
}
