package passkey

import (
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// Origins are the addresses at which people open the portal, as browsers write them:
// scheme://host[:port]. What a browser has signed at any other address counts for nothing.
// The host of each is a relying party of its own, so a passkey that was made at one
// address is neither offered nor taken at another. The zero value is none.
type Origins struct {
	parties map[string]*webauthn.WebAuthn // by origin
}

// NewOrigins takes addresses that [CheckOrigin] passes.
func NewOrigins(addresses ...string) (Origins, error) {
	o := Origins{parties: map[string]*webauthn.WebAuthn{}}
	for _, a := range addresses {
		origin, host, err := parseOrigin(a)
		if err != nil {
			return Origins{}, err
		}
		// Challenges carry their own end, by the center's clock; the browser is told the same.
		life := webauthn.TimeoutConfig{Timeout: ChallengeLife, TimeoutUVD: ChallengeLife}
		party, err := webauthn.New(&webauthn.Config{
			RPID: host, RPDisplayName: "Mizuhiki", RPOrigins: []string{origin},
			AttestationPreference: protocol.PreferNoAttestation,
			AuthenticatorSelection: protocol.AuthenticatorSelection{
				ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: protocol.ResidentKeyRequired(),
				UserVerification: protocol.VerificationRequired,
			},
			Timeouts: webauthn.TimeoutsConfig{Login: life, Registration: life},
		})
		if err != nil {
			return Origins{}, fmt.Errorf("address %s: %w", a, err)
		}
		o.parties[origin] = party
	}
	return o, nil
}

// Any reports whether passkeys can be used at all.
func (o Origins) Any() bool { return len(o.parties) > 0 }

// RPID gives the relying party of an origin, which is its host; empty for one that is not ours.
func (o Origins) RPID(origin string) string {
	if p := o.parties[origin]; p != nil {
		return p.Config.RPID
	}
	return ""
}

// CheckOrigin says why no passkey can be used at an address: browsers give them to pages
// that came over TLS from a host with a name, and on the machine itself also to plain ones.
func CheckOrigin(address string) error {
	_, _, err := parseOrigin(address)
	return err
}

func parseOrigin(address string) (origin, host string, err error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", "", fmt.Errorf("%q is no address", address)
	}
	host = strings.ToLower(u.Hostname())
	local := host == "localhost" || strings.HasSuffix(host, ".localhost")
	switch {
	case u.Scheme != "https" && (u.Scheme != "http" || !local):
		return "", "", fmt.Errorf("%q is not an https:// address", address)
	case host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		return "", "", fmt.Errorf("%q is not scheme://host[:port] and nothing more", address)
	case net.ParseIP(host) != nil:
		return "", "", fmt.Errorf("%q has a number for a host; passkeys need a name", address)
	}
	if err := protocol.ValidateRPID(host); err != nil {
		return "", "", fmt.Errorf("%q: %w", address, err)
	}
	origin = u.Scheme + "://" + host
	if port := u.Port(); port != "" && port != map[string]string{"https": "443", "http": "80"}[u.Scheme] {
		origin += ":" + port
	}
	return origin, host, nil
}
