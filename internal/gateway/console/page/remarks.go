package page

import (
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
)

// Remarks lists files that are read although something about them is odd. Forms: POST to
// the page itself with kind, root, q and page; to Path/csv with the same.
type Remarks struct {
	Shell
	Rows        []index.Remarked
	Total       int
	Page, Pages int // from 1
	Kind        clinical.RemarkKind
	Root        int // 1-based; 0: all
	Text        string
	Kinds       []index.RemarkCount // of all files, whatever is filtered
	Roots       []string
}

func (Remarks) view() string { return "remarks" }

// First reports whether this is where a reader comes in: not a part of the list, which
// would begin below the fold behind what is said of all kinds.
func (r Remarks) First() bool { return !r.Filtered() && r.Page <= 1 }

// Previous is the page before, 0 for none.
func (r Remarks) Previous() int { return max(r.Page-1, 0) }

// Next is the following page, 0 for none.
func (r Remarks) Next() int {
	if r.Page < r.Pages {
		return r.Page + 1
	}
	return 0
}

// Filtered reports whether not all of the list was asked for.
func (r Remarks) Filtered() bool { return r.Kind != "" || r.Root != 0 || r.Text != "" }

// RemarkText names a kind of remark; one of another version of the program by its key.
func RemarkText(lang string, k clinical.RemarkKind) string { return phrases{lang}.remark("remark", k) }

func (p phrases) remark(group string, k clinical.RemarkKind) string {
	if _, ok := textsJapanese[fault.Key(group+"."+string(k))]; ok {
		return p.named(group, k)
	}
	if group == "remark" {
		return string(k)
	}
	return ""
}
