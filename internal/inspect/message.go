package inspect

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// messages reads HL7 v2 messages under any name: one, or several behind each other
// with or without frames (MLLP) and batch envelopes (FHS, BHS, BTS, FTS).
type messages struct{}

func (messages) format() Format { return FormatHL7 }

func (messages) claims(f *file) bool {
	begin := afterMark(f.head)
	return begins(begin, "MSH") || begins(begin, "FHS") || begins(begin, "BHS")
}

// begins reports whether a line is of the segment: its name and no letter behind it.
func begins(line, segment string) bool {
	rest, ok := strings.CutPrefix(line, segment)
	return ok && (rest == "" || !letterOrDigit(rest[0]))
}

func letterOrDigit(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}

func (messages) lines(f *file) iter.Seq[Line] {
	return func(yield func(Line) bool) {
		if _, err := f.in.Seek(0, io.SeekStart); err != nil {
			yield(Line{Error: err.Error()})
			return
		}
		number := 0
		var held Line // printed when it is known whether another follows
		for body, err := range messagesOf(f.in) {
			for line := range f.orders(body, err) {
				if number > 0 {
					held.Message = number
					if !yield(held) {
						return
					}
				}
				number++
				held = line
			}
		}
		if number == 0 {
			held = Line{Error: "envelope without a message"}
		} else if number > 1 {
			held.Message = number
		}
		yield(held)
	}
}

// orders reads one message, of several orders a message for each of them as a gateway files
// them.
func (f *file) orders(body []byte, err error) iter.Seq[Line] {
	return func(yield func(Line) bool) {
		if err != nil {
			yield(Line{Error: err.Error()})
			return
		}
		msg, err := hl7v2.Parse(body)
		if err != nil {
			yield(Line{Error: err.Error()})
			return
		}
		bodies := ssmix2.ByOrder(msg, body)
		if bodies == nil {
			yield(f.message(msg, body))
		}
		for _, body := range bodies {
			if msg, err = hl7v2.Parse(body); err != nil {
				yield(Line{Error: err.Error()})
				return
			}
			if !yield(f.message(msg, body)) {
				return
			}
		}
	}
}

// message reads one message, and its meaning where it has one.
func (f *file) message(msg *hl7v2.Message, body []byte) Line {
	line := Line{Valid: true, Warnings: msg.Warnings, Content: &Content{MessageType: msg.Type()}}
	name, err := ssmix2.NameOf(msg, f.info.ModTime())
	if err == nil {
		return meaning(line, name, body)
	}
	if patient := patientOf(msg); strings.HasPrefix(msg.Type(), "ORU^R30") && patient != "" {
		doc, err := ssmix2.ReadVitals(patient, body)
		if err != nil {
			return unread(line, err)
		}
		line.Content, line.Warnings = said(doc), doc.Warnings
		return line
	}
	return unread(line, err)
}

// meaning reads a message as the document that its content makes it. Time stamp and
// flag are a file name's and not told of one that has none.
func meaning(line Line, name ssmix2.Name, body []byte) Line {
	content := &Content{
		PatientID: string(name.PatientID), Date: name.CareDate, DataType: string(name.DataType),
		Department: name.Department, MessageType: line.MessageType,
	}
	if name.OrderNo != ssmix2.NoOrder {
		content.OrderNo = name.OrderNo
	}
	line.Content = content
	doc, err := ssmix2.ReadDocument(name, body)
	if err != nil { // as it would be once it is filed
		line.Valid, line.Error = false, err.Error()
		return line
	}
	content.tell(doc)
	line.Warnings = doc.Warnings
	return line
}

// unread keeps a message whose meaning is not read: it is a message all the same,
// unless it was cut.
func unread(line Line, err error) Line {
	if errors.Is(err, ssmix2.ErrCut) {
		line.Valid, line.Error = false, err.Error()
		return line
	}
	line.Warnings = append(line.Warnings, "entries are not read: "+err.Error())
	return line
}

func patientOf(msg *hl7v2.Message) ident.LocalPatientID {
	pid := msg.First("PID")
	return ident.LocalPatientID(strings.TrimSpace(pid.At(3, 1, 1, 1)))
}

// messagesOf gives the messages of a stream one by one, at most a message and a line of
// it in memory. A message that is greater than any may be comes as an error, and the
// next one after it.
func messagesOf(in io.Reader) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		lines := bufio.NewReaderSize(in, 64<<10)
		var body []byte
		open, over := false, false
		flush := func() bool {
			switch {
			case !open:
				return true
			case over:
				return yield(nil, fmt.Errorf("message of more than %d bytes", hl7v2.MaxBytes))
			}
			return yield(body, nil)
		}
		for {
			line, cut, err := nextLine(lines)
			text := afterMark(line[:min(len(line), 16)])
			switch {
			case begins(text, "MSH"):
				if !flush() {
					return
				}
				body, open, over = nil, true, false
			case begins(text, "FHS"), begins(text, "BHS"), begins(text, "BTS"), begins(text, "FTS"):
				line, cut = nil, false
			}
			if over = over || cut || len(body)+len(line) > hl7v2.MaxBytes; over {
				body = nil
			} else {
				body = append(body, line...)
			}
			if err != nil {
				if flush() && !errors.Is(err, io.EOF) {
					yield(nil, err)
				}
				return
			}
		}
	}
}

// nextLine reads up to and including the next CR or LF. Of a line that is greater than a message
// may be it gives the beginning, and cut.
func nextLine(in *bufio.Reader) (line []byte, cut bool, err error) {
	for {
		if _, err := in.Peek(1); err != nil {
			return line, cut, err
		}
		buffered, _ := in.Peek(in.Buffered())
		end := bytes.IndexAny(buffered, "\r\n")
		take := len(buffered)
		if end >= 0 {
			take = end + 1
		}
		if cut = cut || len(line)+take > hl7v2.MaxBytes; !cut {
			line = append(line, buffered[:take]...)
		}
		if _, err := in.Discard(take); err != nil {
			return line, cut, err
		}
		if end >= 0 {
			return line, cut, nil
		}
	}
}
