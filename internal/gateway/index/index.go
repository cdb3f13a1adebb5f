// Package index is what a gateway knows of its hospital's storage: the demographics of
// all patients, what exists for the linked ones (連携患者), what could not be read, and
// who was shown what. Content is never in it.
//
// Changes of what exists are numbered in a log that the center reads; an index that was
// made anew has another epoch, so that the center forgets what it knew and reads again.
package index

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"strconv"
	"sync"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// Index is an open index. It is safe for concurrent use.
type Index struct {
	db     *db.DB
	clock  func() time.Time
	epoch  string
	secret []byte
	macs   sync.Pool // of hash.Hash, keyed by secret

	mu      sync.Mutex
	changed chan struct{} // closed when the log grows
}

// Open opens the index in a migrated database and gives a new one its epoch and secret.
func Open(ctx context.Context, d *db.DB, clock func() time.Time) (*Index, error) {
	x := &Index{db: d, clock: clock, changed: make(chan struct{})}
	err := d.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		var err error
		if x.epoch, err = setting(ctx, tx, "epoch", ident.New[string]); err != nil {
			return err
		}
		secret, err := setting(ctx, tx, "item_secret", func() string {
			var b [32]byte
			rand.Read(b[:])
			return hex.EncodeToString(b[:])
		})
		if err != nil {
			return err
		}
		x.secret, err = hex.DecodeString(secret)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open index: %w", err)
	}
	return x, nil
}

func setting(ctx context.Context, tx *db.Tx, name string, fresh func() string) (string, error) {
	v, err := db.One(ctx, tx, "setting "+name, func(s db.Scanner) (v string, err error) {
		err = s(&v)
		return v, err
	},
		`SELECT value FROM setting WHERE name = $1`, name)
	if !fault.Is(err, fault.NotFound) {
		return v, err
	}
	v = fresh()
	_, err = tx.ExecContext(ctx, `INSERT INTO setting (name, value) VALUES ($1, $2)`, name, v)
	return v, err
}

// VolumeFact is something to remember of a volume of the storage.
type VolumeFact string

const (
	// VolumeHolds: it has held patients. Found empty later, it is not taken for a hospital
	// without patients but for a share that is not there.
	VolumeHolds VolumeFact = "volume"
	// VolumeWalked: all that was in it has been read once. While it is away the index
	// can answer without it.
	VolumeWalked VolumeFact = "walked"
)

// NoteVolume remembers a fact of a volume for good.
func (x *Index) NoteVolume(ctx context.Context, fact VolumeFact, root string) error {
	return x.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := setting(ctx, tx, string(fact)+" "+root, func() string { return "yes" })
		return err
	})
}

// VolumeNoted reports whether a fact of a volume has been noted.
func (x *Index) VolumeNoted(ctx context.Context, fact VolumeFact, root string) (bool, error) {
	var n int
	err := x.db.Reader().QueryRowContext(ctx, `SELECT COUNT(*) FROM setting WHERE name = $1`, string(fact)+" "+root).Scan(&n)
	return n > 0, err
}

// Epoch names this making of the index.
func (x *Index) Epoch() string { return x.epoch }

// ItemID gives the id of the current document under a key of the storage. It is the same
// as long as the index lives, and without its secret says nothing of patient or order.
func (x *Index) ItemID(k ssmix2.Key) ident.ItemID {
	mac, _ := x.macs.Get().(hash.Hash)
	if mac == nil {
		mac = hmac.New(sha256.New, x.secret)
	}
	defer x.macs.Put(mac)
	mac.Reset()
	var buf [128]byte
	b := buf[:0]
	for _, part := range []string{string(k.PatientID), k.CareDate, string(k.DataType), k.OrderNo} {
		b = append(strconv.AppendInt(b, int64(len(part)), 10), ':')
		b = append(b, part...)
	}
	mac.Write(b)
	return ident.FromHash[ident.ItemID](mac.Sum(buf[:0]))
}
