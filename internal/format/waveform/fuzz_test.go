package waveform_test

import (
	"bytes"
	"io"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/recordtest"
	"mizuhiki.dev/mizuhiki/internal/format/stream"
	"mizuhiki.dev/mizuhiki/internal/format/waveform"
)

// fuzzRead runs a reader over arbitrary bytes: through a file that is passed over by
// seeking and through one that cannot be it says the same, and neither reads more than it
// may.
func fuzzRead(f *testing.F, read func(s *stream.Reader) (waveform.Recording, error)) {
	f.Fuzz(func(t *testing.T, b []byte) {
		const most = 1 << 20
		through := func(in io.Reader) (waveform.Recording, error) {
			budget := int64(most)
			r, err := read(stream.New(in, int64(len(b)), &budget))
			if budget < 0 {
				t.Errorf("%d bytes beyond the budget", -budget)
			}
			return r, err
		}
		seeking, err := through(bytes.NewReader(b))
		reading, errToo := through(io.MultiReader(bytes.NewReader(b)))
		if diff := cmp.Diff(seeking, reading); diff != "" || (err == nil) != (errToo == nil) {
			t.Errorf("errors %v and %v, recordings (-seeking +reading):\n%s", err, errToo, diff)
		}
		sound(t, seeking, err)
	})
}

// sound holds what is said of every recording.
func sound(t *testing.T, r waveform.Recording, err error) {
	t.Helper()
	if err != nil && !fault.Is(err, fault.Invalid) {
		t.Errorf("error of kind %v: %v", fault.KindOf(err), err)
	}
	if err == nil && len(r.Parts) == 0 {
		t.Error("no waveform, and no refusal")
	}
	for _, p := range r.Parts {
		if len(p.Leads) == 0 || len(p.Leads) > waveform.MaxLeads {
			t.Errorf("%d leads", len(p.Leads))
		}
		for _, l := range p.Leads {
			if l.Name == "" || l.Samples < 1 || !finite(l.Rate) || !finite(l.Scale) || !finite(l.Seconds()) {
				t.Errorf("lead %+v", l)
			}
		}
	}
}

func finite(v float64) bool { return v >= 0 && !math.IsInf(v, 1) }

func FuzzMFER(f *testing.F) {
	const head = "@\x20MFR Standard 12 leads ECG       "
	for _, s := range []string{
		head + "\x01\x01\x01\x03\x05UTF-8\x82\x0A0000012345\x81\x0D\xE8\xA9\xA6\xE9\xA8\x93^\xE8\x8A\xB1\xE5\xAD\x90\x84\x01\x02\x83\x07\x30\x00\x00\xB8\x07\x01\x01\x1E\x82\x00\x04\x00\x01\x00\x01\x80\x00",
		head + "\x67\x80\x82\x0A0000012345\x00\x00\x3F\x81\x05\x04\x09\x02\x00\x01\x1E\x80\x00",
		"\x01\x01\x00\x05\x01\x08\x0B\x04\x01\xFD\x02\x00\x0C\x04\x00\xF8\x7D\x00\x1E\x84\x00\x00\x00\x02\x00\x01\x81\x04a^b^",
		recordtest.MFER(recordtest.BigEndian, "\x00\x02", "\x00\x02") + "\x80\x00",
	} {
		f.Add([]byte(s))
	}
	fuzzRead(f, waveform.ReadMFER)
}

func FuzzSCP(f *testing.F) {
	f.Add([]byte(recordtest.SCP(nil)))
	f.Add([]byte(recordtest.SCP(nil)[:120]))
	f.Add([]byte(recordtest.SCP(map[int]string{2: "\x1F\x4E"})))
	fuzzRead(f, waveform.ReadSCP)
}

func FuzzChecksums(f *testing.F) {
	f.Add([]byte(recordtest.SCP(nil)))
	f.Fuzz(func(t *testing.T, b []byte) {
		if n := len(waveform.Checksums(b)); n > 25 {
			t.Errorf("%d warnings", n)
		}
	})
}

func FuzzAnnotated(f *testing.F) {
	f.Add([]byte(recordtest.Annotated("1 2 3", "1 2 3")))
	f.Add([]byte(recordtest.Annotated("1 2 3", "1 2")))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := waveform.ReadAnnotated(b)
		sound(t, r, err)
	})
}
