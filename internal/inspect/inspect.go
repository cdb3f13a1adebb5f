// Package inspect prints what this program reads from files: one JSON object per
// line and file (検査). It shows a hospital's informatician, without any server, what
// a gateway would make of a storage.
//
// A line has path, format, valid and warnings, and the content decoded to UTF-8. A
// file that cannot be read has valid false and the located reason; the files after
// it are read all the same.
package inspect

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
)

// Format names what a file is.
type Format string

const (
	FormatSSMIX2  Format = "ssmix2"  // a file of an SS-MIX2 standardised storage
	FormatHL7     Format = "hl7v2"   // an HL7 v2 message under another name
	FormatUnknown Format = "unknown" // none that this program reads
)

// Line is what is printed for one file.
type Line struct {
	Path     string   `json:"path"`
	Format   Format   `json:"format"`
	Valid    bool     `json:"valid"`
	Error    string   `json:"error,omitempty"` // located, without values
	Warnings []string `json:"warnings"`
	*Content
}

// Content is what an SS-MIX2 file says by its name and in its message.
type Content struct {
	PatientID   string `json:"patient_id,omitempty"`
	Date        string `json:"date,omitempty"` // care date YYYYMMDD; absent for undated types
	DataType    string `json:"data_type,omitempty"`
	OrderNo     string `json:"order_no,omitempty"`
	Timestamp   string `json:"timestamp,omitempty"`
	Department  string `json:"department,omitempty"`
	Flag        string `json:"flag,omitempty"` // 1 current, 2 superseded, 0 deleted
	MessageType string `json:"message_type,omitempty"`
	Entries     []any  `json:"entries,omitempty"`
}

// ErrUnreadable says that at least one file could not be read. Its line was printed.
var ErrUnreadable = errors.New("not every file could be read")

// maxFile bounds what is taken into memory: one byte more than any message may have.
const maxFile = hl7v2.MaxBytes + 1

// Run prints a line per file on out, in the order of their names, and the reasons of
// unreadable ones on problems. A folder is walked; what it holds of unknown formats
// is printed and is no error, a named file of an unknown format is one.
func Run(ctx context.Context, out, problems io.Writer, paths ...string) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	bad := false
	for _, path := range paths {
		err := filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				return err
			}
			if !d.Type().IsRegular() {
				return nil
			}
			line := read(name)
			if !line.Valid && (line.Format != FormatUnknown || name == path) {
				bad = true
				fmt.Fprintf(problems, "%s: %s\n", name, line.Error)
			}
			return enc.Encode(line)
		})
		if err != nil {
			return err
		}
	}
	if bad {
		return ErrUnreadable
	}
	return nil
}

// read reads one file.
func read(path string) Line {
	line := Line{Path: path, Format: FormatUnknown, Warnings: []string{}}
	name, err := nameOf(path)
	if err == nil || looksLikeStorage(path) {
		line.Format = FormatSSMIX2
	}
	if err != nil && line.Format == FormatSSMIX2 {
		line.Error = err.Error()
		return line
	}
	body, err := readFile(path)
	if err != nil {
		line.Error = err.Error()
		return line
	}
	if line.Format == FormatSSMIX2 {
		readDocument(&line, name, body)
		return line
	}
	return readLoose(line, body)
}

func readDocument(line *Line, name ssmix2.Name, body []byte) {
	line.Content = &Content{
		PatientID: string(name.PatientID), Date: name.CareDate, DataType: string(name.DataType), OrderNo: name.OrderNo,
		Timestamp: name.Timestamp, Department: name.Department, Flag: string(rune(name.Flag)),
	}
	doc, err := ssmix2.ReadDocument(name, body)
	if err != nil {
		line.Error = err.Error()
		return
	}
	line.Valid = true
	line.Warnings = append(line.Warnings, doc.Warnings...)
	line.MessageType = doc.MessageType
	line.Entries = entriesOf(doc)
}

// readLoose tries a file whose name says nothing.
func readLoose(line Line, body []byte) Line {
	begin := strings.TrimLeft(string(body[:min(len(body), 16)]), "\xef\xbb\xbf\x0b\r\n ")
	if len(body) > 0 && !strings.HasPrefix(begin, "MSH") {
		line.Error = "of no format that this program reads"
		return line
	}
	line.Format = FormatHL7
	msg, err := hl7v2.Parse(body)
	if err != nil {
		line.Error = err.Error()
		return line
	}
	line.Valid = true
	line.Warnings = append(line.Warnings, msg.Warnings...)
	line.Content = &Content{MessageType: msg.Type()}
	return line
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxFile))
}

// nameOf reads a file's name together with the folders above it if they are those of
// a storage: then they must agree. A file that was copied out has its name alone.
func nameOf(path string) (ssmix2.Name, error) {
	if parts := storageParts(path); parts != nil {
		return ssmix2.ParsePath(strings.Join(parts, "/"))
	}
	return ssmix2.ParseName(filepath.Base(path))
}

// storageParts gives the last six parts of a path that lies in a storage: below a data
// type of the specification, a care date and a patient. Extended storages have other
// data types and are not read yet.
func storageParts(path string) []string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil
	}
	parts := strings.Split(filepath.ToSlash(abs), "/")
	if len(parts) < 6 {
		return nil
	}
	parts = parts[len(parts)-6:]
	date := parts[3]
	if !ssmix2.DataType(parts[4]).Known() || date != "-" && len(date) != 8 {
		return nil
	}
	return parts
}

func looksLikeStorage(path string) bool { return storageParts(path) != nil }
