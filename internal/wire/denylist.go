package wire

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// How old the center's list of what is revoked may become at a gateway: with an older
// one hospital IT is alarmed, and then nothing is disclosed any more. A center issues its
// list anew every [DenylistEvery], also if nothing has changed.
const (
	DenylistEvery = 10 * time.Minute
	DenylistAlarm = 24 * time.Hour
	DenylistEnd   = 72 * time.Hour
)

// KeyDenylistOld is the message key with which a gateway refuses to disclose because its
// list is older than [DenylistEnd].
const KeyDenylistOld fault.Key = "gateway.denylist_old"

// DeniedKind is what a revoked certificate was for.
type DeniedKind string

const (
	DeniedDevice  DeniedKind = "device"  // a terminal's; assertions for it are refused as well
	DeniedGateway DeniedKind = "gateway" // a gateway's
	DeniedServer  DeniedKind = "server"  // a host of the center
	DeniedIssuing DeniedKind = "issuing" // an issuing CA: whatever it has issued is refused
	DeniedSigner  DeniedKind = "signer"  // the key with which a replica signs assertions and lists
)

// Denied is one entry of a [Denylist].
type Denied struct {
	Kind    DeniedKind     `json:"kind"`
	SHA256  string         `json:"sha256"`           // hex, of the DER certificate; of the public key for [DeniedSigner]
	Serial  string         `json:"serial,omitempty"` // hex; empty where it is not known
	Device  ident.DeviceID `json:"device,omitempty"` // for [DeniedDevice]
	Ends    int64          `json:"ends"`             // until when it would have held; seconds
	Revoked int64          `json:"revoked"`          // seconds
	Reason  string         `json:"reason,omitempty"`
}

// Denylist (失効リスト) is all that was revoked and would still hold, as one replica states
// it. A gateway adds what is on it to what it knows and forgets nothing by it.
type Denylist struct {
	Replica ident.ReplicaID `json:"iss"`
	Seq     int64           `json:"seq"` // grows with every list of the replica
	Issued  int64           `json:"iat"` // seconds
	Entries []Denied        `json:"entries"`
}

// SignedDenylist is the body of [PathDenylist].
type SignedDenylist struct {
	List string `json:"list"` // by [Signer.SignDenylist]
}

// DenylistTaken answers it.
type DenylistTaken struct {
	Entries int `json:"entries"` // that the gateway holds now
}

const typeDenylist = "mizuhiki-denylist+jws"

// SignDenylist signs a list with the replica's key; it sets the issuer.
func (s *Signer) SignDenylist(l Denylist) (string, error) {
	l.Replica = s.replica
	return sign(s.key, typeDenylist, s.certificate, l)
}

// KeySHA256 is the digest of the replica's public key in hex, by which a [Denylist] names it.
func (s *Signer) KeySHA256() string { return keySHA256(s.key.Public().(ed25519.PublicKey)) }

func keySHA256(key ed25519.PublicKey) string {
	sum := sha256.Sum256(key)
	return hex.EncodeToString(sum[:])
}

// OpenDenylist checks a list's signatures up to the assertion root, and that it was not
// issued in the future; it gives the list and the digest of the key that signed it. Every
// refusal is of kind denied. Whether the list is newer than another is for the caller.
func OpenDenylist(root ed25519.PublicKey, token string, now time.Time) (l Denylist, signer string, err error) {
	payload, replica, err := opened(root, token, typeDenylist, now)
	if err == nil {
		err = json.Unmarshal(payload, &l)
	}
	switch {
	case err != nil:
	case l.Replica != replica.Replica:
		err = fmt.Errorf("issued by %s with the key of %s", l.Replica, replica.Replica)
	case l.Issued > now.Add(clockSkew).Unix():
		err = fmt.Errorf("issued in the future")
	}
	if err != nil {
		return Denylist{}, "", fault.New(fault.Denied, "denylist: %w", err)
	}
	return l, keySHA256(replica.PublicKey), nil
}

// opened checks a token of a replica and the certificate of the replica's key that comes
// with it, and gives the token's payload.
func opened(root ed25519.PublicKey, token, typ string, now time.Time) ([]byte, replicaClaims, error) {
	var replica replicaClaims
	jws, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.EdDSA})
	if err != nil {
		return nil, replica, err
	}
	header := jws.Signatures[0].Protected
	certificate, _ := header.ExtraHeaders[headerReplica].(string)
	if header.ExtraHeaders[jose.HeaderType] != typ {
		return nil, replica, fmt.Errorf("not of type %s", typ)
	}
	outer, err := jose.ParseSignedCompact(certificate, []jose.SignatureAlgorithm{jose.EdDSA})
	if err != nil {
		return nil, replica, fmt.Errorf("replica certificate: %w", err)
	}
	if outer.Signatures[0].Protected.ExtraHeaders[jose.HeaderType] != typeReplica {
		return nil, replica, fmt.Errorf("replica certificate: not one")
	}
	claims, err := outer.Verify(root)
	if err == nil {
		err = json.Unmarshal(claims, &replica)
	}
	switch {
	case err != nil:
		return nil, replica, fmt.Errorf("replica certificate: %w", err)
	case now.Add(clockSkew).Unix() < replica.NotBefore || now.Unix() > replica.NotAfter:
		return nil, replica, fmt.Errorf("replica certificate of %s is not valid now", replica.Replica)
	case len(replica.PublicKey) != ed25519.PublicKeySize:
		return nil, replica, fmt.Errorf("replica certificate of %s: key of %d bytes", replica.Replica, len(replica.PublicKey))
	}
	payload, err := jws.Verify(ed25519.PublicKey(replica.PublicKey))
	return payload, replica, err
}
