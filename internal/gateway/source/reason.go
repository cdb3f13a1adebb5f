package source

import (
	"errors"
	"io/fs"
	"syscall"

	"mizuhiki.dev/mizuhiki/internal/format/extended"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/jahis"
	"mizuhiki.dev/mizuhiki/internal/format/prose"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
)

// reasonsOfErrors are those of the errors that reading a file can give; the first that is met holds.
var reasonsOfErrors = []struct {
	cause  error
	reason index.Reason
}{
	{ssmix2.ErrWrongPatient, index.ReasonWrongPatient},
	{ssmix2.ErrUnknownType, index.ReasonUnknownType},
	{ssmix2.ErrCut, index.ReasonCut},
	{ssmix2.ErrCancelled, index.ReasonCancelled},
	{ssmix2.ErrEncoding, index.ReasonEncoding},
	{errNotRegular, index.ReasonNotRegular},
	{errTooLarge, index.ReasonTooLarge},
	{ssmix2.ErrIdentity, index.ReasonIdentity},
	{ssmix2.ErrUnnamed, index.ReasonIdentity},
	{hl7v2.ErrEmpty, index.ReasonEmpty},
	{hl7v2.ErrNoHeader, index.ReasonNotMessage},
	{extended.ErrEmpty, index.ReasonEmpty},
	{extended.ErrTooMany, index.ReasonTooLarge},
	{prose.ErrTooLarge, index.ReasonTooLarge},
	{prose.ErrCut, index.ReasonCut},
	{jahis.ErrCut, index.ReasonCut},
	{prose.ErrEncoding, index.ReasonEncoding},
	{fs.ErrPermission, index.ReasonForbidden},
}

// reasonOf gives the reason that an error is listed under, otherwise the one given. What the
// operating system says is never the fault of a file's content.
func reasonOf(err error, otherwise index.Reason) index.Reason {
	for _, r := range reasonsOfErrors {
		if errors.Is(err, r.cause) {
			return r.reason
		}
	}
	if ofSystem(err) {
		return index.ReasonDevice
	}
	return otherwise
}

// ofSystem reports whether an error is the operating system's: neither time nor size of a
// file tell whether it will be the same next time.
func ofSystem(err error) bool {
	var number syscall.Errno
	return errors.As(err, &number)
}
