package console

import (
	"bytes"
	"encoding/csv"
	"net/http"
	"slices"
	"strconv"
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
	if n, err := strconv.Atoi(r.PostFormValue("root")); err == nil && n >= 1 && n <= len(c.Roots) {
		view.Root, q.Root = n, c.Roots[n-1]
	}
	return q
}

func (c *Console) remarks(w http.ResponseWriter, r *http.Request, caller account.Caller) error {
	view := page.Remarks{Shell: c.shell(r, caller, page.SectionRemarks, "/remarks"), Page: 1}
	q := c.askRemarks(r, &view)
	q.Limit = rowsPerPage
	if n, err := strconv.Atoi(r.PostFormValue("page")); err == nil && n > 1 && n < 1<<30 {
		view.Page = n
		q.Offset = (n - 1) * rowsPerPage
	}
	var err error
	if view.Rows, view.Total, err = c.Index.AskRemarks(r.Context(), q); err != nil {
		return err
	}
	view.Pages = max(1, (view.Total+rowsPerPage-1)/rowsPerPage)
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
	var body bytes.Buffer
	body.WriteString("\uFEFF")
	table := csv.NewWriter(&body)
	table.UseCRLF = true
	lines := [][]string{{title("files.root"), title("files.path"), title("files.patient"), title("remarks.remark"), title("files.detail"), title("files.first"), title("files.last")}}
	for _, f := range rows {
		for _, m := range f.Remarks {
			lines = append(lines, []string{
				cell(f.Root), cell(f.Path), cell(string(f.Patient)), page.RemarkText(lang, m.Kind), cell(m.Detail),
				f.FirstSeen.In(japan).Format(time.DateTime), f.LastSeen.In(japan).Format(time.DateTime),
			})
		}
	}
	if total > len(rows) {
		lines = append(lines, []string{page.TextOf(lang, page.Message{Key: "files.csv_cut", Params: map[string]any{"n": len(rows), "total": total}})})
	}
	if err := table.WriteAll(lines); err != nil {
		return err
	}
	const name = "remarks"
	// Patient numbers leave the console: not without a row in the history.
	if err := c.Accounts.Record(r.Context(), caller, account.ActionDownload, account.Detail{Place: name}); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+"-"+c.Clock().In(japan).Format("20060102-1504")+`.csv"`)
	_, _ = w.Write(body.Bytes()) // fails only if the reader has gone away
	return nil
}
