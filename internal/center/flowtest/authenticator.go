package flowtest

import (
	"net/url"
	"testing"

	"github.com/descope/virtualwebauthn"
)

// Authenticator is somebody's authenticator with room for one passkey, and the browser
// around it. Its fields are open, so that a test can make it lie.
type Authenticator struct {
	testing.TB
	Page virtualwebauthn.RelyingParty // what the browser shows: its host and its address
	Auth virtualwebauthn.Authenticator
	Key  virtualwebauthn.Credential
}

// NewAuthenticator gives an authenticator that verifies its user and counts its uses, in a
// browser that shows a page of the origin.
func NewAuthenticator(t testing.TB, origin string) *Authenticator {
	t.Helper()
	u, err := url.Parse(origin)
	if err != nil {
		t.Fatal(err)
	}
	return &Authenticator{
		TB: t, Page: virtualwebauthn.RelyingParty{ID: u.Hostname(), Name: "portal", Origin: origin},
		Auth: virtualwebauthn.NewAuthenticator(), Key: NewKey(),
	}
}

// wholeKey is the length of an encoded P-256 key (COSE, RFC 9053, section 7.1.1).
const wholeKey = 77

// NewKey gives a new key on P-256. One in 128 of those that the library makes is
// encoded without a coordinate's leading zeros, which is no key.
func NewKey() virtualwebauthn.Credential {
	for {
		if c := virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2); len(c.Key.AttestationData()) == wholeKey {
			return c
		}
	}
}

// Make answers the options of a new passkey.
func (a *Authenticator) Make(options []byte) []byte {
	a.Helper()
	asked, err := virtualwebauthn.ParseAttestationOptions(string(options))
	if err != nil {
		a.Fatalf("options %s: %v", options, err)
	}
	a.Auth.Options.UserHandle = []byte(asked.UserID)
	return []byte(virtualwebauthn.CreateAttestationResponse(a.Page, a.Auth, a.Key, *asked))
}

// Sign answers the options of a sign-in.
func (a *Authenticator) Sign(options []byte) []byte {
	a.Helper()
	asked, err := virtualwebauthn.ParseAssertionOptions(string(options))
	if err != nil {
		a.Fatalf("options %s: %v", options, err)
	}
	a.Key.Counter++
	return []byte(virtualwebauthn.CreateAssertionResponse(a.Page, a.Auth, a.Key, *asked))
}
