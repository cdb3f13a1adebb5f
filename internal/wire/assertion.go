package wire

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// AssertionLife is how long an assertion holds after it was issued.
const AssertionLife = 60 * time.Second

// clockSkew is how far center and gateway clocks may differ.
const clockSkew = 30 * time.Second

// Assertion is what the center states when it asks a gateway for content: for whom,
// of which patient, which kinds, on what facts. It is single use and holds only for
// one request on one link: the body's hash, the path and the hash of the link
// certificate that the gateway itself sees are part of it (as RFC 8705 binds tokens).
type Assertion struct {
	JTI        string               `json:"jti"`
	Issued     int64                `json:"iat"` // seconds, as in RFC 7519
	Expires    int64                `json:"exp"`
	Replica    ident.ReplicaID      `json:"iss"`
	Gateway    ident.GatewayID      `json:"aud"`
	Owner      ident.FacilityID     `json:"owner"`
	Decision   ident.DecisionID     `json:"decision"`
	PolicyHash string               `json:"policy_hash"`
	Viewer     access.Viewer        `json:"viewer"`
	PatientID  ident.LocalPatientID `json:"patient_id"`
	Kinds      []clinical.Kind      `json:"kinds"`
	ViewerLink bool                 `json:"viewer_link"`
	Consent    bool                 `json:"consent"`
	Purpose    string               `json:"purpose"`
	CertSHA256 string               `json:"cert_sha256"` // hex, of the center's link certificate
	Path       string               `json:"path"`
	BodySHA256 string               `json:"body_sha256"` // hex
	Signer     string               `json:"-"`           // hex digest of the key that signed it, set by [Verifier.Verify]
}

// replicaClaims is what the assertion root certifies: a replica's key for some time.
type replicaClaims struct {
	Replica   ident.ReplicaID `json:"replica"`
	PublicKey []byte          `json:"public_key"`
	NotBefore int64           `json:"nbf"`
	NotAfter  int64           `json:"exp"`
}

// headerReplica is the JWS header that carries the replica's certificate.
const headerReplica = "mizuhiki-replica"

// Token types, so that a certificate can never be taken for an assertion.
const (
	typeReplica   = "mizuhiki-replica+jws"
	typeAssertion = "mizuhiki-assertion+jws"
)

// CertifyReplica signs, with the assertion root that gateways pinned at enrolment, that
// pub is the assertion key of a replica from notBefore to notAfter.
func CertifyReplica(root ed25519.PrivateKey, replica ident.ReplicaID, pub ed25519.PublicKey, notBefore, notAfter time.Time) (string, error) {
	return sign(root, typeReplica, "", replicaClaims{replica, pub, notBefore.Unix(), notAfter.Unix()})
}

// Signer signs assertions with a replica's key. It is safe for concurrent use.
type Signer struct {
	key         ed25519.PrivateKey
	certificate string
	replica     ident.ReplicaID
	notAfter    time.Time
}

// NewSigner takes a replica's key and its certificate by [CertifyReplica].
func NewSigner(key ed25519.PrivateKey, certificate string) (*Signer, error) {
	jws, err := jose.ParseSignedCompact(certificate, []jose.SignatureAlgorithm{jose.EdDSA})
	if err != nil {
		return nil, fmt.Errorf("replica certificate: %w", err)
	}
	var claims replicaClaims
	if err := json.Unmarshal(jws.UnsafePayloadWithoutVerification(), &claims); err != nil {
		return nil, fmt.Errorf("replica certificate: %w", err)
	}
	if !key.Public().(ed25519.PublicKey).Equal(ed25519.PublicKey(claims.PublicKey)) {
		return nil, fmt.Errorf("replica certificate of %s is for another key", claims.Replica)
	}
	return &Signer{key: key, certificate: certificate, replica: claims.Replica, notAfter: time.Unix(claims.NotAfter, 0)}, nil
}

// Replica tells whose key it is.
func (s *Signer) Replica() ident.ReplicaID { return s.replica }

// NotAfter is until when the key is certified.
func (s *Signer) NotAfter() time.Time { return s.notAfter }

// Sign issues the assertion at now: it sets JTI, issuer, policy hash and times.
func (s *Signer) Sign(a Assertion, now time.Time) (string, error) {
	a.JTI = ident.New[string]()
	a.Replica = s.replica
	a.PolicyHash = access.PolicyHash()
	a.Issued, a.Expires = now.Unix(), now.Add(AssertionLife).Unix()
	return sign(s.key, typeAssertion, s.certificate, a)
}

func sign(key ed25519.PrivateKey, typ, replicaCertificate string, claims any) (string, error) {
	opts := (&jose.SignerOptions{}).WithType(jose.ContentType(typ))
	if replicaCertificate != "" {
		opts = opts.WithHeader(headerReplica, replicaCertificate)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.EdDSA, Key: key}, opts)
	if err != nil {
		return "", fmt.Errorf("sign %s: %w", typ, err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("sign %s: %w", typ, err)
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("sign %s: %w", typ, err)
	}
	return jws.CompactSerialize()
}

// Verifier checks assertions at one gateway. It is safe for concurrent use.
type Verifier struct {
	root    ed25519.PublicKey
	gateway ident.GatewayID
	owner   ident.FacilityID
}

// NewVerifier makes a verifier that trusts one assertion root.
func NewVerifier(root ed25519.PublicKey, gateway ident.GatewayID, owner ident.FacilityID) *Verifier {
	return &Verifier{root: root, gateway: gateway, owner: owner}
}

// Verify checks signature, chain, times, addressee and binding to link certificate and
// request. Every refusal is of kind denied. That an assertion is used once is for the
// caller to hold, in the transaction of what comes of it: an id that is remembered
// elsewhere is forgotten by a restart. No assertion passes after [Assertion.Spent].
func (v *Verifier) Verify(token, centerCertSHA256, path string, body []byte, now time.Time) (Assertion, error) {
	a, err := v.open(token, now)
	if err != nil {
		return Assertion{}, fault.New(fault.Denied, "assertion: %w", err)
	}
	sum := sha256.Sum256(body)
	switch {
	case now.Unix() > a.Expires || a.Expires-a.Issued > int64(AssertionLife/time.Second):
		err = fmt.Errorf("expired")
	case a.Issued > now.Add(clockSkew).Unix():
		err = fmt.Errorf("issued in the future")
	case a.Gateway != v.gateway || a.Owner != v.owner:
		err = fmt.Errorf("for gateway %q of facility %q", a.Gateway, a.Owner)
	case a.CertSHA256 != centerCertSHA256:
		err = fmt.Errorf("bound to another link")
	case a.Path != path || a.BodySHA256 != hex.EncodeToString(sum[:]):
		err = fmt.Errorf("bound to another request")
	case a.JTI == "":
		err = fmt.Errorf("without an id")
	}
	if err != nil {
		return Assertion{}, fault.New(fault.Denied, "assertion: %w", err)
	}
	return a, nil
}

// open checks both signatures and the replica certificate's times.
func (v *Verifier) open(token string, now time.Time) (Assertion, error) {
	var a Assertion
	payload, replica, err := opened(v.root, token, typeAssertion, now)
	if err != nil {
		return a, err
	}
	if err := json.Unmarshal(payload, &a); err != nil {
		return a, err
	}
	if a.Replica != replica.Replica {
		return a, fmt.Errorf("issued by %s with the key of %s", a.Replica, replica.Replica)
	}
	a.Signer = keySHA256(replica.PublicKey)
	return a, nil
}

// Spent is until when the id of a used assertion has to be remembered.
func (a Assertion) Spent() time.Time { return time.Unix(a.Expires, 0).Add(clockSkew) }
