package index

import (
	"encoding/binary"
	"errors"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// recordCode is the first byte of a coded record. Another one is of another program.
//
// Documents of a record of code 1 were not held against who the patient is when they were
// read, nothing was remarked on those of code 2, and those of code 3 that had no birth date
// or the patient's were not held against name and sex, nor asked for zeros that stand for
// what is missing and times of other zones; how long they last was not asked of those of
// code 4. Their time of modification is taken for unknown, so that the next walk reads them
// again, and until then drugs are taken to last for a year.
const (
	recordCode       = 5
	remarkedCode     = 3 // the first with remarks
	oldestRecordCode = 1
	unknownTime      = -1
	unknownLasting   = 365
	mostLasting      = 1 << 20 // days; there is no later day
)

// What a row says beside its texts, as bits behind theirs.
const (
	bitAbnormal = 1 << texts
	bitRemarked = 1 << (texts + 1) // not before remarkedCode
	bitLasting  = 1 << (texts + 2)
)

// texts are the text fields of an entry in the order in which they are coded. The
// patient is not among them: a record is of one.
const texts = 9

func (r *row) text() [texts]string {
	return [texts]string{
		string(r.ID), string(r.Kind), r.DataType, r.Date, r.Time, r.Department, string(r.Event), r.Updated, r.Root,
	}
}

func (r *row) setText(f [texts]string) {
	r.ID, r.Kind, r.DataType, r.Date, r.Time = ident.ItemID(f[0]), clinical.Kind(f[1]), f[2], f[3], f[4]
	r.Department, r.Event, r.Updated, r.Root = f[5], clinical.EncounterEvent(f[6]), f[7], f[8]
}

// encodeRecord codes rows one after the other. Most fields of a row are those of the row
// before, so a row begins with a set of the texts that differ; a path is coded by how
// much it shares with the one before. A row takes some 130 bytes. Remarks are written out
// once and then meant by their number: a writer's habit shows in all that it writes.
func encodeRecord(rows []row) []byte {
	b := make([]byte, 0, 1+160*len(rows))
	b = append(b, recordCode)
	b = binary.AppendUvarint(b, uint64(len(rows)))
	var last [texts]string
	var path string
	var seq, mtime, remarked int64
	var known map[Remarks]int // from 1
	for i := range rows {
		r := &rows[i]
		now := r.text()
		var differ uint64
		for f := range now {
			if now[f] != last[f] {
				differ |= 1 << f
			}
		}
		if r.Abnormal {
			differ |= bitAbnormal
		}
		if r.Remarks != "" {
			differ |= bitRemarked
		}
		if r.Lasting > 0 {
			differ |= bitLasting
		}
		b = binary.AppendUvarint(b, differ)
		for f := range now {
			if now[f] != last[f] {
				b = appendText(b, now[f])
			}
		}
		shared := sharedPrefix(path, r.Path)
		b = binary.AppendUvarint(b, uint64(shared))
		b = appendText(b, r.Path[shared:])
		b = binary.AppendUvarint(b, uint64(r.Entries))
		b = binary.AppendVarint(b, r.Size)
		b = binary.AppendVarint(b, r.MTime-mtime)
		b = binary.AppendVarint(b, r.seq-seq)
		if r.Lasting > 0 {
			b = binary.AppendUvarint(b, uint64(r.Lasting))
		}
		last, path, mtime, seq = now, r.Path, r.MTime, r.seq
		if r.Remarks == "" {
			continue
		}
		if known == nil {
			known = map[Remarks]int{}
		}
		n := known[r.Remarks]
		b = binary.AppendUvarint(b, uint64(n))
		if n == 0 {
			known[r.Remarks] = len(known) + 1
			b = appendText(b, string(r.Remarks))
		}
		b = binary.AppendVarint(b, r.remarked-remarked)
		remarked = r.remarked
	}
	return b
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func sharedPrefix(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// ErrDamaged says that what the index has of one patient's documents cannot be read: the
// database is damaged. It goes with the link.
var ErrDamaged = errors.New("record of documents is damaged")

// decodeRecord is the inverse of [encodeRecord]. What it cannot have written is an
// internal error: the database is damaged.
func decodeRecord(patient ident.LocalPatientID, coded []byte) ([]row, error) {
	d := decoder{rest: string(coded)}
	if len(d.rest) == 0 || d.rest[0] < oldestRecordCode || d.rest[0] > recordCode {
		return nil, fault.New(fault.Internal, "%w: unknown coding", ErrDamaged)
	}
	d.code, d.rest = d.rest[0], d.rest[1:]
	n := d.uint()
	if n > uint64(len(coded)) { // no row is that short
		d.bad = true
		n = 0
	}
	rows := make([]row, 0, n)
	var last row
	for range n {
		r := last
		d.row(&r)
		r.PatientID = patient
		if d.bad {
			break
		}
		rows = append(rows, r)
		last = r
	}
	if d.code < recordCode {
		for i := range rows {
			rows[i].MTime = unknownTime
			switch rows[i].Kind {
			case clinical.KindPrescription, clinical.KindDispensing, clinical.KindInjection:
				rows[i].Lasting = unknownLasting
			}
		}
	}
	if d.bad || d.rest != "" {
		return nil, fault.New(fault.Internal, "%w", ErrDamaged)
	}
	return rows, nil
}

// decoder reads a coded record; after bad, all that it gives is zero.
type decoder struct {
	rest string
	bad  bool
	code byte

	known    []Remarks
	remarked int64
}

// row turns the row before into the next.
func (d *decoder) row(r *row) {
	differ := d.uint()
	f := r.text()
	for i := range f {
		if differ&(1<<i) != 0 {
			f[i] = d.take(d.uint())
		}
	}
	r.setText(f)
	r.Abnormal = differ&bitAbnormal != 0
	shared := d.uint()
	if shared > uint64(len(r.Path)) {
		d.bad = true
		return
	}
	r.Path = r.Path[:shared] + d.take(d.uint())
	r.Entries = int(d.uint())
	r.Size = d.int()
	r.MTime += d.int()
	r.seq += d.int()
	r.Lasting = 0
	if differ&bitLasting != 0 {
		r.Lasting = int(min(d.uint(), mostLasting))
	}
	r.Remarks, r.remarked = "", 0
	if d.code >= remarkedCode && differ&bitRemarked != 0 {
		r.Remarks = d.remarks()
		d.remarked += d.int()
		r.remarked = d.remarked
	}
}

func (d *decoder) remarks() Remarks {
	n := d.uint()
	if n == 0 {
		d.known = append(d.known, Remarks(d.take(d.uint())))
		n = uint64(len(d.known))
	}
	if n > uint64(len(d.known)) || d.known[n-1] == "" {
		d.bad = true
		return ""
	}
	return d.known[n-1]
}

func (d *decoder) take(n uint64) string {
	if n > uint64(len(d.rest)) {
		d.bad = true
		return ""
	}
	s := d.rest[:n]
	d.rest = d.rest[n:]
	return s
}

func (d *decoder) uint() (v uint64) {
	for i := 0; i < len(d.rest) && i < binary.MaxVarintLen64; i++ {
		c := d.rest[i]
		v |= uint64(c&0x7F) << (7 * i)
		if c < 0x80 {
			d.rest = d.rest[i+1:]
			return v
		}
	}
	d.bad = true
	return 0
}

func (d *decoder) int() int64 {
	u := d.uint()
	return int64(u>>1) ^ -int64(u&1)
}
