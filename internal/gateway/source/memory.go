package source

import (
	"encoding/binary"
	"iter"

	"mizuhiki.dev/mizuhiki/internal/ident"
)

// stamp is a directory or file as it was when it was last read: relative to the
// patient's folder in one volume. Of documents that were read, the index knows it.
type stamp struct {
	volume int
	path   string
	time   int64 // modification, nanoseconds; or one of the values below
	size   int64 // of a file; 0 for a directory
	file   bool
	sound  bool // a file that was read: the specification never changes it in place
}

const (
	timeAbsent  = -1 // it was not there
	timeRefused = -2 // it could not be read
	timeYoung   = -3 // it had just been changed: another change could have left the same time
	timeAway    = -4 // its volume was away
)

const (
	codeFile  = 1 << 0
	codeSound = 1 << 1
)

// A memory is what is remembered of one patient, coded: a storage has several folders
// for each document, and each may take a few bytes only. It begins with how many
// documents were read in each volume; of each stamp only that part of the path is kept
// that differs from the one before.
type memory string

// firstPath is what the first stamp's path is held against: that of the demographics.
func firstPath(id ident.LocalPatientID) string {
	return demographicsFolder + "/" + string(id) + "_-_ADT-00_"
}

func remembered(id ident.LocalPatientID, documents []int, seen []stamp) memory {
	b := make([]byte, 0, 16+24*len(seen))
	for _, n := range documents {
		b = binary.AppendUvarint(b, uint64(n))
	}
	last := firstPath(id)
	for _, s := range seen {
		var flags uint64
		if s.file {
			flags |= codeFile
		}
		if s.sound {
			flags |= codeSound
		}
		b = binary.AppendUvarint(b, uint64(s.volume)<<2|flags)
		shared := 0
		for shared < min(len(last), len(s.path)) && last[shared] == s.path[shared] {
			shared++
		}
		b = binary.AppendUvarint(b, uint64(shared))
		b = binary.AppendUvarint(b, uint64(len(s.path)-shared))
		b = append(b, s.path[shared:]...)
		b = binary.AppendVarint(b, s.time)
		if s.file {
			b = binary.AppendVarint(b, s.size)
		}
		last = s.path
	}
	return memory(b)
}

// documents gives how many documents were read in each of so many volumes, and the rest.
func (m memory) documents(volumes int) ([]int, memory) {
	out := make([]int, volumes)
	if m == "" {
		return out, m
	}
	for i := range out {
		out[i] = int(m.uint())
	}
	return out, m
}

// stamps gives what is remembered, in the order in which it was seen.
func (m memory) stamps(id ident.LocalPatientID, volumes int) iter.Seq[stamp] {
	return func(yield func(stamp) bool) {
		_, rest := m.documents(volumes)
		last := firstPath(id)
		for rest != "" {
			head := rest.uint()
			s := stamp{volume: int(head >> 2), file: head&codeFile != 0, sound: head&codeSound != 0}
			shared := rest.uint()
			n := rest.uint()
			s.path = last[:shared] + string(rest[:n])
			rest = rest[n:]
			s.time = rest.int()
			if s.file {
				s.size = rest.int()
			}
			last = s.path
			if !yield(s) {
				return
			}
		}
	}
}

func (m *memory) uint() (v uint64) {
	for i := 0; ; i++ {
		c := (*m)[i]
		v |= uint64(c&0x7F) << (7 * i)
		if c < 0x80 {
			*m = (*m)[i+1:]
			return v
		}
	}
}

func (m *memory) int() int64 {
	u := m.uint()
	return int64(u>>1) ^ -int64(u&1)
}
