package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"text/tabwriter"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/gateway"
	"mizuhiki.dev/mizuhiki/internal/gateway/console/page"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/incident"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/mllp"
	"mizuhiki.dev/mizuhiki/internal/platform/disk"
)

type statusCommand struct {
	Config string `required:"" type:"path" help:"The gateway's configuration, gateway.toml."`
	JSON   bool   `name:"json" help:"Print the same as JSON, without the list of files and messages."`
}

// stampFormat says of which zone a time is: a machine in a hospital may be set to UTC.
const stampFormat = time.DateTime + " MST"

// Run prints what a gateway holds and which files it cannot read, also while it runs.
func (c statusCommand) Run(ctx context.Context, s streams) error {
	cfg, err := gateway.LoadConfig(c.Config)
	if err != nil {
		return err
	}
	cfg.Clock = clock
	h, err := gateway.ReadHoldings(ctx, cfg)
	if err != nil {
		return err
	}
	runs, err := gateway.Runs(cfg)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(s.out, cfg, runs, h)
	}
	if runs {
		fmt.Fprintln(s.out, "gateway     runs")
	} else {
		fmt.Fprintln(s.out, "gateway     does not run: nothing is disclosed or received, and what follows is as it was")
	}
	fmt.Fprintf(s.out, "patients    %d\nlinked      %d\nsuspended   %d\ndocuments   %d\nwith remark %d\nunreadable  %d\n",
		h.Patients, h.Linked, h.Suspended, h.Documents, h.Remarked, h.UnreadableTotal)
	for _, root := range slices.Concat(cfg.Storage.Roots, cfg.Storage.Extended) {
		if _, err := os.ReadDir(root); err != nil {
			fmt.Fprintf(s.out, "away        %v: check the mount and its permissions\n", err)
		}
	}
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	for _, u := range h.Unreadable {
		fmt.Fprintf(w, "%s\t%s: %s\tsince %s\n", filepath.Join(u.Root, u.Path), u.Reason, u.Detail, u.FirstSeen.Local().Format(stampFormat))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if more := h.UnreadableTotal - len(h.Unreadable); more > 0 {
		fmt.Fprintf(s.out, "and %d more: mend these first\n", more)
	}
	return printReceived(s.out, cfg, runs, h.Unseen)
}

// status is what is printed as JSON.
type status struct {
	Running    bool `json:"running"`
	Patients   int  `json:"patients"`
	Linked     int  `json:"linked"`
	Documents  int  `json:"documents"`
	Unreadable int  `json:"unreadable"`
	Suspended  int  `json:"suspended"`
	Remarked   int  `json:"remarked"`
	Unseen     int  `json:"messages_unseen"`
	// Messages is how receiving stood AgeSeconds ago; absent without listeners. Stale says
	// that a gateway that runs and can write would have said something newer.
	Messages   *mllp.State `json:"messages,omitempty"`
	AgeSeconds *int        `json:"messages_age_seconds,omitempty"`
	Stale      bool        `json:"messages_stale"`
}

func printJSON(out io.Writer, cfg gateway.Config, runs bool, h gateway.Holdings) error {
	st := status{Running: runs, Patients: h.Patients, Linked: h.Linked, Documents: h.Documents, Unreadable: h.UnreadableTotal, Suspended: h.Suspended, Remarked: h.Remarked, Unseen: h.Unseen}
	var err error
	if st.Messages, err = gateway.ReadReceived(cfg); err != nil {
		return err
	}
	if st.Messages != nil {
		age := ageOf(st.Messages)
		seconds := int(age / time.Second)
		st.AgeSeconds, st.Stale = &seconds, stale(age)
	}
	return json.NewEncoder(out).Encode(st)
}

func ageOf(st *mllp.State) time.Duration { return clock().Sub(st.At) }

// stale reports whether a state is of another time: also of one that is still to come, by
// a clock that was set back.
func stale(age time.Duration) bool { return age.Abs() > gateway.StaleState }

// listedKept is how many messages of a class are listed.
const listedKept = 20

// printReceived prints a line for each listener, what waits, and what could not be filed.
func printReceived(out io.Writer, cfg gateway.Config, runs bool, unseen int) error {
	st, err := gateway.ReadReceived(cfg)
	if err != nil {
		return err
	}
	if st == nil {
		if runs && len(cfg.MLLP) > 0 {
			fmt.Fprintf(out, "\nmessages    the gateway has written nothing into %s yet; if it stays so, the disk may be full\n", cfg.Received.Folder)
		}
		return nil
	}
	fmt.Fprintf(out, "\nmessages    as of %s\n", st.At.Local().Format(stampFormat))
	if age := ageOf(st); stale(age) {
		why := "the gateway does not run"
		if runs {
			why = fmt.Sprintf("the gateway runs and cannot write into %s, be it that the disk is full: messages may be coming in that are not counted here", cfg.Received.Folder)
		}
		fmt.Fprintf(out, "this is old, of %s ago: %s\n", age.Round(time.Second), why)
		if free, err := disk.Free(cfg.Received.Folder); err == nil {
			st.DiskFree = free
		}
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, l := range st.Listeners {
		last := "never"
		if !l.Last.IsZero() {
			last = l.Last.Local().Format(stampFormat)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%d connections\t%d accepted\t%d rejected\t%d duplicate\t%d reused ids\tlast %s\n",
			l.Name, l.Address, l.Security, l.Connections, l.Accepted, l.Rejected, l.Duplicate, l.Flagged, last)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	printIncidents(out, st)
	fmt.Fprintf(out, "to be filed %d, the oldest %s old\nkept        %d\nflagged     %d, of which somebody has to look at %d\nrefused     %d\ndisk free   %d MB\n",
		st.Backlog, st.FilingLag.Round(time.Second), st.Kept, st.Flagged, unseen, st.Refused, st.DiskFree>>20)
	if st.Damaged > 0 {
		fmt.Fprintf(out, "damaged     %d stretches of acknowledged messages, see journal/damaged: have them sent again\n", st.Damaged)
	}
	if st.KeptDamaged > 0 {
		fmt.Fprintf(out, "damaged     %d entries of those kept: have the disk looked at, and the messages sent again\n", st.KeptDamaged)
	}
	if st.Ledger != "" {
		fmt.Fprintf(out, "damaged     the ledger of merges: put it back from a backup before a restart, which it would keep the gateway from: %s\n", st.Ledger)
	}
	if st.DiskLow {
		fmt.Fprintln(out, "the disk is almost full: messages are refused")
	}
	if st.Trouble != "" {
		fmt.Fprintf(out, "not filed now: %s\n", st.Trouble)
	}
	// First what nobody else has; of the rest, which has been filed or is still with its sender, the newest.
	for _, class := range []kept.Class{kept.Accepted, kept.Flagged, kept.Refused} {
		entries, err := gateway.ReadKept(cfg, class, listedKept)
		if err != nil {
			return err
		}
		for _, e := range entries {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", class, cmp.Or(e.File, "-"), whyKept(e), e.ControlID, e.Received.Local().Format(stampFormat))
		}
	}
	return w.Flush()
}

// printIncidents prints a line for each way in which messages did not come.
func printIncidents(out io.Writer, st *mllp.State) {
	for _, l := range st.Listeners {
		for _, i := range incident.Kinds() {
			t := l.Incidents[i]
			if t.Total == 0 {
				continue
			}
			fmt.Fprintf(out, "%s: %d %s", l.Name, t.Total, page.TextOf(page.English, page.Message{Key: "incident." + fault.Key(i)}))
			for _, p := range t.Peers {
				fmt.Fprintf(out, "\n    from %s, last %s", p.Address, p.Last.Local().Format(stampFormat))
				if p.Said != "" {
					fmt.Fprintf(out, ": %q", p.Said)
				}
			}
			fmt.Fprintln(out)
		}
	}
}
