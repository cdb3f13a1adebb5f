// Package stream goes through a binary file (バイナリ) of any length with little memory: what
// is looked at is buffered, what is not is passed over, by seeking where the file can do
// that. Every byte that is read is taken from a budget, so that a file that lies of itself
// costs no more than its reader allows. What a file says of lengths is never allocated
// beyond [MaxValue].
package stream

import (
	"bufio"
	"compress/flate"
	"errors"
	"io"
)

const (
	// MaxValue bounds one value; what a header says of a person or a lead is far shorter.
	MaxValue = 64 << 10
	// pieceBytes is how much is read at a time: little, since most of a file is passed over.
	pieceBytes = 4 << 10
)

var (
	// ErrBudget: more would have to be read than is worth it.
	ErrBudget = errors.New("not within the bytes that may be read")
	// ErrCorrupt: what should be compressed is not, or was bent.
	ErrCorrupt = errors.New("corrupt compressed data")
)

// Reader goes through one file from its begin to its end.
type Reader struct {
	in     *bufio.Reader
	from   *metered
	seeker io.Seeker // nil: what is passed over must be read
	left   int64     // bytes to the end of the file; -1: not known
	at     int64
}

// New begins at the begin of in, which has size bytes (-1: not known). Every byte that is
// read is taken from budget. What in gives is passed over by seeking if it is an [io.Seeker].
func New(in io.Reader, size int64, budget *int64) *Reader {
	r := &Reader{from: &metered{in, budget}, left: size}
	r.seeker, _ = in.(io.Seeker)
	r.in = bufio.NewReaderSize(r.from, pieceBytes)
	return r
}

// Inflated gives what comes from here on decompressed (RFC 1951), on the same budget, from
// which both are taken: a bomb costs that and no more.
func (r *Reader) Inflated() *Reader { return New(inflated{flate.NewReader(r.in)}, -1, r.from.left) }

// inflated tells data that cannot be decompressed from disks that cannot be read.
type inflated struct{ io.Reader }

func (i inflated) Read(p []byte) (int, error) {
	n, err := i.Reader.Read(p)
	var corrupt flate.CorruptInputError
	if errors.As(err, &corrupt) {
		err = ErrCorrupt
	}
	return n, err
}

// At is how many bytes are behind.
func (r *Reader) At() int64 { return r.at }

// Left is how many bytes there are to the end of the file, -1 if nobody knows.
func (r *Reader) Left() int64 { return r.left }

// Peek shows the next n bytes, at most 4096; fewer at the end of the file or of the budget.
func (r *Reader) Peek(n int) []byte {
	b, _ := r.in.Peek(n) // why there are fewer shows when they are taken
	if r.left >= 0 && int64(len(b)) > r.left {
		b = b[:r.left]
	}
	return b
}

// Short tells why there are fewer than n bytes to peek at: [io.EOF] at the end of the file,
// [io.ErrUnexpectedEOF] of some that are too few, or else why no more can be read.
func (r *Reader) Short(n int) error {
	_, err := r.in.Peek(n)
	switch here := len(r.Peek(n)); {
	case err != nil && !errors.Is(err, io.EOF):
		return err
	case here > 0 || r.left > 0:
		return io.ErrUnexpectedEOF
	}
	return io.EOF
}

// Take gives the next n bytes. It fails with [io.ErrUnexpectedEOF] if there are fewer, and
// with [ErrBudget] for more than [MaxValue] or than may be read.
func (r *Reader) Take(n int64) ([]byte, error) {
	switch {
	case r.left >= 0 && n > r.left:
		return nil, io.ErrUnexpectedEOF
	case n < 0 || n > MaxValue:
		return nil, ErrBudget
	}
	b := make([]byte, n)
	got, err := io.ReadFull(r.in, b)
	r.passed(int64(got))
	return b[:got], ended(err)
}

// Skip passes over n bytes, which must be there.
func (r *Reader) Skip(n int64) error {
	if n < 0 || r.left >= 0 && n > r.left {
		return io.ErrUnexpectedEOF
	}
	here := min(n, int64(r.in.Buffered()))
	if _, err := r.in.Discard(int(here)); err != nil {
		return ended(err)
	}
	r.passed(here)
	if n -= here; n == 0 {
		return nil
	}
	if r.seeker == nil || r.left < 0 || n < pieceBytes {
		got, err := io.CopyN(io.Discard, r.in, n)
		r.passed(got)
		return ended(err)
	}
	_, err := r.seeker.Seek(n, io.SeekCurrent)
	r.in.Reset(r.from)
	r.passed(n)
	return err
}

func ended(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func (r *Reader) passed(n int64) {
	r.at += n
	if r.left >= 0 {
		r.left -= n
	}
}

// metered reads until a budget is used up.
type metered struct {
	in   io.Reader
	left *int64
}

func (m *metered) Read(p []byte) (int, error) {
	if *m.left <= 0 {
		return 0, ErrBudget
	}
	n, err := m.in.Read(p[:min(int64(len(p)), *m.left)])
	*m.left -= int64(n)
	return n, err
}
