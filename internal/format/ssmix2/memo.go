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
type memo struct {
	delimiters hl7v2.Delimiters // of all that is remembered
	entries    map[string]*clinical.Coded
	names      map[string]*clinical.Coded // read by [nameOf]
}

// memos holds memos between messages: each is one reader's at a time.
var memos = sync.Pool{New: func() any {
	return &memo{entries: make(map[string]*clinical.Coded), names: make(map[string]*clinical.Coded)}
}}

// maxRemembered bounds the entries and the names of a memo, maxRememberedField the bytes of each.
const (
	maxRemembered      = 1024
	maxRememberedField = 256
)

// under makes the memo that of a message with these delimiters: the same text says
// something else under others.
func (m *memo) under(d hl7v2.Delimiters) *memo {
	if m.delimiters != d {
		clear(m.entries)
		clear(m.names)
		m.delimiters = d
	}
	return m
}

// coded gives the coded entry of a field as [codedOrNil] does. It must not be changed.
func (m *memo) coded(f hl7v2.Field) *clinical.Coded {
	if m == nil {
		return codedOrNil(f)
	}
	return remembered(m.entries, f, codedOrNil)
}

// name gives what is tested as [nameOf] does. It must not be changed.
func (m *memo) name(f hl7v2.Field) *clinical.Coded {
	if m == nil {
		return nameOf(f)
	}
	return remembered(m.names, f, nameOf)
}

func remembered(all map[string]*clinical.Coded, f hl7v2.Field, read func(hl7v2.Field) *clinical.Coded) *clinical.Coded {
	if f.IsEmpty() {
		return nil
	}
	if known, ok := all[f.Raw()]; ok {
		return known
	}
	if len(f.Raw()) > maxRememberedField {
		return read(f)
	}
	if len(all) == maxRemembered {
		clear(all)
	}
	f = f.Clone()
	all[f.Raw()] = read(f)
	return all[f.Raw()]
}
