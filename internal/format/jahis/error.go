package jahis

import (
	"fmt"

	"mizuhiki.dev/mizuhiki/internal/fault"
)

// Error is a located cause. It comes wrapped in a [fault.Error] of kind Invalid.
type Error struct {
	Line   int    // from 1, in the part that it stands in; 0: the text
	Record string // record number, empty if there is none
	Field  int    // from 1, the record number not counted; 0: the record
	Err    error
}

// Error reads like: line 7 (record 201), field 5: no code of the kind.
func (e *Error) Error() string {
	if p := place(e.Line, e.Record, e.Field); p != "" {
		return p + ": " + e.Err.Error()
	}
	return e.Err.Error()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

func place(line int, record string, field int) string {
	if line == 0 {
		return ""
	}
	p := fmt.Sprintf("line %d", line)
	if record != "" {
		p += fmt.Sprintf(" (record %s)", record)
	}
	if field > 0 {
		p += fmt.Sprintf(", field %d", field)
	}
	return p
}

func refuse(r record, field int, format string, args ...any) error {
	return &fault.Error{Kind: fault.Invalid, Err: &Error{Line: r.line, Record: r.number, Field: field, Err: fmt.Errorf(format, args...)}}
}
