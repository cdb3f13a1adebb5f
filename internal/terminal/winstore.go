package terminal

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/sha1"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"math/big"
	"strings"
)

// windows is the certificate store of the signed-in user, which Edge and Chrome use.
type windows struct{ run runner }

func (windows) Ready(context.Context) error {
	return needTools("it comes with Windows", "certutil", "powershell")
}

func (s windows) Put(ctx context.Context, id Identity) error {
	return withBundle(id, func(b bundle) error {
		if err := s.run.do(ctx, "certutil", "-user", "-f", "-p", b.password, "-importPFX", "My", b.p12, "NoExport,NoRoot"); err != nil {
			return err
		}
		return s.run.do(ctx, "certutil", "-user", "-f", "-addstore", "Root", b.root)
	})
}

// Key signs where the key lies, since it is not to be exported from there.
func (s windows) Key(ctx context.Context, cert *x509.Certificate) (crypto.Signer, error) {
	pub, ok := cert.PublicKey.(*ecdsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("a certificate for a key of type %T", cert.PublicKey)
	}
	return windowsKey{ctx, s.run, thumbprint(cert), pub}, nil
}

func (s windows) Drop(ctx context.Context, cert *x509.Certificate) error {
	return s.run.do(ctx, "powershell", "-NoProfile", "-NonInteractive", "-Command",
		`Remove-Item -DeleteKey -LiteralPath Cert:\CurrentUser\My\`+thumbprint(cert))
}

// thumbprint is how Windows names certificates: by the SHA-1 of their DER.
func thumbprint(cert *x509.Certificate) string {
	sum := sha1.Sum(cert.Raw)
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

// windowsKey is a key of the signed-in user's store, used through PowerShell (.NET
// Framework 4.6.1, which Windows 10 has).
type windowsKey struct {
	ctx        context.Context // of the renewal: crypto.Signer takes none
	run        runner
	thumbprint string
	public     *ecdsa.PublicKey
}

func (k windowsKey) Public() crypto.PublicKey { return k.public }

// Sign gives an ASN.1 signature over a digest. What .NET makes is the two numbers side by side.
func (k windowsKey) Sign(_ io.Reader, digest []byte, _ crypto.SignerOpts) ([]byte, error) {
	out, err := k.run(k.ctx, "powershell", "-NoProfile", "-NonInteractive", "-Command", `$ErrorActionPreference='Stop'; `+
		`Add-Type -AssemblyName System.Core; `+
		`$c=Get-Item -LiteralPath Cert:\CurrentUser\My\`+k.thumbprint+`; `+
		`$k=[Security.Cryptography.X509Certificates.ECDsaCertificateExtensions]::GetECDsaPrivateKey($c); `+
		`[Convert]::ToBase64String($k.SignHash([Convert]::FromBase64String('`+base64.StdEncoding.EncodeToString(digest)+`')))`)
	if err != nil {
		return nil, err
	}
	pair, err := base64.StdEncoding.DecodeString(strings.TrimSpace(out))
	if err != nil || len(pair) == 0 || len(pair)%2 != 0 {
		return nil, fmt.Errorf("powershell gave no signature")
	}
	half := len(pair) / 2
	return asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(pair[:half]), new(big.Int).SetBytes(pair[half:])})
}
