package dicom_test

import (
	"bytes"
	"io"
	"math"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/dicom"
	"mizuhiki.dev/mizuhiki/internal/format/recordtest"
	"mizuhiki.dev/mizuhiki/internal/format/stream"
	"mizuhiki.dev/mizuhiki/internal/format/waveform"
)

// Through a file that is passed over by seeking and through one that cannot be it says the
// same, and neither reads more than it may.
func FuzzRead(f *testing.F) {
	f.Add(part10(explicitLittle, patientModule(explicitLittle)))
	f.Add(part10(implicitLittle, patientModule(implicitLittle)))
	f.Add(part10(explicitBig, patientModule(explicitBig)))
	f.Add(patientModule(explicitLittle))
	f.Add(patientModule(implicitLittle))
	f.Add(part10(explicitLittle, recordtest.ECG(explicitLittle, recordtest.Undefined)))
	f.Add(part10(implicitLittle, recordtest.ECG(implicitLittle, recordtest.Defined)))
	f.Add(part10(deflatedLittle, deflate(recordtest.ECG(explicitLittle, recordtest.Defined))))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, read := range []func(*stream.Reader) (dicom.Object, error){dicom.Read, dicom.ReadPatient} {
			const most = 1 << 20
			through := func(in io.Reader) (dicom.Object, error) {
				budget := int64(most)
				o, err := read(stream.New(in, int64(len(b)), &budget))
				if budget < 0 {
					t.Errorf("%d bytes beyond the budget", -budget)
				}
				return o, err
			}
			seeking, err := through(bytes.NewReader(b))
			reading, errToo := through(io.MultiReader(bytes.NewReader(b)))
			if diff := cmp.Diff(seeking, reading); diff != "" || (err == nil) != (errToo == nil) {
				t.Errorf("errors %v and %v, objects (-seeking +reading):\n%s", err, errToo, diff)
			}
			if err != nil && !fault.Is(err, fault.Invalid) {
				t.Errorf("error of kind %v: %v", fault.KindOf(err), err)
			}
			for _, p := range seeking.People {
				if !utf8.ValidString(p.Alphabetic + p.Ideographic + p.Phonetic) {
					t.Errorf("a name that is no text: %+v", p)
				}
			}
			if len(seeking.Waveforms) > waveform.MaxParts {
				t.Errorf("%d waveforms", len(seeking.Waveforms))
			}
			for _, p := range seeking.Waveforms {
				for _, l := range p.Leads {
					if l.Name == "" || math.IsInf(l.Seconds()*l.Scale, 0) || l.Seconds() < 0 {
						t.Errorf("lead %+v", l)
					}
				}
			}
		}
	})
}
