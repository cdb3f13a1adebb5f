package audit

import (
	"fmt"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"mizuhiki.dev/mizuhiki/internal/ident"
)

// Part says what part of a log a [Defect] is in.
type Part string

const (
	PartRow        Part = "row"        // Number is the leaf
	PartHash       Part = "hash"       // Number is the storage position
	PartCheckpoint Part = "checkpoint" // Number is the size
	PartLog        Part = "log"        // the log as a whole; Number means nothing
)

// Defect is the first place at which a log does not hold.
type Defect struct {
	Replica ident.ReplicaID
	Part    Part
	Number  int64
	Problem string
}

func (d *Defect) Error() string {
	if d.Part == PartLog {
		return fmt.Sprintf("audit log %s: %s", d.Replica, d.Problem)
	}
	return fmt.Sprintf("audit log %s, %s %d: %s", d.Replica, d.Part, d.Number, d.Problem)
}

// Verification recomputes one log that is fed to it row by row from the first, with
// each checkpoint once its rows have been fed. Every method returns a [Defect] at the
// first thing that does not hold; the verification is of no use after that.
//
// What it proves: up to the last checkpoint no row was changed, added, moved or taken
// away by anybody who does not have the key. Rows after it are only known to agree
// with each other. A whole database put back to an old copy holds by itself; only
// somebody who kept a newer checkpoint can tell.
type Verification struct {
	replica ident.ReplicaID
	known   note.Verifiers
	chain   Chain
	signed  int
	covered int64
}

// Verify begins the verification of a replica's log.
func Verify(replica ident.ReplicaID, known note.Verifiers) *Verification {
	return &Verification{replica: replica, known: known}
}

// Size is the number of rows fed so far and so the next leaf.
func (v *Verification) Size() int64 { return v.chain.Size() }

func (v *Verification) defect(part Part, number int64, format string, args ...any) error {
	return &Defect{v.replica, part, number, fmt.Sprintf(format, args...)}
}

// Row takes the next row: its columns, the bytes that were hashed, and the stored
// hashes by storage position.
func (v *Verification) Row(columns Record, body []byte, stored map[int64]string) error {
	leaf := v.Size()
	switch {
	case columns.Leaf < 0:
		return v.defect(PartRow, columns.Leaf, "there is no such place in a log")
	case columns.Leaf > leaf:
		return v.defect(PartRow, leaf, "it is missing")
	}
	at := tlog.StoredHashIndex(0, leaf)
	for i, h := range v.chain.Add(tlog.RecordHash(body)) {
		have, ok := stored[at+int64(i)]
		switch {
		case !ok && i == 0:
			return v.defect(PartRow, leaf, "it was never hashed")
		case !ok:
			return v.defect(PartHash, at+int64(i), "it is missing")
		case have != h.String() && i == 0:
			return v.defect(PartRow, leaf, "its body is not the one that was hashed")
		case have != h.String():
			return v.defect(PartHash, at+int64(i), "it is not the hash of the rows below it")
		}
	}
	rec, err := ParseRecord(body)
	if err != nil {
		return v.defect(PartRow, leaf, "%v", err)
	}
	if field := rec.Differs(columns); field != "" {
		return v.defect(PartRow, leaf, "column %s differs from the body that was hashed", field)
	}
	return nil
}

// Checkpoint takes the checkpoint that is filed under a size.
func (v *Verification) Checkpoint(size int64, signed string) error {
	c, err := OpenCheckpoint(signed, v.known)
	switch {
	case err != nil:
		return v.defect(PartCheckpoint, size, "%v", err)
	case c.Replica != v.replica:
		return v.defect(PartCheckpoint, size, "it is one of audit log %s", c.Replica)
	case c.Size != size:
		return v.defect(PartCheckpoint, size, "it says that it is of size %d", c.Size)
	case size > v.Size():
		return v.defect(PartCheckpoint, size, "the rows from %d on, which it covers, are missing", v.Size())
	case size < v.Size():
		return v.defect(PartCheckpoint, size, "it was fed too late") // the caller's mistake; never silently a pass
	case c.Root != v.chain.Root():
		return v.defect(PartCheckpoint, size, "its root is not that of the rows it covers")
	}
	v.signed, v.covered = v.signed+1, size
	return nil
}

// Stray takes the position of a stored hash that belongs to no row that was fed.
func (v *Verification) Stray(position int64) error {
	if position == tlog.StoredHashIndex(0, v.Size()) {
		return v.defect(PartRow, v.Size(), "it is missing, though its hash is there")
	}
	return v.defect(PartHash, position, "it belongs to no row")
}

// Summary says how far a log that holds goes.
type Summary struct {
	Replica     ident.ReplicaID
	Rows        int64
	Checkpoints int
	Covered     int64 // rows that the last checkpoint covers
	Root        tlog.Hash
}

// End ends the verification. A log without a single checkpoint does not hold: a
// replica signs one, of size 0 if need be, before it serves.
func (v *Verification) End() (Summary, error) {
	if v.signed == 0 {
		return Summary{}, v.defect(PartLog, 0, "no checkpoint covers it")
	}
	return Summary{v.replica, v.Size(), v.signed, v.covered, v.chain.Root()}, nil
}
