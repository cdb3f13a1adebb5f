package ssmix2

import (
	"slices"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
)

// dietGroup is one ORC group of a diet order: ORC {TQ1} {ODS} {NTE} {OBX}, or with
// ODT for trays.
type dietGroup struct {
	orc   *hl7v2.Segment
	diets []clinical.Diet
	common
}

// common is what TQ1 says of all diets of a group.
type common struct {
	usage        []clinical.Coded
	start, end   clinical.Time
	instructions []string
	priority     clinical.Coded
}

// diets reads OMD: a diet for each ODS or ODT, with the times of its order.
func (r *reader) diets() error {
	groups, err := r.dietGroups()
	if err != nil {
		return err
	}
	for _, g := range groups {
		if len(g.diets) == 0 {
			return g.orc.Errorf(0, "no ODS segment behind it: %w", ErrCut)
		}
	}
	kept := slices.DeleteFunc(slices.Clone(groups), func(g *dietGroup) bool { return r.name.Flag == Current && cancelled(g.orc) })
	if len(kept) == 0 {
		return groups[0].orc.Errorf(1, "%w", ErrCancelled)
	}
	for _, g := range groups {
		if r.name.Flag == Current && cancelled(g.orc) {
			r.warn(g.orc, 1, "cancelled entry, left out")
		}
	}
	for _, g := range kept {
		became := r.became(g.orc)
		for _, d := range g.diets {
			d.OrderStatus = became
			d.Usage, d.Start, d.End, d.Priority = g.usage, g.start, g.end, g.priority
			d.Instructions = append(d.Instructions, g.instructions...)
			r.doc.Diets = append(r.doc.Diets, d)
		}
	}
	return nil
}

func (r *reader) dietGroups() ([]*dietGroup, error) {
	var groups []*dietGroup
	for s := range r.msg.All() {
		if s.Name == "ORC" {
			groups = append(groups, &dietGroup{orc: s})
			continue
		}
		if len(groups) == 0 {
			if s.Name == "ODS" || s.Name == "ODT" {
				return nil, s.Errorf(0, "no ORC before it")
			}
			r.beforeOrders(s)
			continue
		}
		g := groups[len(groups)-1]
		switch s.Name {
		case "TQ1":
			r.dietTime(&g.common, s)
		case "ODS":
			what, err := codedIn(s, 3, "diet")
			if err != nil {
				return nil, err
			}
			d := clinical.Diet{Type: s.At(1, 1, 1, 1), Diets: []clinical.Coded{what}, Periods: codedAll(s.Field(2).Codes()), Instructions: appendLine(nil, s.Text(4))}
			for _, more := range s.Field(3).Codes()[1:] {
				d.Diets = append(d.Diets, coded(more))
			}
			g.diets = append(g.diets, d)
		case "ODT":
			tray, err := codedIn(s, 1, "tray")
			if err != nil {
				return nil, err
			}
			g.diets = append(g.diets, clinical.Diet{Tray: tray, Periods: codedAll(s.Field(2).Codes()), Instructions: appendLine(nil, s.Text(3))})
		case "NTE":
			g.instructions = appendLine(g.instructions, s.Text(3))
		case "OBX":
			r.observe(s)
		}
	}
	return groups, nil
}

// dietTime reads TQ1. The first begin and the last end hold.
func (r *reader) dietTime(c *common, tq1 *hl7v2.Segment) {
	c.usage = append(c.usage, codedAll(tq1.Field(3).RepeatPatterns())...)
	if at := r.time(tq1, 7); c.start == "" {
		c.start = at
	}
	if at := r.time(tq1, 8); at != "" {
		c.end = at
	}
	if c.priority.IsEmpty() {
		c.priority = coded(tq1.Field(9).Code())
	}
	c.instructions = appendLine(appendLine(c.instructions, tq1.Text(10)), tq1.Text(11))
}
