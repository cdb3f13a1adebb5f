package terminal

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/sha1"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
)

// nss is the shared database of Chromium's family on Linux.
type nss struct {
	dir string
	run runner
}

func (s nss) Ready(ctx context.Context) error {
	if err := needTools("install libnss3-tools", "certutil", "pk12util"); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(s.dir, "cert9.db")); err == nil {
		return nil
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	return s.run.do(ctx, "certutil", "-N", "-d", "sql:"+s.dir, "--empty-password")
}

func (s nss) Put(ctx context.Context, id Identity) error {
	return withBundle(id, func(b bundle) error {
		if err := s.run.do(ctx, "pk12util", "-i", b.p12, "-d", "sql:"+s.dir, "-w", b.passwordFile, "-K", ""); err != nil {
			return err
		}
		return s.run.do(ctx, "certutil", "-A", "-d", "sql:"+s.dir, "-n", id.Root.Subject.CommonName, "-t", "C,,", "-i", b.root)
	})
}

// Key gives none: what pk12util writes out is not what Go reads, and no tool of the package
// signs. The database has no password, so a copy in a file of the same user's is no worse.
func (nss) Key(context.Context, *x509.Certificate) (crypto.Signer, error) { return nil, nil }

// Drop deletes a key. Its certificate stays behind, and without a key no browser offers it:
// certutil deletes certificates by their nickname, which the terminal's next one has too.
func (s nss) Drop(ctx context.Context, cert *x509.Certificate) error {
	pub, ok := cert.PublicKey.(*ecdsa.PublicKey)
	if !ok {
		return fmt.Errorf("a certificate for a key of type %T", cert.PublicKey)
	}
	point, err := pub.Bytes()
	if err != nil {
		return err
	}
	id := sha1.Sum(point) // as NSS names keys on curves (CKA_ID); nothing rests on its strength
	return s.run.do(ctx, "certutil", "-F", "-d", "sql:"+s.dir, "-k", hex.EncodeToString(id[:]))
}
