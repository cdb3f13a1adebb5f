// Package outsidereader holds what this project reads of HL7 v2 against what a reader
// from outside does: HAPI, the library in Java that most interface engines are built on.
//
// 10,000 messages of all kinds, written by our builder in ISO-2022-JP, are read by both:
// every segment and every field, repetition, component and subcomponent must be the
// same text. Both read bytes; HAPI gets them decoded by Java's own tables.
//
// One disagreement is HAPI's: it leaves the line break escape \.br\ as it stands, where
// HL7 v2.5 2.7.6 has it as formatting of text. Here it is a line break.
package outsidereader

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/synth"
)

const wanted = 10_000

func TestHAPIReadsTheSame(t *testing.T) {
	libraries := os.Getenv("MIZUHIKI_HAPI")
	if libraries == "" {
		t.Skip("SKIPPED: MIZUHIKI_HAPI is not set to the folder of HAPI's libraries; see pom.xml here")
	}
	java, err := exec.LookPath("java")
	if err != nil {
		t.Skipf("SKIPPED: no java: %v", err)
	}
	messages := corpus(t)
	var in bytes.Buffer
	for _, body := range messages {
		body = bytes.TrimRight(body, "\x1c\r") // what ends a frame; HAPI takes it off before it parses
		in.Write(binary.BigEndian.AppendUint32(nil, uint32(len(body))))
		in.Write(body)
	}
	cmd := exec.CommandContext(t.Context(), java, "-cp", filepath.Join(libraries, "*"), "OutsideReader.java")
	cmd.Stdin = &in
	var problems bytes.Buffer
	cmd.Stderr = &problems
	theirs, err := cmd.Output()
	if err != nil {
		t.Fatalf("the outside reader failed: %v\n%s", err, problems.String())
	}
	lines := bufio.NewScanner(bytes.NewReader(theirs))
	lines.Buffer(nil, 1<<24)
	differing, leaves := 0, 0
	for i, body := range messages {
		if !lines.Scan() {
			t.Fatalf("the outside reader stopped behind message %d of %d", i, len(messages))
		}
		msg, err := hl7v2.Parse(body)
		if err != nil {
			t.Fatalf("message %d: %v", i, err)
		}
		ours := canonical(t, msg)
		leaves += bytes.Count(ours, []byte(`"`)) / 2
		if bytes.Equal(ours, lines.Bytes()) {
			continue
		}
		if differing++; differing <= 5 {
			t.Errorf("message %d: %s", i, difference(ours, lines.Bytes()))
		}
	}
	if differing > 0 {
		t.Errorf("%d of %d messages read differently", differing, len(messages))
	}
	t.Logf("%d messages, %d texts", len(messages), leaves)
}

// The corpus has every kind of message, and what makes reading hard.
func TestCorpus(t *testing.T) {
	messages := corpus(t)
	if len(messages) != wanted {
		t.Errorf("%d messages, want %d", len(messages), wanted)
	}
	if got := len(kinds); got != 36 {
		t.Errorf("%d kinds of messages, want 36", got)
	}
	types, names := map[string]int{}, map[string]int{}
	for i, body := range messages {
		msg, err := hl7v2.Parse(body)
		if err != nil {
			t.Fatalf("message %d: %v", i, err)
		}
		if len(msg.Warnings) > 0 {
			t.Fatalf("message %d: %v", i, msg.Warnings)
		}
		types[msg.Type()]++
		for s := range msg.All() {
			names[s.Name]++
		}
	}
	for _, k := range kinds {
		if types[k.message] < 100 {
			t.Errorf("%d messages %s (%s), want 100 at least", types[k.message], k.message, k.dataType)
		}
	}
	for _, name := range []string{"ZPR", "ZPD", "ZI1", "ZE1", "ZE2", "ZZ1", "Z99"} {
		if names[name] == 0 {
			t.Errorf("no segment %s", name)
		}
	}
	all := bytes.Join(messages, nil)
	for what, sign := range map[string]string{
		"null": `|""`, "escaped separator": `\F\`, "escaped escape": `\E\`, "line break": `\.br\`,
		"repetition": "~", "subcomponent": "&", "two-byte run": "\x1b$B",
	} {
		if !bytes.Contains(all, []byte(sign)) {
			t.Errorf("nothing with a %s", what)
		}
	}
}

// corpus gives the messages to be read, the same in every run.
func corpus(t *testing.T) [][]byte {
	t.Helper()
	messages, err := written()
	if err != nil {
		t.Fatal(err)
	}
	return messages
}

var written = sync.OnceValues(write)

// write writes the messages of a synthetic region, and as many made up as are missing.
func write() ([][]byte, error) {
	cfg := synth.DefaultConfig()
	cfg.Persons = 120
	region, err := synth.NewRegion(cfg)
	if err != nil {
		return nil, err
	}
	var out [][]byte
	for _, p := range region.Persons {
		for _, rec := range p.Records {
			files, err := region.Files(p, rec.Facility)
			if err != nil {
				return nil, err
			}
			for _, f := range files {
				if len(out) < wanted/2 {
					out = append(out, f.Body)
				}
			}
		}
	}
	w := newWriter(20240601)
	for i := 0; len(out) < wanted; i++ {
		body, warnings := w.message(i, kinds[i%len(kinds)]).Bytes()
		if len(warnings) > 0 {
			return nil, fmt.Errorf("made-up message %d cannot be written: %v", i, warnings)
		}
		out = append(out, body)
	}
	return out, nil
}

// canonical gives a message in the form of OutsideReader.java.
func canonical(t *testing.T, msg *hl7v2.Message) []byte {
	t.Helper()
	var segments []any
	for s := range msg.All() {
		var fields []any
		for n := 1; n <= s.Len(); n++ {
			fields = append(fields, field(s, n))
		}
		segments = append(segments, append([]any{s.Name}, trim(fields)...))
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(segments); err != nil {
		t.Fatal(err)
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
}

func field(s *hl7v2.Segment, n int) []any {
	f := s.Field(n)
	null := []any{[]any{string(hl7v2.Null)}}
	if f.IsNull() {
		return []any{null}
	}
	if s.Name == "MSH" && n <= 2 { // the delimiters themselves
		return []any{[]any{[]any{f.Text()}}}
	}
	var repetitions []any
	for r := range f.Repetitions() {
		if r.Raw() == string(hl7v2.Null) {
			repetitions = append(repetitions, null)
			continue
		}
		var components []any
		for c := 1; c <= 1+strings.Count(r.Raw(), "^"); c++ {
			components = append(components, subcomponents(r.Component(c)))
		}
		repetitions = append(repetitions, trim(components))
	}
	return trim(repetitions)
}

func subcomponents(c hl7v2.Component) []any {
	var out []any
	for i, raw := range strings.Split(c.Raw(), "&") {
		text := strings.ReplaceAll(c.At(i+1), "\n", `\.br\`)
		if raw == string(hl7v2.Null) {
			text = raw
		}
		out = append(out, text)
	}
	return trim(out)
}

// trim takes away what says nothing behind the last that does.
func trim(list []any) []any {
	for len(list) > 0 {
		switch last := list[len(list)-1].(type) {
		case string:
			if last != "" {
				return list
			}
		case []any:
			if len(last) > 0 {
				return list
			}
		}
		list = list[:len(list)-1]
	}
	return []any{}
}

// difference shows where two readings part. The persons are made up.
func difference(ours, theirs []byte) string {
	at := 0
	for at < min(len(ours), len(theirs)) && ours[at] == theirs[at] {
		at++
	}
	cut := func(b []byte) string { return string(b[max(0, at-60):min(len(b), at+60)]) }
	return fmt.Sprintf("parts at byte %d:\n  ours   %s\n  theirs %s", at, cut(ours), cut(theirs))
}
