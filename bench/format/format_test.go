// Package format measures reading SS-MIX2 files as ratios: each stage against a peer
// or against its ceiling, the least program that could do the work, in turns within
// one run, so that a busy machine slows both alike.
package format

import (
	"bytes"
	"strings"
	"testing"
	"time"

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

// inTurns runs ours and theirs on every file in turns and reports how many times as
// long ours takes, and how many files it does in a second.
func inTurns(b *testing.B, unit string, ours, theirs func(file) error) {
	all := files(b)
	var mine, other time.Duration
	for b.Loop() {
		for _, turn := range []struct {
			do    func(file) error
			spent *time.Duration
		}{{ours, &mine}, {theirs, &other}} {
			begin := time.Now()
			for _, f := range all {
				if err := turn.do(f); err != nil {
					b.Fatalf("%s: %v", f.path, err)
				}
			}
			*turn.spent += time.Since(begin)
		}
	}
	b.ReportMetric(0, "ns/op") // of both together it says nothing
	b.ReportMetric(float64(mine)/float64(other), unit)
	b.ReportMetric(float64(len(all)*b.N)/mine.Seconds(), "files/s")
}

func decode(f file) error { jis.Decode(f.body); return nil }

// BenchmarkDecode: ISO-2022-JP to text, against golang.org/x/text, which repairs nothing
// and knows no characters of the vendors.
func BenchmarkDecode(b *testing.B) {
	decoder := japanese.ISO2022JP.NewDecoder()
	inTurns(b, "×x/text", decode, func(f file) error {
		_, err := decoder.Bytes(f.body)
		return err
	})
}

// BenchmarkParse: bytes to segments and fields, against decoding and one look at every
// delimiter.
func BenchmarkParse(b *testing.B) {
	inTurns(b, "×ceiling", func(f file) error {
		_, err := hl7v2.Parse(f.body)
		return err
	}, ceiling)
}

// BenchmarkReadDocument: bytes to clinical values, against the same ceiling.
func BenchmarkReadDocument(b *testing.B) {
	inTurns(b, "×ceiling", func(f file) error {
		_, err := ssmix2.ReadDocument(f.name, f.body)
		return err
	}, ceiling)
}

var delimiters int

func ceiling(f file) error {
	for line := range bytes.SplitSeq(f.body, []byte{'\r'}) {
		text, _ := jis.Decode(line)
		for at := 0; ; delimiters++ {
			next := strings.IndexAny(text[at:], "|^~&")
			if next < 0 {
				break
			}
			at += next + 1
		}
	}
	return nil
}
