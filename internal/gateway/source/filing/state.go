package filing

import (
	"slices"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
)

// state is what an order says.
type state struct {
	body  []byte
	name  ssmix2.Name // day and department
	holds bool
}

// after gives what an entry says after messages of it, one after the other, as [storage.put]
// and those before it decide it.
func after(n ssmix2.Name, list []sent) (st state) {
	for _, m := range list {
		switch {
		case takenApart[n.DataType] && m.kind != tellsOf:
			st.add(n, m)
		case m.kind == cancels:
			st.cancel(m)
		case m.kind == tellsOf:
			st.tell(m)
		case oneEntry[n.DataType]:
			st = state{m.body, m.own, true}
		default:
			st = state{m.body, n, true}
		}
	}
	return st
}

// add puts a message together with what is there of its entry, see [against].
func (st *state) add(n ssmix2.Name, m sent) {
	n.Flag = ssmix2.Current
	if m.kind == cancels {
		n.Flag = ssmix2.Deleted
	}
	var out outcome
	if st.holds {
		out = against(n, st.body, m.body)
	}
	switch {
	case out.body != nil:
		st.body = out.body
	case m.kind == cancels:
		st.holds = false
	default:
		*st = state{m.body, n, true}
	}
}

func (st *state) cancel(m sent) {
	if !st.holds {
		return
	}
	if namesPart(m.msg) {
		part, cause := leavesPart(st.body, groupsOf(m.msg))
		if cause != nil {
			return
		}
		if part {
			st.body = endedBy(st.body, m.body)
			return
		}
	}
	st.holds = false
}

func (st *state) tell(m sent) {
	switch {
	case stops(m.msg, m.named):
		if st.holds {
			st.body = endedBy(st.body, m.body)
		}
	case st.holds && writtenIn(m.own.DataType, st.body, m.body, m.own.CareDate != st.name.CareDate):
		st.body = endedBy(st.body, m.body)
	case st.holds:
		st.body = m.body // on the day of its order
	default:
		*st = state{m.body, m.own, true}
	}
}

// same reports whether two say the same, if not of the message and who it is of.
func (st state) same(typ ssmix2.DataType, other state) bool {
	if !st.holds || !other.holds {
		return st.holds == other.holds
	}
	beside := map[string]bool{"MSH": true, "EVN": true}
	if typ[0] == 'O' {
		beside = map[string]bool{"MSH": true, "PID": true, "PV1": true}
	}
	said := func(body []byte) (out []string) {
		msg, err := hl7v2.Parse(body)
		if err != nil {
			return []string{string(body)}
		}
		for s := range msg.All() {
			if s.Name == "IAM" {
				fields := strings.SplitN(s.Raw(), string(msg.Delimiters.Field), 3) // but for its number
				out = append(out, fields[len(fields)-1])
			} else if !beside[s.Name] {
				out = append(out, s.Raw())
			}
		}
		slices.Sort(out)
		return out
	}
	return slices.Equal(said(st.body), said(other.body))
}
