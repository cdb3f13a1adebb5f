package passkey

import (
	"encoding/base64"
	"encoding/json"
	"fmt"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// Refusal is why an authenticator's answer proves nothing, for the log only; empty if it
// proves what it should.
type Refusal string

const (
	RefusedForm      Refusal = "answer cannot be read"
	RefusedChallenge Refusal = "challenge"      // not given out, used, too old, or another's
	RefusedPasskey   Refusal = "passkey"        // unknown, removed, another's, or of another address
	RefusedOrigin    Refusal = "address"        // signed on another page
	RefusedUser      Refusal = "user unchecked" // the authenticator did not verify its user
	RefusedSignature Refusal = "signature"      // anything else that does not hold
	RefusedCount     Refusal = "count went back"
)

// Owner is whose a passkey is, in the words that the authenticator shows.
type Owner struct {
	ID          ident.UserID
	Login       string
	DisplayName string
}

// party shows an owner and their passkeys to go-webauthn.
type party struct {
	owner    Owner
	passkeys []Passkey
}

func (p party) WebAuthnID() []byte          { return []byte(p.owner.ID) }
func (p party) WebAuthnName() string        { return p.owner.Login }
func (p party) WebAuthnDisplayName() string { return p.owner.DisplayName }

func (p party) WebAuthnCredentials() []webauthn.Credential {
	out := make([]webauthn.Credential, len(p.passkeys))
	for i, k := range p.passkeys {
		out[i] = webauthn.Credential{
			ID: k.CredentialID, PublicKey: k.PublicKey, Transport: transports(k.Transports),
			Flags:         webauthn.CredentialFlags{UserPresent: true, UserVerified: true, BackupEligible: k.BackupEligible, BackupState: k.BackedUp},
			Authenticator: webauthn.Authenticator{SignCount: k.SignCount},
		}
	}
	return out
}

func transports(names []string) []protocol.AuthenticatorTransport {
	out := make([]protocol.AuthenticatorTransport, len(names))
	for i, n := range names {
		out[i] = protocol.AuthenticatorTransport(n)
	}
	return out
}

func descriptors(keys []Passkey) []protocol.CredentialDescriptor {
	var out []protocol.CredentialDescriptor
	for _, c := range (party{passkeys: keys}).WebAuthnCredentials() {
		out = append(out, c.Descriptor())
	}
	return out
}

func (o Origins) at(origin string) (*webauthn.WebAuthn, error) {
	p := o.parties[origin]
	if p == nil {
		return nil, fault.WithKey(fault.Invalid, "passkey.address", nil)
	}
	return p, nil
}

// Ask makes a challenge and the options for navigator.credentials.get as JSON
// (PublicKeyCredentialRequestOptionsJSON). Without passkeys the browser offers all that it
// holds for the address. Kind invalid, key passkey.address, for an origin that is not ours.
func (o Origins) Ask(origin string, among []Passkey) (challenge string, options []byte, err error) {
	p, err := o.at(origin)
	if err != nil {
		return "", nil, err
	}
	asked, session, err := p.BeginDiscoverableLogin(webauthn.WithAllowedCredentials(descriptors(among)))
	if err != nil {
		return "", nil, fmt.Errorf("ask for a passkey: %w", err)
	}
	options, err = json.Marshal(asked.Response)
	return session.Challenge, options, err
}

// AskNew makes a challenge and the options for navigator.credentials.create as JSON
// (PublicKeyCredentialCreationOptionsJSON). An authenticator that holds one of the passkeys
// that the owner has makes no second one. Kind invalid, key passkey.address, as for Ask.
func (o Origins) AskNew(origin string, owner Owner, has []Passkey) (challenge string, options []byte, err error) {
	p, err := o.at(origin)
	if err != nil {
		return "", nil, err
	}
	asked, session, err := p.BeginRegistration(party{owner: owner}, webauthn.WithExclusions(descriptors(has)))
	if err != nil {
		return "", nil, fmt.Errorf("ask for a new passkey: %w", err)
	}
	options, err = json.Marshal(asked.Response)
	return session.Challenge, options, err
}

// Answer is what an authenticator has signed, read and not yet checked.
type Answer struct {
	parsed *protocol.ParsedCredentialAssertionData
}

// ReadAnswer reads the answer to [Origins.Ask] (AuthenticationResponseJSON).
func ReadAnswer(data []byte) (Answer, Refusal) {
	parsed, err := protocol.ParseCredentialRequestResponseBytes(data)
	if err != nil {
		return Answer{}, RefusedForm
	}
	return Answer{parsed}, ""
}

// Challenge is the value of the challenge that the answer is to; empty if it is none that
// was ever given out.
func (a Answer) Challenge() string {
	return wellFormed(a.parsed.Response.CollectedClientData.Challenge)
}

// wellFormed keeps what is no challenge of ours away from the database.
func wellFormed(challenge string) string {
	if raw, err := base64.RawURLEncoding.Strict().DecodeString(challenge); err != nil || len(raw) != challengeSize {
		return ""
	}
	return challenge
}

const challengeSize = 32

// CredentialID is the authenticator's name for the passkey that has signed.
func (a Answer) CredentialID() []byte { return a.parsed.RawID }

// Owner is the user for whom the authenticator says that the passkey was made; empty if
// it does not say.
func (a Answer) Owner() ident.UserID { return ident.UserID(a.parsed.Response.UserHandle) }

// Check checks an answer against the challenge that was given out and the passkey that it
// names, and gives the passkey as it is after this use. That the count of the passkey
// still is the one that was read is the store's to see to.
func (o Origins) Check(c Challenge, k Passkey, a Answer) (Passkey, Refusal) {
	p, err := o.at(c.Origin)
	if err != nil || k.RPID != p.Config.RPID {
		return Passkey{}, RefusedPasskey
	}
	signed := a.parsed.Response
	switch {
	case signed.CollectedClientData.Origin != c.Origin:
		return Passkey{}, RefusedOrigin
	case !signed.AuthenticatorData.Flags.HasUserVerified():
		return Passkey{}, RefusedUser
	}
	session := webauthn.SessionData{
		Challenge: c.Value, RelyingPartyID: k.RPID, Origin: c.Origin, UserID: []byte(k.User), UserVerification: protocol.VerificationRequired,
	}
	used, err := p.ValidateLogin(party{owner: Owner{ID: k.User}, passkeys: []Passkey{k}}, session, a.parsed)
	if err != nil {
		return Passkey{}, RefusedSignature
	}
	if used.Authenticator.CloneWarning {
		return Passkey{}, RefusedCount
	}
	k.SignCount, k.BackedUp = used.Authenticator.SignCount, used.Flags.BackupState
	return k, ""
}

// NewAnswer is what an authenticator says of a passkey that it has just made, read and not
// yet checked.
type NewAnswer struct {
	parsed *protocol.ParsedCredentialCreationData
}

// ReadNewAnswer reads the answer to [Origins.AskNew] (RegistrationResponseJSON).
func ReadNewAnswer(data []byte) (NewAnswer, Refusal) {
	parsed, err := protocol.ParseCredentialCreationResponseBytes(data)
	if err != nil {
		return NewAnswer{}, RefusedForm
	}
	return NewAnswer{parsed}, ""
}

// Challenge is the value of the challenge that the answer is to; empty if it is none that
// was ever given out.
func (a NewAnswer) Challenge() string {
	return wellFormed(a.parsed.Response.CollectedClientData.Challenge)
}

// CheckNew checks a new passkey against the challenge that was given out and gives it for
// its owner, without id, name and times.
func (o Origins) CheckNew(c Challenge, owner ident.UserID, a NewAnswer) (Passkey, Refusal) {
	p, err := o.at(c.Origin)
	if err != nil {
		return Passkey{}, RefusedOrigin
	}
	signed := a.parsed.Response
	switch {
	case signed.CollectedClientData.Origin != c.Origin:
		return Passkey{}, RefusedOrigin
	case !signed.AttestationObject.AuthData.Flags.HasUserVerified():
		return Passkey{}, RefusedUser
	}
	session := webauthn.SessionData{
		Challenge: c.Value, RelyingPartyID: p.Config.RPID, Origin: c.Origin, UserID: []byte(owner),
		UserVerification: protocol.VerificationRequired, CredParams: webauthn.CredentialParametersDefault(),
	}
	made, err := p.CreateCredential(party{owner: Owner{ID: owner}}, session, a.parsed)
	if err != nil {
		return Passkey{}, RefusedSignature
	}
	k := Passkey{
		User: owner, CredentialID: made.ID, RPID: p.Config.RPID, PublicKey: made.PublicKey, SignCount: made.Authenticator.SignCount,
		BackupEligible: made.Flags.BackupEligible, BackedUp: made.Flags.BackupState,
	}
	for _, t := range made.Transport {
		k.Transports = append(k.Transports, string(t))
	}
	return k, ""
}
