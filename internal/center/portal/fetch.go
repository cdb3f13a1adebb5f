package portal

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/portal/page"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// progressEvery bounds how often progress is sent; a gateway reports every file.
const progressEvery = 100 * time.Millisecond

// fewFiles is from how many files on progress is told at all: below that the steps would
// tell the number.
const fewFiles = 20

// fetchStep is how far a fetch is, in tens.
type fetchStep struct {
	Percent    int `json:"percent"`
	Unreadable int `json:"unreadable,omitempty"` // at the end: of kinds that the reader may see, or of none that is known
}

func stepOf(p wire.Progress) fetchStep { return fetchStep{Percent: 10 * p.Read / p.Total * 10} }

// fetchProgress fetches the latest from one facility and tells how far it is, as
// server-sent events (HTML standard, 9.2): unnamed ones on the way, then "done" or
// "failed" with a text. Each but that is a [fetchStep] in JSON: no total, since the
// gateway reads those files too that it does not release to the reader.
//
// It is a GET although it makes a gateway read, because an EventSource can do nothing
// else. What it changes is the center's knowledge of what exists, the same however
// often it is asked, and it gives nothing to whoever makes a browser ask. But it
// leaves rows in somebody's name, so only the portal's own pages may cause it: a
// browser that says otherwise (a link, a bookmark, another site) finds nothing here.
func (p *Portal) fetchProgress(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" {
		return fault.New(fault.NotFound, "a refresh that no page of the portal asked for")
	}
	person, facility, err := personAndFacility(r)
	if err != nil {
		return err
	}
	stream := &eventStream{w: w, out: http.NewResponseController(w)}
	var last wire.Progress
	var sent time.Time
	err = p.Refresh.Fetch(r.Context(), c, person, facility, func(progress wire.Progress) error {
		last = progress
		if now := p.Clock(); !progress.Done && progress.Total >= fewFiles && now.Sub(sent) >= progressEvery {
			sent = now
			return stream.send("", stepOf(progress))
		}
		return nil
	})
	switch {
	case err == nil:
		stream.end("done", fetchStep{Percent: 100, Unreadable: last.Unreadable})
		return nil
	case r.Context().Err() != nil:
		return nil // the page was left
	case !stream.begun && (fault.Is(err, fault.Denied) || fault.Is(err, fault.NotFound)):
		return err
	}
	notice, hidden := p.trouble(r, err)
	if hidden != nil {
		notice = page.Trouble(hidden, "")
	}
	stream.end("failed", map[string]string{"message": page.TextOf(language(r.Context()), notice.Message)})
	return nil
}

type eventStream struct {
	w     http.ResponseWriter
	out   *http.ResponseController
	begun bool
}

func (s *eventStream) send(event string, data any) error {
	if !s.begun {
		s.begun = true
		s.w.Header().Set("Content-Type", "text/event-stream")
	}
	body, err := json.Marshal(data)
	if err != nil {
		return fmt.Errorf("encode event: %w", err)
	}
	if event != "" {
		event = "event: " + event + "\n"
	}
	if _, err := fmt.Fprintf(s.w, "%sdata: %s\n\n", event, body); err != nil {
		return fmt.Errorf("send event: %w", err)
	}
	return s.out.Flush()
}

// end sends the last event. If it cannot be sent nobody is there to be told: the status
// has long been given.
func (s *eventStream) end(event string, data any) { _ = s.send(event, data) }
