package directory

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"mizuhiki.dev/mizuhiki/internal/ident"
)

// CodePurpose is what a one-time code enrols.
type CodePurpose string

const (
	CodeGateway CodePurpose = "gateway"
	CodeDevice  CodePurpose = "device"         // a terminal whose own program makes the key
	CodePKCS12  CodePurpose = "device_pkcs12"  // a terminal that gets key and certificate as a file
	CodeProfile CodePurpose = "device_profile" // the same as an Apple configuration profile
)

// CodeLife is how long a code may be used. It is made when the other side is on the
// telephone, not stored for later.
const CodeLife = 10 * time.Minute

// Code is a one-time code with which a gateway or a terminal enrols, as it is kept:
// by its hash.
type Code struct {
	SHA256    string // hex, see HashCode
	Purpose   CodePurpose
	Facility  ident.FacilityID
	Label     string         // what is to be enrolled, for people; a terminal's name
	Place     string         // where the terminal stands
	Replaces  ident.DeviceID // the terminal that is shut out when this one has enrolled; empty: none
	UserGroup string         // ward or department whose people work at the terminal
	OS        string         // as it was entered; empty: the terminal says
	Renews    ident.DeviceID // the terminal that gets its next certificate; empty: a new terminal
	Legacy    bool           // PKCS #12 with the ciphers that old systems know
	// SealedPassword is that of the file to be, see [PasswordContext]; only until the
	// code is used.
	SealedPassword string
	CreatedBy      string
	ExpiresAt      time.Time
}

// PasswordContext is in which context a code's password is sealed.
func PasswordContext(codeSHA256 string) string { return "enrollment_code.password:" + codeSHA256 }

// NewCode makes a code of at least 128 random bits, in groups of letters and digits that can be
// read out.
func NewCode() string {
	text := strings.ToLower(rand.Text()) // base32: no 0, 1, 8, 9 to be mistaken
	var groups []string
	for len(text) > 5 {
		groups = append(groups, text[:5])
		text = text[5:]
	}
	return strings.Join(append(groups, text), "-")
}

// HashCode gives the hash under which a code is kept, however it was typed: case,
// spaces and hyphens do not count.
func HashCode(typed string) string {
	plain := strings.NewReplacer("-", "", " ", "").Replace(strings.ToLower(typed))
	sum := sha256.Sum256([]byte(plain))
	return hex.EncodeToString(sum[:])
}
