package extended

import (
	"bufio"
	"compress/flate"
	"errors"
	"io"
)

const (
	// maxLooked bounds the bytes of one file that are read to find out whom it is of.
	// What is passed over by seeking does not count.
	maxLooked = 16 << 20
	// maxLookedTogether bounds them for all files of one content folder.
	maxLookedTogether = 256 << 20
	// maxValue bounds one value; a person's name or number is far shorter.
	maxValue = 64 << 10
	// pieceBytes is how much is read at a time: little, since most of a file is passed over.
	pieceBytes = 4 << 10
)

// errBudget: more would have to be read to find a patient than is worth it.
var errBudget = errors.New("the patient is not among the first bytes")

// stream goes through a file of any length with little memory: what is not looked at is
// passed over, by seeking where the file can do that.
type stream struct {
	in     *bufio.Reader
	from   io.Reader
	seeker io.Seeker // nil: what is passed over must be read
	left   int64     // bytes to the end of the file; -1: not known
}

// newStream begins at the begin of in, which has size bytes (-1: not known). Every byte
// that is read is taken from budget.
func newStream(in io.Reader, size int64, budget *int64) *stream {
	s := &stream{from: &metered{in, budget}, left: size}
	s.seeker, _ = in.(io.Seeker)
	s.in = bufio.NewReaderSize(s.from, pieceBytes)
	return s
}

// inflated gives what comes from here on decompressed. A bomb costs the budget and no more.
func (s *stream) inflated(budget *int64) *stream { return newStream(flate.NewReader(s.in), -1, budget) }

// peek shows the next n bytes, fewer at the end of the file or of the budget. n is at
// most pieceBytes.
func (s *stream) peek(n int) []byte {
	b, _ := s.in.Peek(n) // why there are fewer shows when they are taken
	if s.left >= 0 && int64(len(b)) > s.left {
		b = b[:s.left]
	}
	return b
}

// take gives the next n bytes, at most maxValue.
func (s *stream) take(n int64) ([]byte, error) {
	switch {
	case n < 0 || n > maxValue:
		return nil, errBudget
	case s.left >= 0 && n > s.left:
		return nil, io.ErrUnexpectedEOF
	}
	b := make([]byte, n)
	_, err := io.ReadFull(s.in, b)
	s.passed(n)
	return b, err
}

// skip passes over n bytes, which must be there.
func (s *stream) skip(n int64) error {
	if n < 0 || s.left >= 0 && n > s.left {
		return io.ErrUnexpectedEOF
	}
	s.passed(n)
	here := min(n, int64(s.in.Buffered()))
	if _, err := s.in.Discard(int(here)); err != nil {
		return err
	}
	if n -= here; n == 0 {
		return nil
	}
	if s.seeker == nil || n < pieceBytes {
		_, err := io.CopyN(io.Discard, s.in, n)
		return err
	}
	_, err := s.seeker.Seek(n, io.SeekCurrent)
	s.in.Reset(s.from)
	return err
}

func (s *stream) passed(n int64) {
	if s.left >= 0 {
		s.left -= n
	}
}

// metered reads until a budget is used up.
type metered struct {
	in   io.Reader
	left *int64
}

func (m *metered) Read(p []byte) (int, error) {
	if *m.left <= 0 {
		return 0, errBudget
	}
	n, err := m.in.Read(p[:min(int64(len(p)), *m.left)])
	*m.left -= int64(n)
	return n, err
}
