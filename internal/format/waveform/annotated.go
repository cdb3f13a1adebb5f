package waveform

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/cda"
)

// ReadAnnotated reads an annotated ECG, whose samples are counted. Refusals are in the
// package comment; what was read is given beside them.
func ReadAnnotated(src []byte) (out Recording, err error) {
	ecg, err := cda.ReadECG(src)
	out.SubjectsRead = err == nil
	for _, p := range ecg.Subjects {
		for _, id := range p.IDs {
			out.Subjects = append(out.Subjects, Subject{ID: id.Extension})
		}
		s := Subject{BirthDate: p.BirthDate, Sex: p.Sex}
		for _, n := range p.Names {
			s.Names = append(s.Names, Name{Family: n.Family, Given: n.Given})
		}
		out.Subjects = append(out.Subjects, s)
	}
	if err != nil {
		return out, err
	}
	for i, set := range ecg.Sets {
		part, err := partOf(i+1, set)
		switch {
		case err != nil:
			return out, err
		case len(part.Leads) == 0:
			continue
		case len(out.Parts) == MaxParts:
			return out, invalid("series %d: more than %d of them", i+1, MaxParts)
		case part.Leads[0].Rate == 0:
			out.warn("series %d: no sampling interval", i+1)
		}
		out.Parts = append(out.Parts, part)
	}
	if len(out.Parts) == 0 {
		return out, invalid("no waveform")
	}
	return out, nil
}

// partOf reads one set of sequences: the times, and the leads.
func partOf(number int, set cda.SequenceSet) (Part, error) {
	part, rate := Part{Name: set.Series}, 0.0
	for _, s := range set.Sequences {
		if strings.HasPrefix(s.Code, "TIME_") {
			rate = rateOf(s.Increment, s.Unit)
			continue
		}
		lead := Lead{Name: cmp.Or(annotatedLead(s.Code), fmt.Sprintf("channel %d", len(part.Leads)+1)), Scale: Positive(s.Scale), Unit: Unit(s.Scaled), Samples: int64(s.Samples)}
		switch n := len(part.Leads) + 1; {
		case n > MaxLeads:
			return part, invalid("series %d: more than %d leads", number, MaxLeads)
		case s.Samples == 0:
			return part, invalid("series %d: lead %d: no samples", number, n)
		case n > 1 && lead.Samples != part.Leads[0].Samples:
			return part, invalid("series %d: lead %d: %d samples, the first lead has %d", number, n, s.Samples, part.Leads[0].Samples)
		}
		part.Leads = append(part.Leads, lead)
	}
	for i := range part.Leads {
		part.Leads[i].Rate = rate
	}
	return part, nil
}

// rateOf gives the rate of an interval in Hz, 0 if it is none.
func rateOf(interval, unit string) float64 {
	seconds := map[string]string{"s": "", "ms": "e-3", "us": "e-6"}
	exponent, known := seconds[unit]
	if v := Positive(interval + exponent); known && v > 0 {
		return 1 / v
	}
	return 0
}

// Positive reads a rate, a scale or an interval; 0 for what is no number above zero, or
// one with which nobody can reckon.
func Positive(text string) float64 {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !(v >= 1e-12) || v > 1e12 {
		return 0
	}
	return v
}
