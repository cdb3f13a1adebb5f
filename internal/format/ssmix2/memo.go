package ssmix2

import (
	"sync"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
)

// memo remembers coded entries of laboratory messages. One hospital has some hundred tests,
// units and specimens and writes them in every message: what was read before is shared,
// which is faster than to read it again and leaves one of each in memory. It does not
// hold the text of messages. A nil one remembers nothing.
type memo map[remembered]*clinical.Coded

type remembered struct {
	field hl7v2.Field
	named bool // read by [nameOf]
}

// memos holds memos between messages: each is one reader's at a time.
var memos = sync.Pool{New: func() any { return make(memo) }}

// maxRemembered bounds the entries of a memo, maxRememberedField the bytes of each.
const (
	maxRemembered      = 1024
	maxRememberedField = 256
)

// coded gives the coded entry of a field as [codedOrNil] does. It must not be changed.
func (m memo) coded(f hl7v2.Field) *clinical.Coded { return m.read(f, false) }

// name gives what is tested as [nameOf] does. It must not be changed.
func (m memo) name(f hl7v2.Field) *clinical.Coded { return m.read(f, true) }

func (m memo) read(f hl7v2.Field, named bool) *clinical.Coded {
	if f.IsEmpty() {
		return nil
	}
	if known, ok := m[remembered{f, named}]; ok {
		return known
	}
	entry := codedOrNil
	if named {
		entry = nameOf
	}
	if m == nil || len(f.Raw()) > maxRememberedField {
		return entry(f)
	}
	if len(m) == maxRemembered {
		clear(m)
	}
	f = f.Clone()
	c := entry(f)
	m[remembered{f, named}] = c
	return c
}
