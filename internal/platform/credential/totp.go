package credential

import (
	"crypto/subtle"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"
	"golang.org/x/text/unicode/norm"
)

// Sealer keeps a secret at rest: it opens only what it sealed in the same context.
// platform/seal has the one that is used; a key management service would be another.
type Sealer interface {
	Seal(secret, context string) (string, error)
	Open(sealed, context string) (string, error)
}

// The form of one-time codes (ワンタイムコード, RFC 6238) that every authenticator app
// reads: SHA-1, six digits, 30 seconds.
const (
	totpStep   = 30 * time.Second
	totpDigits = otp.DigitsSix
	totpSkew   = 1 // steps before and after now that are taken, for clocks that differ
)

// GenerateTOTP makes a secret for one-time codes and the otpauth URL by which an app
// takes it over.
func GenerateTOTP(login string) (secret, link string, err error) {
	key, err := totp.Generate(totp.GenerateOpts{
		Issuer: "Mizuhiki", AccountName: login, Period: uint(totpStep / time.Second), Digits: totpDigits, Algorithm: otp.AlgorithmSHA1, SecretSize: 20,
	})
	if err != nil {
		return "", "", fmt.Errorf("make one-time-code secret: %w", err)
	}
	return key.Secret(), key.URL(), nil
}

// MatchTOTP finds the step whose code was typed, as a full-width input mode may leave it. It looks at every step that is taken
// whatever it finds, so that the time tells nothing.
func MatchTOTP(secret, typed string, now time.Time) (step int64, ok bool, err error) {
	code := strings.ReplaceAll(norm.NFKC.String(typed), " ", "")
	at := now.Unix() / int64(totpStep/time.Second)
	for s := at - totpSkew; s <= at+totpSkew; s++ {
		want, err := hotp.GenerateCodeCustom(secret, uint64(s), hotp.ValidateOpts{Digits: totpDigits, Algorithm: otp.AlgorithmSHA1})
		if err != nil {
			return 0, false, fmt.Errorf("one-time code: %w", err)
		}
		if subtle.ConstantTimeCompare([]byte(code), []byte(want)) == 1 {
			step, ok = s, true
		}
	}
	return step, ok, nil
}

// NobodysSecret stands for the secret of an account that does not exist.
const NobodysSecret = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// TOTPURL gives the otpauth URL by which an app takes over a secret that was made before.
func TOTPURL(issuer, login, secret string) string {
	v := url.Values{"secret": {secret}, "issuer": {issuer}, "period": {strconv.Itoa(int(totpStep / time.Second))}, "digits": {totpDigits.String()}, "algorithm": {otp.AlgorithmSHA1.String()}}
	return "otpauth://totp/" + url.PathEscape(issuer+":"+login) + "?" + strings.ReplaceAll(v.Encode(), "+", "%20")
}
