// Package format measures reading SS-MIX2 files as ratios: each stage against a peer
// or against its ceiling, the least program that could do the work, in turns within
// one run, so that a busy machine slows both alike.
package format

import (
	"runtime"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"golang.org/x/text/encoding/japanese"

	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/jis"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/synth"
)

type file struct {
	path string
	name ssmix2.Name
	body []byte
}

// files are the files of the main hospital about the linked persons of the default
// region, without demographics.
func files(b *testing.B) []file {
	b.Helper()
	region, err := synth.NewRegion(synth.DefaultConfig())
	if err != nil {
		b.Fatal(err)
	}
	var out []file
	for _, p := range region.Persons {
		if !p.Linked {
			continue
		}
		written, err := region.Files(p, 0)
		if err != nil {
			b.Fatal(err)
		}
		for _, w := range written {
			name, err := ssmix2.ParsePath(w.Path)
			if err != nil {
				b.Fatal(err)
			}
			if name.DataType != ssmix2.PatientDemographics {
				out = append(out, file{w.Path, name, w.Body})
			}
		}
	}
	return out
}

// labSize is the size of the lab result that figures are quoted for.
const labSize = 1800

// labResult is the lab result whose size is nearest to labSize.
func labResult(b *testing.B) []file {
	b.Helper()
	var best file
	off := func(f file) int { return max(len(f.body)-labSize, labSize-len(f.body)) }
	for _, f := range files(b) {
		if f.name.DataType == ssmix2.LabResult && (best.body == nil || off(f) < off(best)) {
			best = f
		}
	}
	if best.body == nil || off(best) > labSize/10 {
		b.Fatalf("the region has no lab result of about %d bytes", labSize)
	}
	return []file{best}
}

// turnLength is about how long one turn takes: shorter than a time slice of the
// scheduler, so that the median turn is one that nobody interrupted.
const turnLength = time.Millisecond

// heldBytes is live memory beside the work, as a gateway has with its index: without
// any, garbage is collected every few hundred messages and that is what is measured.
const heldBytes = 64 << 20

// inTurns runs ours and theirs on the files in turns and reports how many times as
// fast ours is, unit naming theirs, and how many files each does in a second, from
// the medians of the turns.
func inTurns(b *testing.B, unit string, all []file, ours, theirs func(file) error) {
	var mine, other []time.Duration
	var spent [2]time.Duration // processor time of all turns, with the garbage that was collected
	pass := func(do func(file) error, repeat int) time.Duration {
		begin := time.Now()
		for range repeat {
			for _, f := range all {
				if err := do(f); err != nil {
					b.Fatalf("%s: %v", f.path, err)
				}
			}
		}
		return time.Since(begin)
	}
	repeat := func(do func(file) error) int {
		pass(do, 3) // warm
		return int(max(1, turnLength/max(1, pass(do, 1))))
	}
	held := make([]byte, heldBytes)
	defer runtime.KeepAlive(held)
	myRepeat, otherRepeat := repeat(ours), repeat(theirs)
	for b.Loop() {
		start := processor(b)
		mine = append(mine, pass(ours, myRepeat)/time.Duration(myRepeat))
		between := processor(b)
		other = append(other, pass(theirs, otherRepeat)/time.Duration(otherRepeat))
		spent[0] += between - start
		spent[1] += processor(b) - between
	}
	m, o := median(mine), median(other)
	b.ReportMetric(0, "ns/op") // of both together it says nothing
	b.ReportMetric(float64(o)/float64(m), unit)
	b.ReportMetric(float64(spent[1])/float64(spent[0])*float64(myRepeat)/float64(otherRepeat), unit+"-cpu")
	b.ReportMetric(float64(len(all))/m.Seconds(), "files/s")
	b.ReportMetric(float64(len(all))/o.Seconds(), "theirs/s")
}

// processor gives the processor time that the process has used. It says more than
// the clock where others use the machine.
func processor(b *testing.B) time.Duration {
	var at unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &at); err != nil {
		b.Fatal(err)
	}
	return time.Duration(at.Nano())
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

// mixed are files of every kind, few enough for a turn to stay short.
func mixed(b *testing.B) []file {
	b.Helper()
	var out []file
	of := make(map[ssmix2.DataType]int)
	for _, f := range files(b) {
		if of[f.name.DataType]++; of[f.name.DataType] <= 8 {
			out = append(out, f)
		}
	}
	return out
}

// inputs runs a benchmark on the one lab result that figures are quoted for and on
// files of all kinds.
func inputs(b *testing.B, run func(b *testing.B, all []file)) {
	b.Run("lab", func(b *testing.B) { run(b, labResult(b)) })
	b.Run("mixed", func(b *testing.B) { run(b, mixed(b)) })
}

// BenchmarkDecode: ISO-2022-JP to text, against golang.org/x/text, which repairs nothing
// and warns of nothing.
func BenchmarkDecode(b *testing.B) {
	decoder := japanese.ISO2022JP.NewDecoder()
	inputs(b, func(b *testing.B, all []file) {
		inTurns(b, "×x/text", all, decode, func(f file) error {
			_, err := decoder.Bytes(f.body)
			return err
		})
	})
}

func decode(f file) error { jis.Decode(f.body); return nil }

// BenchmarkParse: bytes to segments and fields, as a fraction of the ceiling.
func BenchmarkParse(b *testing.B) {
	inputs(b, func(b *testing.B, all []file) {
		inTurns(b, "×ceiling", all, func(f file) error {
			_, err := hl7v2.Parse(f.body)
			return err
		}, newCeiling().read)
	})
}

// BenchmarkReadDocument: bytes to clinical values, as a fraction of the same ceiling.
func BenchmarkReadDocument(b *testing.B) {
	inputs(b, func(b *testing.B, all []file) {
		inTurns(b, "×ceiling", all, func(f file) error {
			_, err := ssmix2.ReadDocument(f.name, f.body)
			return err
		}, newCeiling().read)
	})
}
