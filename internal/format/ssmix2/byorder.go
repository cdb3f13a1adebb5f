package ssmix2

import (
	"bytes"
	"slices"

	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
)

// severalOrders are the messages that senders put several orders with numbers of their own
// into: of a laboratory, as JAHIS's examples have it, and of drugs.
var severalOrders = map[string]bool{"OUL": true, "ORU": true, "OML": true, "RDE": true, "RAS": true, "OMP": true}

// ByOrder gives a message of several orders as a message for each of them, since a storage
// has an entry for each: what stands before the orders, and of each specimen what is of the
// order. The bytes of the segments are the message's own. Nil for a message of one order, and
// for one that cannot be parted: where an order has no number, is part of another (CH) or
// refers to one (OBR-26, OBR-29), nothing tells whose a specimen is or it is of none, or they
// would repeat too much.
func ByOrder(msg *hl7v2.Message, body []byte) [][]byte {
	if !severalOrders[msg.Header().At(9, 1, 1, 1)] || !numbersDiffer(msg) {
		return nil
	}
	lines, ok := msg.Lines(body)
	if !ok {
		return nil
	}
	p := parting{reader{msg: msg, code: msg.Header().At(9, 1, 1, 1)}, lines}
	return p.orders()
}

// numbersDiffer reports whether a message has orders of more than one number, of which
// each can stand alone.
func numbersDiffer(msg *hl7v2.Message) bool {
	first, differ := "", false
	for orc := range msg.Segments("ORC") {
		number := orc.Key(2)
		if number == "" || orc.ID(1) == "CH" || orc.ID(1) == "PA" {
			return false
		}
		differ = differ || first != "" && number != first
		first = number
	}
	if !differ {
		return false
	}
	for obr := range msg.Segments("OBR") {
		if !obr.Field(26).IsBlank() || !obr.Field(29).IsBlank() {
			return false
		}
	}
	return true
}

// parting takes a message apart by its orders.
type parting struct {
	reader
	lines [][]byte // of its segments
}

// orderPart is what a message says of one order.
type orderPart struct {
	lines    [][]byte
	specimen int // line of the one that it has last
}

func (p *parting) orders() [][]byte {
	specimens, numbers := p.sides()
	if specimens == untold {
		return nil
	}
	head := slices.IndexFunc(p.lines, func(line []byte) bool {
		return bytes.HasPrefix(line, []byte("SPM")) || bytes.HasPrefix(line, []byte("ORC")) || bytes.HasPrefix(line, []byte("OBR"))
	})
	var parts []*orderPart
	var at *orderPart
	of := make(map[string]*orderPart)
	inCommon := 0
	specimen, from := -1, -1 // the lines of the specimen whose orders follow
	ordered := true          // it has one
	begin := func(number string) bool {
		if at = of[number]; at == nil {
			at = &orderPart{lines: slices.Clone(p.lines[:head]), specimen: -1}
			of[number], parts = at, append(parts, at)
			inCommon += sizeOf(p.lines[:head])
		}
		return number != "" && inCommon <= maxShared
	}
	reached := false // a panel of the order that began
	for i := head; i < len(p.lines); i++ {
		s := p.msg.Segment(i + 1)
		ok := true
		switch {
		case s.Name == "SPM" && specimens == before:
			ok, ordered = ordered, false
			at, specimen, from, reached = nil, i, i, false
		case s.Name == "ORC" && numbers == before:
			ok, reached = begin(s.Key(2)), false
		case s.Name == "ORC":
			ok = at != nil && of[s.Key(2)] == at // a second one behind its panel is another order's
		case s.Name == "OBR" && numbers == before && at != nil && (!reached || p.code == "OML"):
			reached = true
		case s.Name == "OBR":
			ok, reached = begin(p.numberOf(s)), true
		}
		if !ok {
			return nil
		}
		if at == nil {
			if from < 0 {
				return nil
			}
			continue // of the specimen, for each of its orders
		}
		ordered = true
		if specimen >= 0 && at.specimen != specimen {
			of := p.ofSpecimen(specimen)
			if inCommon += sizeOf(of); inCommon > maxShared {
				return nil
			}
			at.specimen, at.lines = specimen, append(at.lines, of...)
		}
		at.lines = append(at.lines, p.lines[i])
	}
	if !ordered {
		return nil
	}
	return p.bodies(parts)
}

func sizeOf(lines [][]byte) (n int) {
	for _, line := range lines {
		n += len(line)
	}
	return n
}

// numberOf gives the number of a panel: of the ORC behind it, else its own.
func (p *parting) numberOf(obr *hl7v2.Segment) string {
	for n := obr.Number + 1; n <= p.msg.Len(); n++ {
		switch s := p.msg.Segment(n); s.Name {
		case "ORC":
			if p.code == "OUL" {
				return s.Key(2)
			}
			return obr.Key(2)
		case "OBR", "SPM":
			return obr.Key(2)
		}
	}
	return obr.Key(2)
}

// ofSpecimen gives a specimen with what is said of it before its first order.
func (p *parting) ofSpecimen(spm int) [][]byte {
	end := spm + 1
	for ; end < len(p.lines); end++ {
		if name := p.msg.Segment(end + 1).Name; name == "ORC" || name == "OBR" || name == "SPM" {
			break
		}
	}
	return p.lines[spm:end]
}

// bodies writes the messages. Where the end of the message is missing, that of its last
// order is.
func (p *parting) bodies(parts []*orderPart) (out [][]byte) {
	last := &p.lines[len(p.lines)-1][0]
	for _, o := range parts {
		body := bytes.Join(o.lines, []byte("\r"))
		if p.msg.Terminated || &o.lines[len(o.lines)-1][0] != last {
			body = append(body, '\r')
		}
		out = append(out, body)
	}
	return out
}
