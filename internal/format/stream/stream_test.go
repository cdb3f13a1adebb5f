package stream_test

import (
	"bytes"
	"compress/flate"
	"errors"
	"io"
	"strings"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/format/stream"
)

// unseekable hides that a reader can seek.
type unseekable struct{ io.Reader }

func TestReader(t *testing.T) {
	body := strings.Repeat("a", 10_000) + "NAME" + strings.Repeat("b", 10_000)
	for _, tc := range []struct {
		name   string
		in     io.Reader
		budget int64 // that is enough
	}{
		{"passed over by seeking", strings.NewReader(body), 9_000},
		{"passed over by reading", unseekable{strings.NewReader(body)}, 20_100},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := stream.New(tc.in, int64(len(body)), &tc.budget)
			if got := r.Peek(3); string(got) != "aaa" || r.At() != 0 {
				t.Errorf("Peek = %q at %d", got, r.At())
			}
			if err := r.Skip(10_000); err != nil {
				t.Fatal(err)
			}
			if got, err := r.Take(4); string(got) != "NAME" || err != nil || r.At() != 10_004 || r.Left() != 10_000 {
				t.Errorf("Take = %q, %v at %d, %d left", got, err, r.At(), r.Left())
			}
			if err := r.Skip(10_001); !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("beyond the end: %v", err)
			}
			if _, err := r.Take(10_001); !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("taken beyond the end: %v", err)
			}
			if err := r.Skip(10_000); err != nil || len(r.Peek(1)) != 0 {
				t.Errorf("to the end: %v, %d there", err, len(r.Peek(1)))
			}
		})
	}
}

func TestReq_FILE02_streamIsBounded(t *testing.T) {
	zeros := strings.Repeat("\x00", 1<<20)
	budget := int64(10_000)
	r := stream.New(unseekable{strings.NewReader(zeros)}, int64(len(zeros)), &budget)
	if err := r.Skip(20_000); !errors.Is(err, stream.ErrBudget) || budget != 0 {
		t.Errorf("beyond the budget: %v, %d left of it", err, budget)
	}
	budget = 1 << 20
	r = stream.New(strings.NewReader(zeros), int64(len(zeros)), &budget)
	if _, err := r.Take(stream.MaxValue + 1); !errors.Is(err, stream.ErrBudget) {
		t.Errorf("a long value: %v", err)
	}

	var bomb bytes.Buffer
	w, err := flate.NewWriter(&bomb, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	for range 64 {
		if _, err := io.WriteString(w, zeros); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	budget = 1 << 20
	r = stream.New(bytes.NewReader(bomb.Bytes()), int64(bomb.Len()), &budget).Inflated()
	if err := r.Skip(64 << 20); !errors.Is(err, stream.ErrBudget) {
		t.Errorf("a bomb: %v", err)
	}
}

// A file that became shorter than it was said to be ends where it ends.
func TestReader_shorterThanSaid(t *testing.T) {
	budget := int64(1 << 20)
	r := stream.New(unseekable{strings.NewReader("abc")}, 100, &budget)
	if got, err := r.Take(10); string(got) != "abc" || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("Take = %q, %v", got, err)
	}
	if err := r.Skip(1); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("Skip: %v", err)
	}
}
