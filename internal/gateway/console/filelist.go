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
	"mizuhiki.dev/mizuhiki/internal/gateway/console/account"
	"mizuhiki.dev/mizuhiki/internal/gateway/console/page"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
)

// rowsPerPage is how many files a page lists.
const rowsPerPage = 50

func (c *Console) unreadable(w http.ResponseWriter, r *http.Request, caller account.Caller) error {
	return c.list(w, r, page.Files{Shell: c.shell(r, caller, page.SectionFiles, "/unreadable")})
}

func (c *Console) quarantine(w http.ResponseWriter, r *http.Request, caller account.Caller) error {
	return c.list(w, r, page.Files{Shell: c.shell(r, caller, page.SectionQuarantine, "/quarantine"), Quarantined: true})
}

// ask reads from a form which files are asked for. It comes by POST: a path holds a
// patient ID, which stands in no address.
func (c *Console) ask(r *http.Request, view *page.Files) index.Question {
	view.Roots = c.Roots
	view.Text = strings.TrimSpace(r.PostFormValue("q"))
	if reason := index.Reason(r.PostFormValue("reason")); slices.Contains(index.Reasons(), reason) {
		view.Reason = reason
	}
	q := index.Question{Quarantined: view.Quarantined, Reason: view.Reason, Text: view.Text}
	view.Root, q.Root = c.askedRoot(r)
	return q
}

// askedRoot is the folder that a form asks for by its number, which begins at 1; 0 for all.
func (c *Console) askedRoot(r *http.Request) (number int, root string) {
	n, err := strconv.Atoi(r.PostFormValue("root"))
	if err != nil || n < 1 || n > len(c.Roots) {
		return 0, ""
	}
	return n, c.Roots[n-1]
}

// askedPage is the page of a list that a form asks for, from 1.
func askedPage(r *http.Request) int {
	n, err := strconv.Atoi(r.PostFormValue("page"))
	if err != nil || n < 1 || n >= 1<<30 {
		return 1
	}
	return n
}

func (c *Console) list(w http.ResponseWriter, r *http.Request, view page.Files) error {
	q := c.ask(r, &view)
	view.Page = askedPage(r)
	q.Limit, q.Offset = rowsPerPage, (view.Page-1)*rowsPerPage
	var err error
	if view.Rows, view.Total, err = c.Index.Ask(r.Context(), q); err != nil {
		return err
	}
	view.Pages = max(1, (view.Total+rowsPerPage-1)/rowsPerPage)
	reasons, err := c.Index.UnreadableReasons(r.Context())
	if err != nil {
		return err
	}
	for _, n := range reasons {
		if n.Reason.Quarantined() == view.Quarantined {
			view.Reasons = append(view.Reasons, n)
		}
	}
	c.render(w, r, http.StatusOK, view)
	return nil
}

func (c *Console) unreadableCSV(w http.ResponseWriter, r *http.Request, caller account.Caller) error {
	return c.download(w, r, caller, false, "unreadable")
}

func (c *Console) quarantineCSV(w http.ResponseWriter, r *http.Request, caller account.Caller) error {
	return c.download(w, r, caller, true, "quarantine")
}

// rowsPerTable bounds a table for a spreadsheet, and with it what one download holds in
// memory. A table that is cut says so in its last line.
const rowsPerTable = 20_000

// download gives what is asked for as a table for a spreadsheet.
func (c *Console) download(w http.ResponseWriter, r *http.Request, caller account.Caller, quarantined bool, name string) error {
	view := page.Files{Quarantined: quarantined}
	q := c.ask(r, &view)
	q.Limit = rowsPerTable
	rows, total, err := c.Index.Ask(r.Context(), q)
	if err != nil {
		return err
	}
	lang := c.language(r)
	title := func(key fault.Key) string { return page.TextOf(lang, page.Message{Key: "files." + key}) }
	lines := [][]string{{title("root"), title("path"), title("patient"), title("reason"), title("detail"), title("first"), title("last")}}
	for _, u := range rows {
		lines = append(lines, []string{
			cell(u.Root), cell(u.Path), cell(string(u.Patient)), u.Reason.Text(lang), cell(u.Detail),
			u.FirstSeen.In(japan).Format(time.DateTime), u.LastSeen.In(japan).Format(time.DateTime),
		})
	}
	return c.spreadsheet(w, r, caller, name, lines, len(rows), total)
}

// spreadsheet sends lines that stand for n of total files as a table: UTF-8 with a mark,
// without which the common program reads mojibake.
func (c *Console) spreadsheet(w http.ResponseWriter, r *http.Request, caller account.Caller, name string, lines [][]string, n, total int) error {
	if total > n {
		lines = append(lines, []string{page.TextOf(c.language(r), page.Message{Key: "files.csv_cut", Params: map[string]any{"n": n, "total": total}})})
	}
	var body bytes.Buffer
	body.WriteString("\uFEFF")
	table := csv.NewWriter(&body)
	table.UseCRLF = true
	if err := table.WriteAll(lines); err != nil {
		return err
	}
	// Patient numbers leave the console: not without a row in the history.
	if err := c.Accounts.Record(r.Context(), caller, account.ActionDownload, account.Detail{Place: name}); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+"-"+c.Clock().In(japan).Format("20060102-1504")+`.csv"`)
	_, _ = w.Write(body.Bytes()) // fails only if the reader has gone away
	return nil
}

// cell keeps a spreadsheet from taking a file's name for a formula.
func cell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
