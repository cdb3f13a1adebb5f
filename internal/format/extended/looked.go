package extended

import (
	"errors"
	"io"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/prose"
)

// looked is a file that was looked at.
type looked struct {
	File
	place int // among those that were given
	media string
	vital bool // a message of vital signs
}

// message reads what a message is and of whom. measured says that by the type of its
// folder it has measurements.
func (f *looked) message(measured bool) (claim, error) {
	body, err := f.body(hl7v2.MaxBytes)
	if err != nil {
		return claim{}, err
	}
	msg, err := hl7v2.Parse(body)
	if err != nil {
		return claim{}, err
	}
	f.vital = strings.HasPrefix(msg.Type(), "ORU^R30") || measured && strings.HasPrefix(msg.Type(), "ORU^")
	c, err := hl7Claim(msg)
	if err != nil {
		return claim{}, invalid("%w", err)
	}
	return c, nil
}

func (f *looked) head() ([]byte, error) {
	in, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	head := make([]byte, min(headBytes, max(f.Size, 0)))
	n, err := io.ReadFull(in, head)
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		err = nil
	}
	return head[:n], err
}

// body reads all of a file, which must not be larger than limit.
func (f *looked) body(limit int64) ([]byte, error) {
	if f.Size > limit {
		return nil, invalid("%w: more than %d bytes", prose.ErrTooLarge, limit)
	}
	b, err := f.begin(limit + 1)
	if err == nil && int64(len(b)) > limit {
		return nil, invalid("%w: more than %d bytes", prose.ErrTooLarge, limit)
	}
	return b, err
}

// begin reads the first n bytes of a file, all if it has fewer.
func (f *looked) begin(n int64) ([]byte, error) {
	in, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return io.ReadAll(io.LimitReader(in, n))
}
