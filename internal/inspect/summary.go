package inspect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"text/tabwriter"
)

// Summarise reads what [Run] reads and prints on out, instead of a line for each file or
// message, how many there are of each kind and state, and every cause for which something was not read,
// was passed over or was remarked on, the most frequent first and with the first file that
// has it. Places inside of a file are left out, so that one cause is counted as one: segment
// N (OBX), field 5. The error is as of Run.
func Summarise(ctx context.Context, out io.Writer, paths ...string) error {
	s := summary{kinds: make(map[kindOf]*kindCount), states: make(map[State]int), notRead: causes{}, passedOver: causes{}, warnings: causes{}}
	err := (&run{ctx: ctx, tell: s.add, recognisers: recognisers()}).all(paths)
	if err != nil && !errors.Is(err, ErrUnreadable) {
		return err // half a count says nothing
	}
	return errors.Join(err, s.print(out))
}

// summary counts lines.
type summary struct {
	kinds                         map[kindOf]*kindCount
	states                        map[State]int
	notRead, passedOver, warnings causes
}

type kindOf struct {
	format Format
	kind   string // data type, else the kind of document; empty where neither is known
}

type kindCount struct{ read, notRead, warned int }

// add counts a line; what is no problem and not valid was passed over.
func (s *summary) add(line Line, problem bool) error {
	if !line.Valid && !problem {
		s.passedOver.add(line.Error, line.Path)
		return nil
	}
	k := kindOf{format: line.Format}
	if c := line.Content; c != nil {
		k.kind = cmp.Or(c.DataType, c.Kind)
		if c.State != "" {
			s.states[c.State]++
		}
	}
	n := s.kinds[k]
	if n == nil {
		n = &kindCount{}
		s.kinds[k] = n
	}
	if line.Valid {
		n.read++
	} else {
		n.notRead++
		s.notRead.add(line.Error, line.Path)
	}
	if len(line.Warnings) > 0 {
		n.warned++
	}
	for _, w := range line.Warnings {
		s.warnings.add(w, line.Path)
	}
	return nil
}

func (s *summary) print(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "READ\tNOT READ\tWITH WARNINGS\tFORMAT\tTYPE")
	var all kindCount
	for _, k := range slices.SortedFunc(maps.Keys(s.kinds), func(a, b kindOf) int {
		return cmp.Or(cmp.Compare(a.format, b.format), cmp.Compare(a.kind, b.kind))
	}) {
		n := s.kinds[k]
		fmt.Fprintf(w, "%d\t%d\t%d\t%s\t%s\n", n.read, n.notRead, n.warned, k.format, terminalSafe(printable(cmp.Or(k.kind, "-"))))
		all.read, all.notRead, all.warned = all.read+n.read, all.notRead+n.notRead, all.warned+n.warned
	}
	fmt.Fprintf(w, "%d\t%d\t%d\tall\t\n", all.read, all.notRead, all.warned)
	if len(s.states) > 0 {
		fmt.Fprintln(w, "\nFILES\tSTATE")
		for _, state := range slices.Sorted(maps.Keys(s.states)) {
			fmt.Fprintf(w, "%d\t%s\n", s.states[state], state)
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return errors.Join(s.notRead.print(out, "NOT READ"), s.passedOver.print(out, "PASSED OVER"), s.warnings.print(out, "WARNINGS"))
}

// causes counts texts that differ in their place alone as one.
type causes map[string]*cause

type cause struct {
	count int
	first string // path
}

// maxCauses bounds the causes that are told apart. Whoever has more of them reads the lines.
const maxCauses = 1000

const otherCauses = "other causes"

// inside are the numbers that say where in a file something is. A field keeps its own: it
// says what is wrong.
var inside = regexp.MustCompile(`\b(segment|byte|line|section|file|waveform|lead|series|channel|part|message|of) \d+`)

func (c causes) add(text, path string) {
	text = inside.ReplaceAllString(text, "$1 N")
	if c[text] == nil && len(c) >= maxCauses {
		text = otherCauses
	}
	if c[text] == nil {
		c[text] = &cause{first: path}
	}
	c[text].count++
}

func (c causes) print(out io.Writer, title string) error {
	if len(c) == 0 {
		return nil
	}
	if _, err := fmt.Fprintf(out, "\n%s\n", title); err != nil {
		return err
	}
	for _, text := range slices.SortedFunc(maps.Keys(c), func(a, b string) int {
		return cmp.Or(cmp.Compare(c[b].count, c[a].count), cmp.Compare(a, b))
	}) {
		_, err := fmt.Fprintf(out, "%8d  %s\n          first: %s\n", c[text].count, terminalSafe(printable(text)), terminalSafe(c[text].first))
		if err != nil {
			return err
		}
	}
	return nil
}
