package credential

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"

	"mizuhiki.dev/mizuhiki/internal/fault"
)

// Params are the costs of a password hash.
type Params struct {
	MemoryKiB uint32
	Passes    uint32
	Threads   uint8
}

// DefaultParams are 19 MiB, two passes, one thread (OWASP's argon2id baseline): some
// 55 ms on the smallest server.
func DefaultParams() Params { return Params{MemoryKiB: 19 << 10, Passes: 2, Threads: 1} }

const saltSize, keySize = 16, 32

// Hasher makes and checks password hashes: argon2id (RFC 9106) as PHC strings. Only
// so many run at once, so that a flood of attempts costs neither the memory nor the
// processors that the rest of the program lives on.
type Hasher struct {
	params  Params
	slots   chan struct{}
	waiting chan struct{}
}

// KeyBusy is the key of a [fault.Unavailable] with which hashing is refused when too many
// wait already: who comes later would wait longer than anybody looks at a page.
const KeyBusy fault.Key = "signin.busy"

// maxWaiting is how many may wait to hash: some three seconds' work on the smallest server.
const maxWaiting = 100

// NewHasher makes a hasher that hashes with params, two at a time.
func NewHasher(params Params) *Hasher {
	return &Hasher{params: params, slots: make(chan struct{}, 2), waiting: make(chan struct{}, maxWaiting)}
}

// Hash hashes a password with a fresh salt. It fails if ctx ends while
// it waits, and with [KeyBusy] if too many wait.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltSize)
	rand.Read(salt) // never fails: crypto/rand ends the process instead
	key, err := h.key(ctx, password, salt, h.params)
	if err != nil {
		return "", err
	}
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		h.params.MemoryKiB, h.params.Passes, h.params.Threads, b64.EncodeToString(salt), b64.EncodeToString(key)), nil
}

// Verify reports whether the password is the hash's, and whether the hash has other
// params than the hasher's and should be made anew. An empty hash stands for an
// account that does not exist: it takes the same time and is nobody's.
func (h *Hasher) Verify(ctx context.Context, phc, password string) (ok, outdated bool, err error) {
	if phc == "" {
		_, err := h.key(ctx, password, make([]byte, saltSize), h.params)
		return false, false, err
	}
	params, salt, want, err := parsePHC(phc)
	if err != nil {
		return false, false, err
	}
	got, err := h.key(ctx, password, salt, params)
	if err != nil {
		return false, false, err
	}
	return subtle.ConstantTimeCompare(got, want) == 1, params != h.params, nil
}

func (h *Hasher) key(ctx context.Context, password string, salt []byte, p Params) ([]byte, error) {
	select {
	case h.waiting <- struct{}{}:
		defer func() { <-h.waiting }()
	default:
		return nil, fault.WithKey(fault.Unavailable, KeyBusy, nil)
	}
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	case <-ctx.Done():
		return nil, fmt.Errorf("wait to hash a password: %w", ctx.Err())
	}
	return argon2.IDKey([]byte(password), salt, p.Passes, p.MemoryKiB, p.Threads, keySize), nil
}

// parsePHC reads what Hash writes. Its bounds keep a damaged row from panicking or
// from eating the machine.
func parsePHC(phc string) (p Params, salt, key []byte, err error) {
	bad := fmt.Errorf("password hash is not one of argon2id that this program knows")
	parts := strings.Split(phc, "$")
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return p, nil, nil, bad
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.MemoryKiB, &p.Passes, &p.Threads); err != nil {
		return p, nil, nil, bad
	}
	if p.MemoryKiB > 256<<10 || p.Passes < 1 || p.Passes > 16 || p.Threads < 1 || p.Threads > 16 {
		return p, nil, nil, bad
	}
	if salt, err = base64.RawStdEncoding.Strict().DecodeString(parts[4]); err != nil || len(salt) < 8 {
		return p, nil, nil, bad
	}
	if key, err = base64.RawStdEncoding.Strict().DecodeString(parts[5]); err != nil || len(key) != keySize {
		return p, nil, nil, bad
	}
	return p, salt, key, nil
}
