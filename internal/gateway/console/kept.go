package console

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/gateway/console/account"
	"mizuhiki.dev/mizuhiki/internal/gateway/console/page"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
)

const (
	maxDecided   = 200 // messages that are decided on at once: as many as are listed
	flaggedMax   = 200 // rows
	dismissedMax = 200 // rows
)

func (c *Console) messagesView(r *http.Request, caller account.Caller) (page.Messages, error) {
	view := page.Messages{Shell: c.shell(r, caller, page.SectionMessages, "/messages"), Receiving: c.Receiving}
	rows, err := c.Messages()
	if err != nil {
		return view, err
	}
	if c.Kept == nil {
		return view, nil
	}
	for _, e := range rows {
		switch e.Class {
		case kept.Accepted:
			view.Unfiled.Rows = append(view.Unfiled.Rows, c.row(e))
		case kept.Refused:
			view.Refused.Rows = append(view.Refused.Rows, c.row(e))
		}
	}
	counts := c.Kept.Counts() // of a moment later, perhaps
	view.Unfiled.Total = max(counts[kept.Accepted], len(view.Unfiled.Rows))
	view.Refused.Total = max(counts[kept.Refused], len(view.Refused.Rows))
	if err := c.flaggedOf(r.Context(), &view); err != nil {
		return view, err
	}
	decisions, err := c.Kept.Decisions()
	if err != nil {
		return view, err
	}
	view.Decided = make(map[string]kept.Decided, len(decisions))
	for _, d := range decisions {
		view.Decided[d.ID] = d
	}
	return view, nil
}

func (c *Console) row(e kept.Entry) page.KeptRow {
	return page.KeptRow{Entry: e, About: c.about(e.ID)}
}

func (c *Console) about(id string) page.About {
	patient, order := c.About(id)
	return page.About{Patient: patient, Order: order}
}

// flaggedOf shows messages that were filed with a remark, first those that somebody has to
// look at: so they are there as long as the overview counts them. Only what is shown is read.
func (c *Console) flaggedOf(ctx context.Context, view *page.Messages) (err error) {
	ids, _ := c.Kept.Flagged()
	if len(ids) == 0 {
		return nil
	}
	if view.Seen, err = c.Accounts.Seen(ctx, ids[len(ids)-1]); err != nil {
		return err
	}
	waits := func(id string) bool { return kept.ReasonOf(id).NeedsLook() && view.Seen[id].At.IsZero() }
	var first, rest []string
	for _, id := range ids {
		if waits(id) {
			first = append(first, id)
		} else {
			rest = append(rest, id)
		}
	}
	view.Unseen, view.Flagged.Total = len(first), len(ids)
	list := slices.Concat(first, rest)
	for _, id := range list[:min(len(list), flaggedMax)] {
		e, err := c.Kept.Entry(id)
		if fault.Is(err, fault.NotFound) { // newer ones came meanwhile
			continue
		}
		if err != nil {
			return err
		}
		view.Flagged.Rows = append(view.Flagged.Rows, page.KeptRow{Entry: e, Waits: waits(id)})
	}
	return nil
}

// seen takes down that somebody has looked at messages that were filed with a remark: the
// chosen ones, or all that were on the page.
func (c *Console) seen(w http.ResponseWriter, r *http.Request, caller account.Caller) error {
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "read form: %w", err)
	}
	if r.PostForm.Has("all") {
		r.PostForm["id"] = r.PostForm["shown"]
	}
	ids, err := chosen(r)
	if err != nil {
		return c.refuseMessages(w, r, caller, "kept.choose")
	}
	view, err := c.messagesView(r, caller)
	if err != nil {
		return err
	}
	var list []account.Detail
	for _, row := range view.Flagged.Rows {
		if row.Waits && slices.Contains(ids, row.ID) {
			list = append(list, account.Detail{Message: row.ID})
		}
	}
	if len(list) == 0 {
		return c.refuseMessages(w, r, caller, "kept.changed")
	}
	if err := c.Accounts.MarkSeen(r.Context(), caller, list); err != nil {
		return err
	}
	c.done(w, r, "kept.seen_done", "/messages")
	return nil
}

func (c *Console) messages(w http.ResponseWriter, r *http.Request, caller account.Caller) error {
	view, err := c.messagesView(r, caller)
	if err != nil {
		return err
	}
	c.render(w, r, http.StatusOK, view)
	return nil
}

// refuseMessages shows the list again, as it is by now, with what came in between.
func (c *Console) refuseMessages(w http.ResponseWriter, r *http.Request, caller account.Caller, key fault.Key) error {
	view, err := c.messagesView(r, caller)
	if err != nil {
		return err
	}
	view.Notice = &page.Notice{Tone: page.ToneRefused, Message: page.Message{Key: key}}
	c.render(w, r, http.StatusUnprocessableEntity, view)
	return nil
}

// review shows what was chosen, what filing it now would do, and asks what is to be done.
func (c *Console) review(w http.ResponseWriter, r *http.Request, caller account.Caller) error {
	ids, err := chosen(r)
	if err != nil {
		return c.refuseMessages(w, r, caller, "kept.choose")
	}
	view, err := c.reviewView(r, caller, ids)
	if err != nil {
		return err
	}
	if len(view.Rows) == 0 {
		return c.refuseMessages(w, r, caller, "kept.changed")
	}
	c.render(w, r, http.StatusOK, view)
	return nil
}

// chosen gives the messages that a form is about, in the order of their receipt.
func chosen(r *http.Request) ([]string, error) {
	if err := r.ParseForm(); err != nil {
		return nil, fault.New(fault.Invalid, "read form: %w", err)
	}
	ids := slices.Compact(slices.Sorted(slices.Values(r.PostForm["id"])))
	if len(ids) == 0 || len(ids) > maxDecided {
		return nil, fault.New(fault.Invalid, "%d messages were chosen", len(ids))
	}
	return ids, nil
}

func (c *Console) reviewView(r *http.Request, caller account.Caller, ids []string) (page.Review, error) {
	view := page.Review{Shell: c.shell(r, caller, page.SectionMessages, "/messages")}
	if c.Kept == nil {
		return view, nil
	}
	decisions, err := c.Kept.Decisions()
	if err != nil {
		return view, err
	}
	decided := func(id string) bool {
		return slices.ContainsFunc(decisions, func(d kept.Decided) bool { return d.ID == id })
	}
	open := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return decided(id) || c.Kept.Waiting(id) != nil })
	prospects, err := c.Prospects(open)
	if err != nil {
		return view, err
	}
	for _, id := range open {
		p, ok := prospects[id]
		if !ok {
			continue
		}
		e, err := c.Kept.Entry(id)
		if err != nil {
			return view, err
		}
		row := page.Reviewed{Entry: e, About: c.about(id), Prospect: p}
		for _, other := range p.Related {
			if slices.Contains(ids, other) || decided(other) {
				continue
			}
			if e, err := c.Kept.Entry(other); err == nil {
				row.Apart = append(row.Apart, e)
			}
		}
		view.Rows = append(view.Rows, row)
	}
	view.Missing = len(ids) - len(view.Rows)
	return view, nil
}

// decide takes what is to become of messages, for the gateway to do within seconds.
func (c *Console) decide(w http.ResponseWriter, r *http.Request, caller account.Caller) error {
	ids, err := chosen(r)
	if err != nil {
		return c.refuseMessages(w, r, caller, "kept.choose")
	}
	decision, why := kept.Decision(r.PostForm.Get("decision")), strings.TrimSpace(r.PostForm.Get("why"))
	if problems := decisionProblems(decision, why); len(problems) > 0 {
		view, err := c.reviewView(r, caller, ids)
		if err != nil {
			return err
		}
		if len(view.Rows) == 0 {
			return c.refuseMessages(w, r, caller, "kept.changed")
		}
		view.Decision, view.Why, view.Errors = decision, why, problems
		c.render(w, r, http.StatusUnprocessableEntity, view)
		return nil
	}
	if c.Kept == nil {
		return fault.New(fault.NotFound, "no messages are received")
	}
	if err := account.NeedFresh(caller, c.Clock()); err != nil {
		return err
	}
	action, done := account.ActionKeptFile, fault.Key("kept.file_done")
	if decision == kept.Dismiss {
		action, done = account.ActionKeptDismiss, "kept.dismiss_done"
	} else {
		why = "" // it may have been typed before the other was chosen
	}
	now := c.Clock()
	var list []kept.Decided
	var details []account.Detail
	for _, id := range ids {
		list = append(list, kept.Decided{ID: id, Decision: decision, By: caller.Login, At: now, Why: why})
		details = append(details, c.detail(id, account.Kept{Why: why}))
	}
	err = c.Kept.DecideOpen(list, func() error { return c.Accounts.RecordAll(r.Context(), caller, action, details) })
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Conflict) {
		return c.refuseMessages(w, r, caller, "kept.changed")
	}
	if err != nil {
		return err
	}
	c.done(w, r, done, "/messages")
	return nil
}

// detail says what the history says of a message, and of whom it is.
func (c *Console) detail(id string, k account.Kept) account.Detail {
	d := account.Detail{Message: id}
	d.Patient, k.Order = c.About(id)
	if k != (account.Kept{}) {
		d.Kept = &k
	}
	return d
}

// decisionProblems says what is wrong with a form that decides.
func decisionProblems(decision kept.Decision, why string) page.Errors {
	switch {
	case decision != kept.File && decision != kept.Dismiss:
		return page.Errors{"decision": {Key: "kept.no_decision"}}
	case decision == kept.Dismiss && why == "":
		return page.Errors{"why": {Key: "kept.no_why"}}
	case !kept.IsWhy(why):
		return page.Errors{"why": {Key: "kept.long_why", Params: map[string]any{"max": kept.MaxWhy}}}
	}
	return nil
}

// withdraw takes a decision back that the gateway has not begun to carry out.
func (c *Console) withdraw(w http.ResponseWriter, r *http.Request, caller account.Caller) error {
	if c.Kept == nil {
		return fault.New(fault.NotFound, "no messages are received")
	}
	if err := account.NeedFresh(caller, c.Clock()); err != nil {
		return err
	}
	id := r.PostFormValue("id")
	err := c.Kept.Withdraw(id, func(d kept.Decided) error {
		return c.Accounts.Record(r.Context(), caller, account.ActionKeptWithdraw, c.detail(id, account.Kept{Decided: d.Decision}))
	})
	switch {
	case fault.Is(err, fault.NotFound):
		return c.refuseMessages(w, r, caller, "kept.over")
	case fault.Is(err, fault.Conflict):
		return c.refuseMessages(w, r, caller, "kept.begun")
	case err != nil:
		return err
	}
	c.done(w, r, "kept.withdraw_done", "/messages")
	return nil
}

// dismissed lists what was set aside.
func (c *Console) dismissed(w http.ResponseWriter, r *http.Request, caller account.Caller) error {
	view := page.Dismissed{Shell: c.shell(r, caller, page.SectionMessages, "/messages/dismissed")}
	if c.Kept != nil {
		rows, err := c.Kept.ListDismissed(dismissedMax + 1)
		if err != nil {
			return err
		}
		view.More = len(rows) > dismissedMax
		for _, d := range rows[:min(len(rows), dismissedMax)] {
			view.Rows = append(view.Rows, page.DismissedRow{Dismissal: d, About: c.about(d.ID)})
		}
	}
	c.render(w, r, http.StatusOK, view)
	return nil
}

// restore puts messages that were set aside back on the list.
func (c *Console) restore(w http.ResponseWriter, r *http.Request, caller account.Caller) error {
	if c.Kept == nil {
		return fault.New(fault.NotFound, "no messages are received")
	}
	if err := account.NeedFresh(caller, c.Clock()); err != nil {
		return err
	}
	id := r.PostFormValue("id")
	err := c.Kept.Restore(id, func() error {
		return c.Accounts.Record(r.Context(), caller, account.ActionKeptRestore, c.detail(id, account.Kept{}))
	})
	if err != nil {
		return err
	}
	c.done(w, r, "kept.restore_done", "/messages")
	return nil
}
