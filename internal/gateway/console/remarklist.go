package console

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/gateway/console/account"
	"mizuhiki.dev/mizuhiki/internal/gateway/console/page"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
)

// askRemarks reads from a form which files are asked for, by POST as in [Console.ask].
func (c *Console) askRemarks(r *http.Request, view *page.Remarks) index.RemarkQuestion {
	view.Roots = c.Roots
	view.Text = strings.TrimSpace(r.PostFormValue("q"))
	if kind := clinical.RemarkKind(r.PostFormValue("kind")); slices.Contains(clinical.RemarkKinds(), kind) {
		view.Kind = kind
	}
	q := index.RemarkQuestion{Kind: view.Kind, Text: view.Text}
	view.Root, q.Root = c.askedRoot(r)
	return q
}

func (c *Console) remarks(w http.ResponseWriter, r *http.Request, caller account.Caller) error {
	view := page.Remarks{Shell: c.shell(r, caller, page.SectionRemarks, "/remarks"), Page: askedPage(r)}
	q := c.askRemarks(r, &view)
	q.Limit = rowsPerPage
	for { // files are mended while somebody turns pages: behind the last there is none
		q.Offset = (view.Page - 1) * rowsPerPage
		var err error
		if view.Rows, view.Total, err = c.Index.AskRemarks(r.Context(), q); err != nil {
			return err
		}
		if view.Pages = max(1, (view.Total+rowsPerPage-1)/rowsPerPage); view.Page <= view.Pages {
			break
		}
		view.Page = view.Pages
	}
	totals, err := c.Index.RemarkTotals(r.Context())
	if err != nil {
		return err
	}
	view.Kinds = totals.Kinds
	c.render(w, r, http.StatusOK, view)
	return nil
}

// remarksCSV gives what is asked for as [Console.download] does, with a line for each
// remark, so that a spreadsheet can count them.
func (c *Console) remarksCSV(w http.ResponseWriter, r *http.Request, caller account.Caller) error {
	q := c.askRemarks(r, &page.Remarks{})
	q.Limit = rowsPerTable
	rows, total, err := c.Index.AskRemarks(r.Context(), q)
	if err != nil {
		return err
	}
	lang := c.language(r)
	title := func(key fault.Key) string { return page.TextOf(lang, page.Message{Key: key}) }
	lines := [][]string{{title("files.root"), title("files.path"), title("files.patient"), title("remarks.remark"), title("files.detail"), title("files.first"), title("files.last")}}
	for _, f := range rows {
		for _, m := range f.Remarks {
			lines = append(lines, []string{
				cell(f.Root), cell(f.Path), cell(string(f.Patient)), page.RemarkText(lang, m.Kind), cell(m.Detail),
				f.FirstSeen.In(japan).Format(time.DateTime), f.LastSeen.In(japan).Format(time.DateTime),
			})
		}
	}
	return c.spreadsheet(w, r, caller, "remarks", lines, len(rows), total)
}
