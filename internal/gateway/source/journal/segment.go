package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// segment is one file of the journal.
type segment struct {
	path     string
	size     int64  // of what is durable
	last     uint64 // number of its last record
	count    int
	prepared bool // was a spare: zeros follow what is durable
}

// Damage is a stretch of a segment in which no record can be read. Its bytes are kept.
type Damage struct {
	Segment string // file name
	Offset  int64
	Length  int64
	Kept    string // file that holds the bytes
}

// chunk is how much of a segment is read at a time.
const chunk = 1 << 20

// scanner goes through the records of a segment and finds the next sound one behind
// what is damaged.
type scanner struct {
	from  io.ReaderAt
	size  int64
	off   int64 // of the next record
	buf   []byte
	bufAt int64 // offset of buf

	prepared bool // the segment was written over zeros
}

// next gives the next sound record, valid until the next call. Bytes that had to be
// skipped to find it are damaged: [skipped, the record's offset). At the end it gives
// io.EOF, with what was skipped until there.
func (s *scanner) next() (r Record, skipped, at int64, err error) {
	skipped = s.off
	want := headLen
	for s.off < s.size {
		if err := s.fill(want); err != nil {
			return r, skipped, s.off, err
		}
		r, n, need := parse(s.buf[s.off-s.bufAt:])
		switch {
		case n > 0:
			at = s.off
			s.off += int64(n)
			r.Content = DigestOf(r.Body)
			return r, skipped, at, nil
		case need > 0 && s.off+int64(need) <= s.size:
			want = need
		default: // torn, or damaged: a record may begin at the next magic
			s.skip()
			want = headLen
		}
	}
	return r, skipped, s.off, io.EOF
}

// skip goes to where a record may begin next.
func (s *scanner) skip() {
	s.off++
	rest := s.buf[min(s.off-s.bufAt, int64(len(s.buf))):]
	if i := bytes.Index(rest, magic); i >= 0 {
		s.off += int64(i)
		return
	}
	s.off += int64(max(0, len(rest)-len(magic)+1))
}

// fill makes at least n bytes from off on available, fewer at the end of the segment.
func (s *scanner) fill(n int) error {
	have := s.bufAt + int64(len(s.buf)) - s.off
	if s.off >= s.bufAt && (have >= int64(n) || s.bufAt+int64(len(s.buf)) >= s.size) && len(s.buf) > 0 {
		return nil
	}
	length := min(int64(max(n, chunk)), s.size-s.off)
	if int64(cap(s.buf)) < length {
		s.buf = make([]byte, length)
	}
	s.buf, s.bufAt = s.buf[:length], s.off
	if _, err := s.from.ReadAt(s.buf, s.off); err != nil && !errors.Is(err, io.EOF) {
		s.buf = s.buf[:0]
		return fmt.Errorf("read journal: %w", err)
	}
	return nil
}

// written gives where the zeros begin that a prepared segment ends in, at least from.
func (s *scanner) written(from int64) (int64, error) {
	buf := make([]byte, min(chunk, s.size-from))
	for end := s.size; end > from; {
		start := max(from, end-chunk)
		b := buf[:end-start]
		if _, err := s.from.ReadAt(b, start); err != nil && !errors.Is(err, io.EOF) {
			return 0, fmt.Errorf("read journal: %w", err)
		}
		if n := len(bytes.TrimRight(b, "\x00")); n > 0 {
			return start + int64(n), nil
		}
		end = start
	}
	return from, nil
}

// sectorBytes is the least that a disk writes as a whole.
const sectorBytes = 512

// cutOff reports whether a stretch in which no record is sound may be what a crash left of
// writing over zeros: of that each sector is as it was written, or is zeros still. Where no
// sector is zeros all was written, and what is not sound any more has rotted. A body may
// have zeros in it, a disk may give zeros back, and of a segment that grew anything may be
// left, so true means that nobody knows. end is whether nothing follows the stretch but zeros.
func (s *scanner) cutOff(from, to int64, end bool) (bool, error) {
	if !s.prepared {
		return true, nil
	}
	buf := make([]byte, to-from)
	if _, err := s.from.ReadAt(buf, from); err != nil && !errors.Is(err, io.EOF) {
		return false, fmt.Errorf("read journal: %w", err)
	}
	for at := from; at < to; {
		next := min(to, at-at%sectorBytes+sectorBytes)
		if len(bytes.Trim(buf[at-from:next-from], "\x00")) == 0 {
			return true, nil
		}
		at = next
	}
	if !end {
		return false, nil
	}
	_, _, need := parse(buf)
	return need > 0, nil // it says itself that it was longer
}

// torn gives where a group begins to be incomplete that a crash cut off, at least one
// record of it being there behind a hole; the size if there is none. Only the last group
// can be: what follows it was written once all of it was durable, and then a hole is
// damage. Nobody was told that any of such a group is durable, and its senders will send
// all of it again, in order. A hole that no crash leaves is damage.
func (s scanner) torn() (int64, error) {
	var hole int64
	var group, before uint64 // of the hole, and the last number in front of it
	open := false
	for {
		r, skipped, at, err := s.next()
		if errors.Is(err, io.EOF) {
			if open {
				return hole, nil
			}
			return s.size, nil
		}
		if err != nil {
			return 0, err
		}
		if open && r.group != group {
			open = false
		}
		if at > skipped && !open && r.group != 0 && r.group < r.Seq && before+1 < r.Seq {
			cut, err := s.cutOff(skipped, at, false)
			if err != nil {
				return 0, err
			}
			if cut {
				open, hole, group = true, skipped, r.group
			}
		}
		before = r.Seq
	}
}

// cutTorn cuts a torn group off and sets its bytes aside. What stays is on the medium then,
// also what the process wrote last and was killed before it could see to that: who sends
// it again is told that it is there.
func (j *Journal) cutTorn(f *os.File, path string, s *scanner) error {
	end, err := s.torn()
	if err != nil {
		return err
	}
	if end < s.size {
		written, err := s.written(end)
		if err == nil {
			err = j.setAside(f, path, end, written-end, tornSuffix)
		}
		if err == nil {
			err = f.Truncate(end)
		}
		if err != nil {
			return err
		}
		s.size = end
	}
	return f.Sync()
}

// wasSpare reports whether a segment was written over zeros and has not grown since: it has
// the size of a spare and zeros at its end.
func (j *Journal) wasSpare(s *scanner) (bool, error) {
	if s.size != j.cfg.SegmentBytes {
		return false, nil
	}
	end, err := s.written(s.size - 1)
	return end < s.size, err
}

// recover reads a segment that was there at the start: it checks every record, tells
// each to found, and sets aside what is damaged. Zeros that a segment ends in were never
// written over; they are cut off. So is what follows the last sound record of the last
// segment, since nothing may be appended behind it.
func (j *Journal) recover(path string, last bool, found func(Record)) (*segment, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	seg := &segment{path: path, size: info.Size()}
	s := scanner{from: f, size: info.Size()}
	if s.prepared, err = j.wasSpare(&s); err != nil {
		return nil, err
	}
	if last {
		if err := j.cutTorn(f, path, &s); err != nil {
			return nil, err
		}
		seg.size = s.size
	}
	for {
		r, skipped, at, err := s.next()
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		damaged := at
		if err != nil {
			var err error
			if damaged, err = s.written(skipped); err != nil {
				return nil, err
			}
		}
		if damaged > skipped {
			suffix := damagedSuffix
			if err != nil && last && seg.count > 0 {
				cut, err := s.cutOff(skipped, damaged, true)
				if err != nil {
					return nil, err
				}
				if cut {
					suffix = tornSuffix
				}
			}
			if err := j.setAside(f, path, skipped, damaged-skipped, suffix); err != nil {
				return nil, err
			}
		}
		if err != nil {
			if at > skipped && (last || damaged == skipped) {
				seg.size = skipped
				return seg, errors.Join(f.Truncate(skipped), f.Sync())
			}
			return seg, nil
		}
		seg.last, seg.count = r.Seq, seg.count+1
		if found != nil {
			found(r)
		}
	}
}
