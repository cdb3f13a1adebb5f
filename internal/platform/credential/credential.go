// Package credential is how people prove who they are wherever this program lets them
// in (認証): rules and hashes of passwords, one-time codes, the secrets of sessions, and
// how failed attempts slow down. It keeps nothing: accounts belong to the surfaces.
//
// Passwords follow the MHLW guideline 7.0 (システム運用編 14.1.1), hashes RFC 9106, one-time
// codes RFC 6238.
package credential

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// NewToken makes a session's secret of 256 random bits and the hash under which it is kept.
func NewToken() (token, hash string) {
	var b [32]byte
	rand.Read(b[:]) // never fails: crypto/rand ends the process instead
	token = base64.RawURLEncoding.EncodeToString(b[:])
	return token, HashToken(token)
}

// HashToken gives the hash under which a session is kept and found.
func HashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// NewPassword makes a password of 80 random bits that can be read out: no letters or
// digits that look alike.
func NewPassword() string {
	for {
		text := readable()
		if strings.ContainsAny(text, "23456789") && strings.ContainsAny(text, "abcdefghijkmnpqrstuvwxyz") {
			return text
		}
	}
}

// readable gives 80 random bits as four groups of four.
func readable() string {
	const alphabet = "abcdefghijkmnpqrstuvwxyz23456789" // 32 characters: 5 bits each
	var b [16]byte
	rand.Read(b[:]) // never fails: crypto/rand ends the process instead
	for i := range b {
		b[i] = alphabet[b[i]&31]
	}
	text := string(b[:])
	return text[:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:]
}

// NewCode makes a one-time code of 80 random bits that can be read out and typed, and the
// hash under which it is kept.
func NewCode() (code, hash string) {
	code = readable()
	return code, HashCode(code)
}

// HashCode gives the hash of a code however it was typed: full-width letters, capitals,
// spaces and hyphens of any kind do not count.
func HashCode(typed string) string {
	return HashToken(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(norm.NFKC.String(typed))))
}
