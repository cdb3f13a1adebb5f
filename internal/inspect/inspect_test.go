package inspect_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/inspect"
)

const message = "MSH|^~\\&|HIS|H|G|C|20240601101500||RDE^O11^RDE_O11|1|P|2.5||||||~ISO IR87||ISO 2022-1994\r" +
	"PID|||0000012345^^^^PI||MIZUHIKI^HANAKO||19480229|F\r" +
	"ORC|NW|777||777_01|||||20240601101500\r" +
	"RXE||103835401^DRUG A^HOT9|1||TAB^TAB^MR9P|TAB^TAB^MR9P||||21|TAB^TAB^MR9P|||||||||3^TAB\r" +
	"TQ1|1||1013044400000000&AFTER MEALS&JAMISDP01|||7^D|20240601\r" +
	"RXR|PO^ORAL^HL70162\r"

const file = "0000012345_20240601_OMP-01_000000000000777_20240601101500000_01_1"

func write(t *testing.T, path, body string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(body), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// run gives the lines that were printed, decoded.
func run(t *testing.T, paths ...string) (lines []map[string]any, problems string, err error) {
	t.Helper()
	var out, errs bytes.Buffer
	err = inspect.Run(t.Context(), &out, &errs, paths...)
	for text := range strings.Lines(out.String()) {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		lines = append(lines, line)
	}
	return lines, errs.String(), err
}

func TestRun_storage(t *testing.T) {
	root := t.TempDir()
	folder := filepath.Join(root, "000", "001", "0000012345", "20240601", "OMP-01")
	good := write(t, filepath.Join(folder, file), message)
	cut := write(t, filepath.Join(folder, strings.Replace(file, "777", "778", 1)), message[:40])
	foreign := write(t, filepath.Join(folder, strings.Replace(file, "0000012345", "0000099999", 1)), message)
	other := write(t, filepath.Join(root, "README.txt"), "hello")

	lines, problems, err := run(t, root)
	if !errors.Is(err, inspect.ErrUnreadable) {
		t.Errorf("Run = %v, want %v", err, inspect.ErrUnreadable)
	}
	valid := map[string]any{}
	formats := map[string]any{}
	for _, l := range lines {
		valid[l["path"].(string)], formats[l["path"].(string)] = l["valid"], l["format"]
	}
	for path, want := range map[string]struct {
		valid  bool
		format string
	}{good: {true, "ssmix2"}, cut: {false, "ssmix2"}, foreign: {false, "ssmix2"}, other: {false, "unknown"}} {
		if valid[path] != want.valid || formats[path] != want.format {
			t.Errorf("%s: valid %v, format %v, want %v, %v", filepath.Base(path), valid[path], formats[path], want.valid, want.format)
		}
	}
	if !strings.Contains(problems, cut) || !strings.Contains(problems, foreign) || strings.Contains(problems, good) || strings.Contains(problems, other) {
		t.Errorf("problems name the wrong files:\n%s", problems)
	}
}

func TestRun_content(t *testing.T) {
	path := write(t, filepath.Join(t.TempDir(), file), message) // copied out of its storage
	lines, _, err := run(t, path)
	if err != nil || len(lines) != 1 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	got := lines[0]
	for key, want := range map[string]any{
		"path": path, "format": "ssmix2", "valid": true, "patient_id": "0000012345", "date": "20240601", "data_type": "OMP-01",
		"order_no": "000000000000777", "timestamp": "20240601101500000", "department": "01", "flag": "1", "message_type": "RDE^O11^RDE_O11",
	} {
		if got[key] != want {
			t.Errorf("%s = %v, want %v", key, got[key], want)
		}
	}
	entries, _ := got["entries"].([]any)
	if len(entries) != 1 {
		t.Fatalf("entries = %v", got["entries"])
	}
	entry := entries[0].(map[string]any)
	for key, want := range map[string]any{"drug": "DRUG A", "code": "103835401", "dose": "1", "usage": "AFTER MEALS", "days": 7.0, "total": "21"} {
		if entry[key] != want {
			t.Errorf("%s = %v, want %v", key, entry[key], want)
		}
	}
}

func TestRun_looseMessage(t *testing.T) {
	lines, _, err := run(t, write(t, filepath.Join(t.TempDir(), "a.hl7"), message))
	if err != nil || len(lines) != 1 || lines[0]["format"] != "hl7v2" || lines[0]["message_type"] != "RDE^O11^RDE_O11" {
		t.Errorf("lines = %v, %v", lines, err)
	}
}

func TestRun_refuses(t *testing.T) {
	dir := t.TempDir()
	if _, _, err := run(t, filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing path: %v", err)
	}
	for name, body := range map[string]string{"a.bin": "\x00\x01", "empty.hl7": "", file: "nonsense"} {
		if _, problems, err := run(t, write(t, filepath.Join(dir, name), body)); !errors.Is(err, inspect.ErrUnreadable) || !strings.Contains(problems, name) {
			t.Errorf("%s: %v, problems %q", name, err, problems)
		}
	}
}

func TestRun_severalMessages(t *testing.T) {
	second := strings.Replace(message, "||RDE^O11^RDE_O11|1|", "||RDE^O11^RDE_O11|2|", 1)
	for name, body := range map[string]string{
		"behind each other": message + second,
		"frames":            "\v" + message + "\x1c\r\v" + second + "\x1c\r",
		"line feeds":        strings.ReplaceAll(message+second, "\r", "\n"),
		"batch":             "FHS|^~\\&|A\rBHS|^~\\&|A\r" + message + second + "BTS|2\rFTS|1\r",
	} {
		t.Run(name, func(t *testing.T) {
			lines, problems, err := run(t, write(t, filepath.Join(t.TempDir(), "many.dat"), body))
			if err != nil || len(lines) != 2 {
				t.Fatalf("%d lines, %v\n%s", len(lines), err, problems)
			}
			for i, l := range lines {
				if l["message"] != float64(i+1) || l["format"] != "hl7v2" || l["valid"] != true || l["data_type"] != "OMP-01" || len(l["entries"].([]any)) != 1 {
					t.Errorf("line %d = %v", i+1, l)
				}
			}
		})
	}
}

// A message greater than any may be is told, and the one behind it is read.
func TestRun_oversizeMessage(t *testing.T) {
	huge := strings.TrimSuffix(message, "\r") + strings.Repeat("x", hl7v2.MaxBytes) + "\r"
	lines, problems, err := run(t, write(t, filepath.Join(t.TempDir(), "many.dat"), message+huge+message))
	if !errors.Is(err, inspect.ErrUnreadable) || len(lines) != 3 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	for i, want := range []bool{true, false, true} {
		if lines[i]["valid"] != want {
			t.Errorf("message %d: valid %v, want %v", i+1, lines[i]["valid"], want)
		}
	}
	if !strings.Contains(problems, "many.dat: message 2: message of more than 16777216 bytes") {
		t.Errorf("problems = %q", problems)
	}
}

// Of a great file only as much is read as its format may have: here a file whose size
// nothing could hold, and of which nothing but its end is missing.
func TestRun_greatFiles(t *testing.T) {
	for name, begin := range map[string]string{"zeros.bin": "", "a.zip": "PK\x03\x04", "notebook.txt": "JAHISTC08,1\n", file: message} {
		path := write(t, filepath.Join(t.TempDir(), name), begin)
		if err := os.Truncate(path, 1<<40); err != nil {
			t.Skipf("SKIPPED: no files with holes here: %v", err)
		}
		before := allocated()
		lines, _, err := run(t, path)
		if !errors.Is(err, inspect.ErrUnreadable) || len(lines) != 1 || lines[0]["valid"] != false {
			t.Errorf("%s: %v, %v", name, lines, err)
		}
		if grown := allocated() - before; grown > 256<<20 {
			t.Errorf("%s: %d bytes were allocated", name, grown)
		}
	}
}

func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

func TestRun_jahis(t *testing.T) {
	path := write(t, filepath.Join(t.TempDir(), "qr.txt"), "JAHISTC08,1\n1,水引 花子,2,S230229\n5,20260310,1\n11,山の上薬局\n"+
		"51,谷川病院\n55,医師 一郎\n201,1,薬Ａ,3,錠,4,1149019F1560,1\n301,1,毎食後,7,日分,1,1,,1\n")
	lines, problems, err := run(t, path)
	if err != nil || len(lines) != 1 {
		t.Fatalf("%d lines, %v\n%s", len(lines), err, problems)
	}
	l := lines[0]
	if l["format"] != "jahis" || l["data_type"] != "JAHISTC" || l["version"] != "08" || l["date"] != "20260310" {
		t.Errorf("line = %v", l)
	}
	want := []any{
		map[string]any{"name": "水引 花子", "birth_date": "1948-02-29", "sex": "F"},
		map[string]any{"kind": "dispensing", "date": "20260310", "facility": "山の上薬局", "hospital": "谷川病院", "doctor": "医師 一郎"},
		map[string]any{
			"rp": "1", "drug": "薬Ａ", "code": "1149019F1560", "system": "YJ", "daily_dose": "3", "daily_unit": "錠",
			"form": "内服", "usage": "毎食後", "days": 7.0,
		},
	}
	if diff := cmp.Diff(want, l["entries"]); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

const (
	noteType    = "^経過記録^^11506-3^経過記録^LN"
	noteContent = "0000012345_20240601_" + noteType + "_000000000000001_20240601120000000_01_1"
)

func TestRun_extendedStorage(t *testing.T) {
	root := t.TempDir()
	folder := filepath.Join(root, "000", "001", "0000012345", "20240601", noteType, noteContent)
	note := write(t, filepath.Join(folder, "note.txt"), "眠れている。")
	scan := write(t, filepath.Join(folder, "scan.pdf"), "%PDF-1.4 ...")
	foreign := write(t, filepath.Join(root, "000", "009", "0000099999", "20240601", noteType, noteContent, "note.txt"), "x")

	mistyped := write(t, filepath.Join(root, "000", "001", "0000012345", "20240601", "経過^記録", "x", "note.txt"), "x")

	lines, problems, err := run(t, root)
	if !errors.Is(err, inspect.ErrUnreadable) {
		t.Errorf("Run = %v", err)
	}
	byPath := map[string]map[string]any{}
	for _, l := range lines {
		byPath[l["path"].(string)] = l
	}
	if l := byPath[note]; l["format"] != "ssmix2-extended" || l["valid"] != true || l["kind"] != "physician_note" || l["patient_id"] != "0000012345" || l["flag"] != "1" {
		t.Errorf("note = %v", l)
	} else if diff := cmp.Diff([]any{
		map[string]any{"text": "眠れている。"},
		map[string]any{"file": "scan.pdf", "media_type": "application/pdf", "size": 12.0},
	}, l["entries"]); diff != "" {
		t.Errorf("entries: -want +got\n%s", diff)
	}
	if l := byPath[scan]; l["valid"] != true || l["media_type"] != "application/pdf" || l["entries"] != nil {
		t.Errorf("scan = %v", l)
	}
	if l := byPath[foreign]; l["valid"] != false || !strings.Contains(problems, "belongs to another patient") {
		t.Errorf("foreign = %v, problems %s", l, problems)
	}
	if l := byPath[mistyped]; l["format"] != "ssmix2-extended" || l["valid"] != false {
		t.Errorf("mistyped = %v", l)
	}
}

// What is no file is told and left alone, and the walk ends.
func TestRun_specialFiles(t *testing.T) {
	root := t.TempDir()
	good := write(t, filepath.Join(root, "z", "good.hl7"), message)
	loop := filepath.Join(root, "a-loop")
	if err := os.Symlink(root, loop); err != nil {
		t.Skipf("SKIPPED: no symbolic links here: %v", err)
	}
	pipe := filepath.Join(root, "b-pipe")
	if err := makePipe(pipe); err != nil {
		t.Skipf("SKIPPED: no pipes here: %v", err)
	}
	lines, problems, err := run(t, root)
	if err != nil || len(lines) != 3 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	if lines[2]["path"] != good || lines[2]["valid"] != true {
		t.Errorf("last line = %v", lines[2])
	}
	for path, why := range map[string]string{loop: "a symbolic link is not followed", pipe: "a pipe is no file"} {
		if !strings.Contains(problems, path+": skipped: "+why) {
			t.Errorf("problems say nothing of %s:\n%s", path, problems)
		}
	}
	if _, problems, err := run(t, pipe); !errors.Is(err, inspect.ErrUnreadable) || !strings.Contains(problems, "a pipe is no file") {
		t.Errorf("named pipe: %v, %q", err, problems)
	}
	if lines, _, err := run(t, loop); err != nil || len(lines) != 3 {
		t.Errorf("named link: %d lines, %v, want it followed", len(lines), err)
	}
}

func TestRun_depth(t *testing.T) {
	root := t.TempDir()
	write(t, filepath.Join(root, strings.Repeat("d/", 80), "deep.hl7"), message)
	good := write(t, filepath.Join(root, "z.hl7"), message)
	lines, problems, err := run(t, root)
	if !errors.Is(err, inspect.ErrUnreadable) || !strings.Contains(problems, "nested too deep") {
		t.Errorf("%v, %q", err, problems)
	}
	if last := lines[len(lines)-1]; last["path"] != good || last["valid"] != true {
		t.Errorf("the file behind was not read: %v", last)
	}
}

// Names and contents do nothing to a terminal or to who reads the lines.
func TestRun_strangeBytes(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a\x8a\x1b[31m\n.hl7")
	body := "MSH|^~\\&|A|B|C|D|20240601||ACK|1|P|2.5||||||ASCII\rPID|||1\x00\xc2\x9b2J\rZ\x01Z|"
	if err := os.WriteFile(path, []byte(body), 0o644); err != nil {
		t.Skipf("SKIPPED: no such names here: %v", err)
	}
	write(t, filepath.Join(dir, "b\u009b2J\x1b.bin"), "x")
	var out, problems bytes.Buffer
	err := inspect.Run(t.Context(), &out, &problems, dir, filepath.Join(dir, "b\u009b2J\x1b.bin"))
	if !errors.Is(err, inspect.ErrUnreadable) {
		t.Errorf("Run = %v", err)
	}
	for what, text := range map[string]string{"lines": out.String(), "problems": problems.String()} {
		if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && unicode.IsControl(r) }) {
			t.Errorf("%s hold control characters: %q", what, text)
		}
	}
	first, _, _ := strings.Cut(out.String(), "\n")
	var line map[string]any
	if err := json.Unmarshal([]byte(first), &line); err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(dir, "a\\x8a\x1b[31m\n.hl7"); line["path"] != want {
		t.Errorf("path = %q, want %q", line["path"], want)
	}
}

func TestRun_goesOn(t *testing.T) {
	dir := t.TempDir()
	good := write(t, filepath.Join(dir, "good.hl7"), message)
	lines, problems, err := run(t, filepath.Join(dir, "none"), good)
	if !errors.Is(err, inspect.ErrUnreadable) || !errors.Is(err, os.ErrNotExist) || len(lines) != 2 || lines[1]["valid"] != true {
		t.Errorf("missing path: %v, %v, %s", lines, err, problems)
	}
}

func TestRun_manyFiles(t *testing.T) {
	dir := t.TempDir()
	const many = 5000 // more than one batch
	for i := range many {
		if err := os.WriteFile(filepath.Join(dir, strconv.Itoa(i)), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	lines, _, err := run(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[any]bool{}
	for _, l := range lines {
		seen[l["path"]] = true
	}
	if len(lines) != many || len(seen) != many {
		t.Errorf("%d lines of %d files, want %d", len(lines), len(seen), many)
	}
}

func TestRun_cancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	path := write(t, filepath.Join(t.TempDir(), "a", "a.hl7"), message)
	if err := inspect.Run(ctx, io.Discard, io.Discard, filepath.Dir(path)); !errors.Is(err, context.Canceled) {
		t.Errorf("Run = %v", err)
	}
}

// A message that is one but has no meaning here stays valid and says why.
func TestRun_messageWithoutMeaning(t *testing.T) {
	path := write(t, filepath.Join(t.TempDir(), "ack.hl7"), "MSH|^~\\&|A|B|C|D|20240601||ACK|1|P|2.5||||||ASCII\rMSA|AA|1\r")
	lines, _, err := run(t, path)
	if err != nil || lines[0]["valid"] != true || !strings.Contains(strings.Join(warningsOf(lines[0]), ""), "entries are not read") {
		t.Errorf("%v, %v", lines, err)
	}
	cut := write(t, filepath.Join(t.TempDir(), "cut.hl7"), strings.TrimSuffix(message[:strings.Index(message, "|||21|")], "\r"))
	if lines, _, err := run(t, cut); !errors.Is(err, inspect.ErrUnreadable) || lines[0]["valid"] != false {
		t.Errorf("cut message: %v, %v", lines, err)
	}
}

func warningsOf(line map[string]any) []string {
	var out []string
	for _, w := range line["warnings"].([]any) {
		out = append(out, w.(string))
	}
	return out
}

// What a gateway refuses is not valid here: the two ask the same function.
func TestRun_undecodable(t *testing.T) {
	spoilt := strings.Replace(message, "DRUG A", "\x1b(ZDRUG A", 1)
	for _, name := range []string{file, "loose.hl7"} {
		lines, problems, err := run(t, write(t, filepath.Join(t.TempDir(), name), spoilt))
		if !errors.Is(err, inspect.ErrUnreadable) || len(lines) != 1 || lines[0]["valid"] != false || lines[0]["entries"] != nil {
			t.Errorf("%s: %v, %v", name, err, lines)
		}
		if !strings.Contains(problems, "characters that cannot be decoded: segment 4 (RXE)") {
			t.Errorf("%s: problems = %q", name, problems)
		}
	}
}
