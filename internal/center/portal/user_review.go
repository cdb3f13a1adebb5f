package portal

import (
	"encoding/csv"
	"mime"
	"net/http"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/center/portal/page"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
)

// userReview gives the sheet by which a facility goes through its accounts every quarter
// (アカウント棚卸し): who still needs which. A file for spreadsheets, in the reader's language.
func (p *Portal) userReview(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	users, err := p.Manage.ReviewUsers(r.Context(), c)
	if err != nil {
		return err
	}
	now := p.Clock()
	text := func(key string) string { return page.TextOf(c.Language, page.Message{Key: fault.Key(key)}) }
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": "users-" + wareki.On(now).Compact() + ".csv"}))
	_, err = w.Write([]byte("\uFEFF")) // without it spreadsheets take the file for Shift_JIS
	if err != nil {
		return nil // the reader has gone
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	head := []string{"person.name", "signin.login", "users.profession", "users.roles", "users.state_now", "users.last_signin", "users.trained_on", "users.pledge_kind", "col.since", "users.review_keep"}
	row := make([]string, 0, len(head))
	for _, k := range head {
		row = append(row, text(k))
	}
	out.Write(row)
	for _, u := range users {
		out.Write(safeCells(reviewRow(text, u, now)))
	}
	out.Flush() // who reads it may have gone, and nobody else is to be told
	return nil
}

func reviewRow(text func(key string) string, u account.User, now time.Time) []string {
	day := func(at time.Time) string {
		if at.IsZero() {
			return ""
		}
		return wareki.On(at).String()
	}
	var roles []string
	for _, r := range u.Roles {
		roles = append(roles, text("role."+string(r)))
	}
	return []string{
		u.DisplayName, u.Login, text("profession." + string(u.Profession)), strings.Join(roles, " / "),
		text("user_state." + string(page.StateOf(u, now))), day(u.LastSignIn), u.TrainedOn, text("pledge_kind." + page.PledgeKind(u)), day(u.CreatedAt), "",
	}
}

// safeCells keeps spreadsheets from taking what somebody typed for a formula.
func safeCells(cells []string) []string {
	for i, c := range cells {
		cells[i] = cell(c)
	}
	return cells
}

// cell keeps a text from being taken for a formula by a spreadsheet.
func cell(text string) string {
	first, _ := utf8.DecodeRuneInString(strings.TrimLeftFunc(text, unicode.IsSpace))
	if strings.ContainsRune("=+-@＝＋－＠", first) || text != "" && unicode.IsControl(rune(text[0])) {
		return "'" + text
	}
	return text
}
