// Package hapi measures reading a lab result against HAPI v2, the Java library that
// most of the field reads HL7 with, in turns within one run.
//
// HAPI gets the easier task: text that is already decoded, as ISO-2022-JP with two
// declared sets is beyond it, no validation, and no meaning taken from the segments.
// Ours begins with the bytes and ends with clinical values. Java compiles while it
// runs, so its first rounds do not count. Needs java and mvn and says so without.
package hapi

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/format/jis"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/synth"
)

const (
	messageSize = 1800
	warmUp      = 5_000 // parses before time counts: Java has compiled all of it by then
	perTurn     = 20
	heldBytes   = 64 << 20 // live memory beside our work, as a gateway has with its index
	turns       = 201
)

func BenchmarkReadDocument(b *testing.B) {
	classpath := fetch(b)
	name, body := labResult(b)
	text, _ := jis.Decode(body)
	file := filepath.Join(b.TempDir(), "message.hl7")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	for _, kind := range []string{"model", "generic"} {
		b.Run(kind, func(b *testing.B) {
			held := make([]byte, heldBytes)
			defer runtime.KeepAlive(held)
			peer := start(b, classpath, file, kind)
			peer.parse(b, warmUp)
			var ours, theirs []time.Duration
			for b.Loop() {
				ours, theirs = ours[:0], theirs[:0]
				for range turns {
					theirs = append(theirs, peer.parse(b, perTurn)/perTurn)
					begin := time.Now()
					for range perTurn {
						if _, err := ssmix2.ReadDocument(name, body); err != nil {
							b.Fatal(err)
						}
					}
					ours = append(ours, time.Since(begin)/perTurn)
				}
			}
			slices.Sort(ours)
			slices.Sort(theirs)
			mine, other := ours[turns/2], theirs[turns/2]
			b.ReportMetric(0, "ns/op") // of both together it says nothing
			b.ReportMetric(float64(other)/float64(mine), "×HAPI")
			b.ReportMetric(1/mine.Seconds(), "files/s")
			b.ReportMetric(1/other.Seconds(), "theirs/s")
		})
	}
}

// fetch gives a class path of HAPI in the versions of pom.xml.
func fetch(b *testing.B) string {
	b.Helper()
	for _, tool := range []string{"java", "mvn"} {
		if _, err := exec.LookPath(tool); err != nil {
			b.Skipf("%s is not here: HAPI is not measured", tool)
		}
	}
	dir := b.TempDir()
	out, err := exec.Command("mvn", "-B", "-q", "dependency:copy-dependencies", "-DoutputDirectory="+dir).CombinedOutput()
	if err != nil {
		b.Skipf("HAPI is not measured, mvn does not fetch it: %v\n%s", err, out)
	}
	return filepath.Join(dir, "*")
}

// labResult gives the lab result of the default region whose size is nearest to messageSize.
func labResult(b *testing.B) (best ssmix2.Name, body []byte) {
	b.Helper()
	region, err := synth.NewRegion(synth.DefaultConfig())
	if err != nil {
		b.Fatal(err)
	}
	off := func(body []byte) int { return max(len(body)-messageSize, messageSize-len(body)) }
	for _, p := range region.Persons {
		if !p.Linked {
			continue
		}
		files, err := region.Files(p, 0)
		if err != nil {
			b.Fatal(err)
		}
		for _, f := range files {
			name, err := ssmix2.ParsePath(f.Path)
			if err == nil && name.DataType == ssmix2.LabResult && (body == nil || off(f.Body) < off(body)) {
				best, body = name, f.Body
			}
		}
	}
	if body == nil || off(body) > messageSize/10 {
		b.Fatalf("the region has no lab result of about %d bytes", messageSize)
	}
	return best, body
}

// process is a running Rounds.java.
type process struct {
	in  io.Writer
	out *bufio.Scanner
}

func start(b *testing.B, classpath, file, kind string) *process {
	b.Helper()
	cmd := exec.Command("java", "-XX:+UseSerialGC", "-Xmx512m", "-cp", classpath, "Rounds.java", file, kind)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
	})
	p := &process{in, bufio.NewScanner(out)}
	if ready := p.line(b); !strings.HasPrefix(ready, "ready ") || ready == "ready null" {
		b.Fatalf("HAPI does not read the message: %q", ready)
	}
	return p
}

// parse lets HAPI parse the message n times and gives how long all took.
func (p *process) parse(b *testing.B, n int) time.Duration {
	b.Helper()
	if _, err := fmt.Fprintln(p.in, n); err != nil {
		b.Fatal(err)
	}
	took, err := strconv.ParseInt(p.line(b), 10, 64)
	if err != nil {
		b.Fatal(err)
	}
	return time.Duration(took)
}

func (p *process) line(b *testing.B) string {
	b.Helper()
	if !p.out.Scan() {
		b.Fatalf("HAPI ended: %v", p.out.Err())
	}
	return p.out.Text()
}
