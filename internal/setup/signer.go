package setup

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"filippo.io/age"

	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/revocation"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// RenewSigner makes this replica's next key for assertions and denylists, certified by the
// assertion root whose sealed key is given. The center takes it at its next start; the
// files before stay beside the new ones. The key before is not revoked by this.
func (a *Admin) RenewSigner(ctx context.Context, sealed []byte, identities ...age.Identity) (revocation.Certificate, error) {
	var none revocation.Certificate
	root, err := openAssertionRoot(a.AssertionRoot, sealed, identities...)
	if err != nil {
		return none, err
	}
	pub, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return none, fmt.Errorf("make assertion key: %w", err)
	}
	now := a.Clock()
	cert, err := wire.CertifyReplica(root, a.Config.Replica, pub, now.Add(-time.Hour), now.Add(assertionLife))
	if err != nil {
		return none, err
	}
	signer, err := wire.NewSigner(key, cert)
	if err != nil {
		return none, err
	}
	own := revocation.Certificate{
		Entry: revocation.Entry{Kind: wire.DeniedSigner, SHA256: signer.KeySHA256(), NotAfter: signer.NotAfter()},
		Name:  "assertion key of replica " + string(a.Config.Replica),
	}
	// The row first: a key that nobody wrote down must not come into being.
	err = a.inTx(ctx, func(ctx context.Context, tx *db.Tx, now time.Time) error {
		if _, err := a.revocations.Note(ctx, tx, own, now); err != nil {
			return err
		}
		return a.record(ctx, tx, now, audit.ActionSetup, "", map[string]any{"what": "assertion key", "replica": a.Config.Replica, "key_sha256": own.SHA256})
	})
	if err != nil {
		return none, err
	}
	aside := "." + now.UTC().Format("20060102T150405")
	for _, path := range []string{a.Config.Keys.AssertionKey, a.Config.Keys.AssertionCert} {
		if err := keep(path, path+aside); err != nil {
			return none, err
		}
	}
	err = errors.Join(tlsid.WriteKey(a.Config.Keys.AssertionKey, key), writeOpen(a.Config.Keys.AssertionCert, []byte(cert+"\n")))
	if err != nil {
		return none, fmt.Errorf("the files before are kept as %s: %w", filepath.Base(a.Config.Keys.AssertionKey)+aside, err)
	}
	return own, nil
}

// openAssertionRoot gives the private key of the assertion root that gateways have pinned.
func openAssertionRoot(public ed25519.PublicKey, sealed []byte, identities ...age.Identity) (ed25519.PrivateKey, error) {
	plain, err := age.Decrypt(bytes.NewReader(sealed), identities...)
	if err != nil {
		return nil, fmt.Errorf("decrypt assertion root: %w", err)
	}
	data, err := io.ReadAll(io.LimitReader(plain, 4096))
	if err != nil {
		return nil, fmt.Errorf("decrypt assertion root: %w", err)
	}
	key, err := tlsid.ParseKey(data)
	if err != nil {
		return nil, fmt.Errorf("assertion root: %w", err)
	}
	root, ok := key.(ed25519.PrivateKey)
	if !ok || !public.Equal(root.Public()) {
		return nil, errors.New("the key is not that of the assertion root of this center")
	}
	return root, nil
}
