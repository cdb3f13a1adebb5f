package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"hash/crc32"
	"time"
)

// Digest is the first half of a SHA-256.
type Digest [16]byte

// DigestOf gives the digest of bytes.
func DigestOf(b []byte) Digest {
	sum := sha256.Sum256(b)
	return Digest(sum[:16])
}

// Record is one received message with what the receiver knew of it.
type Record struct {
	Seq      uint64 // given by [Journal.Append]; grows, with gaps where writing failed
	Received time.Time
	Sender   Digest // of sender and message id
	Body     []byte // of the message, as received and without its frame
	Content  Digest // of Body; given when the record is read
	Listener string // name of the listener, at most 255 bytes
	Changed  bool   // the sender used the id before, for another body

	group uint64 // number of the first record that became durable with it; 0: not known
}

// On disk a record is, numbers little-endian:
//
//	0  magic "MZJ1"
//	4  CRC-32C of all that follows
//	8  length of what follows this field
//	12 number (8), time in microseconds UTC (8), sender (16), group (8), nothing (8), flags (1)
//	61 length of the listener's name (1), name, body
const (
	headLen  = 12
	fixedLen = 8 + 8 + 16 + 16 + 1 + 1
	// maxRecord bounds what a length may claim, so that a damaged one is not believed.
	maxRecord = 256 << 20

	flagChanged = 1
	flagGrouped = 2 // the group is given; records of earlier versions have something else there
)

var (
	magic = []byte("MZJ1")
	table = crc32.MakeTable(crc32.Castagnoli)
)

func (r *Record) append(buf []byte) []byte {
	start := len(buf)
	buf = append(buf, magic...)
	buf = append(buf, 0, 0, 0, 0)
	buf = binary.LittleEndian.AppendUint32(buf, uint32(fixedLen+len(r.Listener)+len(r.Body)))
	buf = binary.LittleEndian.AppendUint64(buf, r.Seq)
	buf = binary.LittleEndian.AppendUint64(buf, uint64(r.Received.UnixMicro()))
	buf = append(buf, r.Sender[:]...)
	buf = binary.LittleEndian.AppendUint64(buf, r.group)
	buf = append(buf, make([]byte, 8)...)
	var flags byte = flagGrouped
	if r.Changed {
		flags |= flagChanged
	}
	buf = append(buf, flags, byte(len(r.Listener)))
	buf = append(buf, r.Listener...)
	buf = append(buf, r.Body...)
	binary.LittleEndian.PutUint32(buf[start+4:], crc32.Checksum(buf[start+8:], table))
	return buf
}

// size is what a record takes on disk.
func (r *Record) size() int64 { return int64(headLen + fixedLen + len(r.Listener) + len(r.Body)) }

// parse reads the record at the beginning of buf. Where more bytes are needed, need is
// how many from the beginning; a record that is not sound has n and need 0. The body is
// a part of buf.
func parse(buf []byte) (r Record, n, need int) {
	if len(buf) < headLen {
		if bytes.HasPrefix(magic, buf[:min(len(buf), len(magic))]) || bytes.HasPrefix(buf, magic) {
			return r, 0, headLen
		}
		return r, 0, 0
	}
	length := binary.LittleEndian.Uint32(buf[8:])
	if !bytes.HasPrefix(buf, magic) || length < fixedLen || length > maxRecord {
		return r, 0, 0
	}
	if n = headLen + int(length); len(buf) < n {
		return r, 0, n
	}
	if crc32.Checksum(buf[8:n], table) != binary.LittleEndian.Uint32(buf[4:]) {
		return r, 0, 0
	}
	b := buf[headLen:n]
	r.Seq = binary.LittleEndian.Uint64(b)
	r.Received = time.UnixMicro(int64(binary.LittleEndian.Uint64(b[8:]))).UTC()
	copy(r.Sender[:], b[16:])
	r.Changed = b[48]&flagChanged != 0
	if b[48]&flagGrouped != 0 {
		r.group = binary.LittleEndian.Uint64(b[32:])
	}
	name := int(b[49])
	if len(b) < fixedLen+name {
		return Record{}, 0, 0
	}
	r.Listener, r.Body = string(b[50:50+name]), b[50+name:]
	return r, n, 0
}
