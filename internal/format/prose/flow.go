package prose

import (
	"strings"
	"unicode"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
)

// maxSpan bounds how many rows or columns one cell may take.
const maxSpan = 100

// maxIndent bounds how far a list in lists is indented.
const maxIndent = 4

// Flow puts words into blocks as a writer of HTML or of the narrative of CDA hands them
// over. The zero value is ready. Tables inside of cells, and lists inside of cells or
// lists, become lines of what they stand in.
type Flow struct {
	KeepLines bool // line breaks of the source are line breaks

	blocks []clinical.TextBlock
	words  strings.Builder
	struck bool // what comes is struck out
	marked bool // the words end within what is marked as struck out
	lists  int
	list   []string
	tables int
	table  grid
	cells  int
}

// grid is the table being read.
type grid struct {
	rows   [][]string
	row    []string
	open   bool  // a cell is
	cols   int   // of the open cell
	rowsOf int   // of the open cell
	taken  []int // by column: for how many rows more a cell from above reaches down
	heads  int   // of the first row
}

// Text adds words.
func (f *Flow) Text(s string) {
	if f.KeepLines {
		first := true
		for line := range strings.SplitSeq(s, "\n") {
			if !first {
				f.Break()
			}
			if first = false; line != "" {
				f.write(line)
			}
		}
		return
	}
	f.write(s)
}

// write adds words of one line, white space folded. An ideographic space is no white
// space: it indents.
func (f *Flow) write(s string) {
	for _, r := range clean(s) {
		if unicode.IsSpace(r) && r != '　' && r != '\u00A0' {
			r = ' '
		}
		if f.struck && !f.marked && !unicode.IsSpace(r) {
			f.words.WriteString(StruckOut)
			f.marked = true
		}
		if r == ' ' && (f.words.Len() == 0 || strings.HasSuffix(f.words.String(), " ") || strings.HasSuffix(f.words.String(), "\n")) {
			continue
		}
		f.words.WriteRune(r)
	}
}

// Strike says whether the words that come are struck out. They are marked as such in
// every paragraph, item and cell by itself: each may be read alone.
func (f *Flow) Strike(out bool) {
	f.struck = out
	if !out {
		f.endMark()
	}
}

func (f *Flow) endMark() {
	if f.marked {
		f.words.WriteString(StruckOutEnd)
		f.marked = false
	}
}

// Break ends a line.
func (f *Flow) Break() {
	if f.words.Len() > 0 {
		f.words.WriteByte('\n')
	}
}

// take gives the words so far and begins anew.
func (f *Flow) take() string {
	f.endMark()
	lines := strings.Split(f.words.String(), "\n")
	f.words.Reset()
	kept := lines[:0]
	for _, line := range lines {
		if line = strings.TrimRight(line, " "); strings.TrimSpace(line) != "" {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}

// End ends a paragraph.
func (f *Flow) End() {
	switch {
	case f.tables > 0:
		f.Break()
	case f.lists > 0:
		if s := f.take(); s != "" {
			f.list = append(f.list, s)
		}
	default:
		if s := f.take(); s != "" {
			f.blocks = append(f.blocks, clinical.TextBlock{Paragraph: s})
		}
	}
}

// OpenList begins a list, CloseList ends it, Item begins an entry of it.
func (f *Flow) OpenList() {
	f.End()
	f.lists++
}

// Item begins an entry of a list.
func (f *Flow) Item() {
	f.End()
	if f.lists > 1 && f.tables == 0 {
		f.words.WriteString(strings.Repeat("　", min(f.lists-1, maxIndent)))
	}
}

// CloseList ends a list.
func (f *Flow) CloseList() {
	f.End()
	if f.lists == 0 {
		return
	}
	if f.lists--; f.lists == 0 {
		f.endList()
	}
}

func (f *Flow) endList() {
	if len(f.list) > 0 {
		f.blocks = append(f.blocks, clinical.TextBlock{List: f.list})
		f.list = nil
	}
}

// OpenTable begins a table, CloseTable ends it. Row begins a row, Cell a cell.
func (f *Flow) OpenTable() {
	f.End()
	if f.tables++; f.tables == 1 {
		f.endList()
		f.table = grid{}
	}
}

// Row begins a row.
func (f *Flow) Row() {
	switch f.tables {
	case 0:
		f.End()
	case 1:
		f.endRow()
	default:
		f.Break()
	}
}

// Cell begins a cell that takes so many columns and rows; what it takes beside itself is
// empty, so that what follows stands under its own heading.
func (f *Flow) Cell(head bool, cols, rows int) {
	if f.tables != 1 {
		f.write(" ")
		return
	}
	f.endCell()
	g := &f.table
	g.open, g.cols, g.rowsOf = true, min(max(cols, 1), maxSpan), min(max(rows, 1), maxSpan)
	if head && len(g.rows) == 0 {
		g.heads++
	}
	for len(g.row) < len(g.taken) && g.taken[len(g.row)] > 0 {
		g.taken[len(g.row)]--
		f.addCell("")
	}
}

func (f *Flow) addCell(s string) {
	f.cells++
	if f.cells <= MaxCells { // what is beyond is refused in the end and not to be held till then
		f.table.row = append(f.table.row, s)
	}
}

func (f *Flow) endCell() {
	g := &f.table
	s := f.take()
	if !g.open {
		if s != "" { // words between the cells, as a caption
			f.blocks = append(f.blocks, clinical.TextBlock{Paragraph: s})
		}
		return
	}
	g.open = false
	for i := range g.cols {
		if f.cells > MaxCells {
			return
		}
		for g.rowsOf > 1 && len(g.taken) <= len(g.row) {
			g.taken = append(g.taken, 0)
		}
		if g.rowsOf > 1 {
			g.taken[len(g.row)] = g.rowsOf - 1
		}
		if i > 0 {
			s = ""
		}
		f.addCell(s)
	}
}

func (f *Flow) endRow() {
	f.endCell()
	g := &f.table
	if len(g.row) > 0 {
		last := 0
		for i := len(g.row); i < len(g.taken); i++ { // cells from above at the end of the row
			g.taken[i] = max(g.taken[i]-1, 0)
			if g.taken[i] > 0 {
				last = i + 1
			}
		}
		g.taken = g.taken[:max(last, min(len(g.row), len(g.taken)))] // or every row costs as much as the widest
		g.rows = append(g.rows, g.row)
		g.row = nil
	}
}

// CloseTable ends a table.
func (f *Flow) CloseTable() {
	switch f.tables {
	case 0:
		return
	case 1:
		f.endRow()
		if g := f.table; len(g.rows) > 0 {
			f.blocks = append(f.blocks, clinical.TextBlock{Table: g.rows, Head: g.heads > 0 && g.heads*2 > len(g.rows[0])})
		}
		f.table = grid{}
	default:
		f.Break()
	}
	f.tables--
}

// Plain reports that neither a list nor a table is open.
func (f *Flow) Plain() bool { return f.lists == 0 && f.tables == 0 }

// Blocks ends what is open and gives all blocks, after which the flow is as new. It
// fails for tables beyond [MaxCells].
func (f *Flow) Blocks() ([]clinical.TextBlock, error) {
	for f.tables > 0 {
		f.CloseTable()
	}
	for f.lists > 0 {
		f.CloseList()
	}
	f.End()
	blocks, cells := f.blocks, f.cells
	*f = Flow{KeepLines: f.KeepLines, struck: f.struck}
	if cells > MaxCells {
		return nil, invalid("%w: tables of more than %d cells", ErrTooLarge, MaxCells)
	}
	return blocks, nil
}

var raised = strings.NewReplacer("0", "⁰", "1", "¹", "2", "²", "3", "³", "4", "⁴", "5", "⁵", "6", "⁶", "7", "⁷", "8", "⁸", "9", "⁹", "+", "⁺", "-", "⁻")

// Superscript writes an exponent so that it stays one without markup: 10³.
func Superscript(s string) string {
	if strings.TrimSpace(s) == "" {
		return s
	}
	small := raised.Replace(s)
	if strings.ContainsFunc(small, func(r rune) bool { return !strings.ContainsRune("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", r) }) {
		return "^" + s
	}
	return small
}

// StruckOut stands before words that the writer struck out, StruckOutEnd behind them.
const (
	StruckOut    = "（取消: "
	StruckOutEnd = "）"
)
