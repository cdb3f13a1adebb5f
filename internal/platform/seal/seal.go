// Package seal keeps secrets at rest, such as one-time-code secrets in the accounts
// table, under envelope encryption (tink): each secret has a data key of its own,
// wrapped by a key-encryption keyset that lies outside the database. A copy of the
// database without the keyset gives nothing away, and what has been sealed stays as
// it is when the keyset moves into a key management service.
package seal

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"

	"mizuhiki.dev/mizuhiki/internal/platform/secretfile"
)

// format goes before everything sealed, so that another one can come.
const format = "s1."

// Box seals and opens. It is safe for concurrent use.
type Box struct{ aead tink.AEAD }

// Create makes a new keyset in a new file that only the program's user can read.
func Create(path string) error {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return fmt.Errorf("make keyset: %w", err)
	}
	var buf bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&buf)); err != nil {
		return fmt.Errorf("write keyset: %w", err)
	}
	return secretfile.Write(path, buf.Bytes())
}

// Load opens the box whose keyset lies at path.
func Load(path string) (*Box, error) {
	data, err := secretfile.Read(path)
	if err != nil {
		return nil, err
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(data)))
	if err != nil {
		return nil, fmt.Errorf("keyset %s: %w", path, err)
	}
	kek, err := aead.New(handle)
	if err != nil {
		return nil, fmt.Errorf("keyset %s: %w", path, err)
	}
	return &Box{aead.NewKMSEnvelopeAEAD2(aead.AES256GCMKeyTemplate(), kek)}, nil
}

// Seal encrypts a secret as text. The context says what the secret is and whose,
// for instance "totp:" and the user's id; only the same context opens it again, so
// that a sealed secret copied into another row is worth nothing.
func (b *Box) Seal(secret, context string) (string, error) {
	ct, err := b.aead.Encrypt([]byte(secret), []byte(context))
	if err != nil {
		return "", fmt.Errorf("seal: %w", err)
	}
	return format + base64.RawURLEncoding.EncodeToString(ct), nil
}

// Open is the inverse of [Box.Seal].
func (b *Box) Open(sealed, context string) (string, error) {
	text, ok := strings.CutPrefix(sealed, format)
	if !ok {
		return "", fmt.Errorf("open sealed secret: not in a format that this program knows")
	}
	ct, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return "", fmt.Errorf("open sealed secret: %w", err)
	}
	secret, err := b.aead.Decrypt(ct, []byte(context))
	if err != nil {
		return "", fmt.Errorf("open sealed secret: %w", err)
	}
	return string(secret), nil
}
