package audit

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"mizuhiki.dev/mizuhiki/internal/ident"
)

const originPrefix = "mizuhiki.dev/audit/"

// Origin names a replica's log: it is the first line of its checkpoints and the name
// of the key that signs them.
func Origin(replica ident.ReplicaID) string { return originPrefix + string(replica) }

// GenerateKey makes the Ed25519 key with which a replica signs its checkpoints, in
// the text forms of golang.org/x/mod/sumdb/note: the secret for [note.NewSigner], the
// public one for [ParseKeys].
func GenerateKey(replica ident.ReplicaID) (secret, public string, err error) {
	return note.GenerateKey(rand.Reader, Origin(replica))
}

// Keys are the public keys of the logs that a verification expects. They satisfy
// [note.Verifiers].
type Keys struct {
	note.Verifiers
	replicas []ident.ReplicaID
}

// ParseKeys takes public keys as [GenerateKey] makes them.
func ParseKeys(public ...string) (Keys, error) {
	var k Keys
	var list []note.Verifier
	for _, text := range public {
		v, err := note.NewVerifier(strings.TrimSpace(text))
		if err != nil {
			return Keys{}, fmt.Errorf("audit key: %w", err)
		}
		replica, ok := strings.CutPrefix(v.Name(), originPrefix)
		if !ok {
			return Keys{}, fmt.Errorf("audit key %s is not one of an audit log", v.Name())
		}
		list = append(list, v)
		k.replicas = append(k.replicas, ident.ReplicaID(replica))
	}
	k.Verifiers = note.VerifierList(list...)
	return k, nil
}

// Replicas lists whose logs the keys are for.
func (k Keys) Replicas() []ident.ReplicaID { return k.replicas }

// Checkpoint is a signed head of a log: after it nothing below Size can be changed,
// added or taken away without the key.
type Checkpoint struct {
	Replica ident.ReplicaID
	Size    int64
	Root    tlog.Hash
}

// Sign writes the checkpoint as a signed note (c2sp.org/tlog-checkpoint): origin,
// size, root, and the signature of the log's key.
func (c Checkpoint) Sign(signer note.Signer) (string, error) {
	if signer.Name() != Origin(c.Replica) {
		return "", fmt.Errorf("checkpoint of audit log %s: the key is %s's", c.Replica, signer.Name())
	}
	text := fmt.Sprintf("%s\n%d\n%s\n", Origin(c.Replica), c.Size, c.Root)
	signed, err := note.Sign(&note.Note{Text: text}, signer)
	if err != nil {
		return "", fmt.Errorf("checkpoint of audit log %s: %w", c.Replica, err)
	}
	return string(signed), nil
}

// OpenCheckpoint reads a signed note and demands the signature of the very log's key:
// another log's good signature does not count.
func OpenCheckpoint(signed string, known note.Verifiers) (Checkpoint, error) {
	n, err := note.Open([]byte(signed), known)
	if err != nil {
		return Checkpoint{}, err
	}
	lines := bytes.Split([]byte(n.Text), []byte("\n"))
	if len(lines) < 4 {
		return Checkpoint{}, fmt.Errorf("checkpoint of %d lines", len(lines)-1)
	}
	origin := string(lines[0])
	replica, ok := strings.CutPrefix(origin, originPrefix)
	if !ok {
		return Checkpoint{}, fmt.Errorf("checkpoint of %q, which is not an audit log", origin)
	}
	c := Checkpoint{Replica: ident.ReplicaID(replica)}
	if c.Size, err = strconv.ParseInt(string(lines[1]), 10, 64); err != nil || c.Size < 0 {
		return Checkpoint{}, fmt.Errorf("checkpoint size %q", lines[1])
	}
	root, err := base64.StdEncoding.DecodeString(string(lines[2]))
	if err != nil || len(root) != tlog.HashSize {
		return Checkpoint{}, fmt.Errorf("checkpoint root %q", lines[2])
	}
	c.Root = tlog.Hash(root)
	for _, sig := range n.Sigs {
		if sig.Name == origin {
			return c, nil
		}
	}
	return Checkpoint{}, fmt.Errorf("checkpoint of %s is not signed by its own key", origin)
}
