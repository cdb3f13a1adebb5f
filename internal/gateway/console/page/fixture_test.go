package page

import (
	"maps"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/gateway/console/account"
	"mizuhiki.dev/mizuhiki/internal/gateway/console/health"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/incident"
	"mizuhiki.dev/mizuhiki/internal/platform/cause"
	"mizuhiki.dev/mizuhiki/internal/platform/disk"
	"mizuhiki.dev/mizuhiki/internal/platform/tally"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

var fixtureNow = time.Date(2026, 11, 25, 5, 30, 12, 0, time.UTC)

func ago(d time.Duration) time.Time { return fixtureNow.Add(-d) }

const (
	rootA = "/mnt/ssmix2/volume1"
	rootB = "/mnt/ssmix2/volume2"
)

func shellOf(s Section, path string, role account.Role) Shell {
	return Shell{Title: "架空中央病院", Gateway: "k3xq7p2ak3xq7p2ak3xq7p2ak3", User: "joho.taro", Role: role, Ready: true, Section: s, Path: path, Now: fixtureNow}
}

func sound() health.Snapshot {
	storage := func(root string, documents int) health.Source {
		return health.Source{Name: root, Kind: health.Storage, Place: root, State: health.Up, Lag: 2 * time.Second, Facts: []health.Fact{
			{Key: "medium", Value: fault.Key("medium.share")}, {Key: "looked", Value: ago(2 * time.Second)}, {Key: "lag", Value: 2 * time.Second},
			{Key: "waiting", Value: 0}, {Key: "documents", Value: documents},
		}}
	}
	return health.Snapshot{
		Now: fixtureNow, Started: ago(9 * 24 * time.Hour), Version: "v0.3.0", Gateway: "k3xq7p2ak3xq7p2ak3xq7p2ak3",
		Link:        health.Link{Addr: "link.example.jp:8444", Connected: true, Since: ago(30 * time.Hour)},
		Certificate: fixtureNow.AddDate(0, 0, 62), Sources: []health.Source{storage(rootA, 128403), storage(rootB, 40211)},
		Disks:    []health.Disk{{Name: "database", Path: "/var/lib/mizuhiki", Space: disk.Space{Free: 181 << 30, Size: 238 << 30}}},
		Patients: 214873, Linked: 1204, Documents: 168614,
	}
}

func troubled() health.Snapshot {
	s := sound()
	s.Sources[1].State, s.Sources[1].Since = health.Down, ago(12*time.Minute)
	s.Sources[1].Trouble = cause.Trouble{Cause: cause.Unreachable, Said: "the storage does not answer: " + rootB + ": stat " + rootB + ": host is down"}
	s.Sources[0].Lag = 6 * time.Minute
	s.Sources = append(s.Sources,
		health.Source{Name: "/mnt/extended", Kind: health.Extended, Place: "/mnt/extended", State: health.Down, Trouble: cause.Trouble{Said: "x"}},
		health.Source{Name: "mllp", Kind: health.Messages, Place: "0.0.0.0:2575", State: health.Down, Trouble: cause.Trouble{Said: "x"}}, hindered(),
		health.Source{Name: "new", Kind: health.Storage, Place: "/mnt/new", State: health.Starting})
	s.Link = health.Link{Addr: "link.example.jp:8444", Since: ago(3 * time.Minute), Trouble: cause.Trouble{Cause: cause.Timeout, Said: "dial the center: i/o timeout"}, TroubleAt: ago(4 * time.Second)}
	s.Certificate = fixtureNow.AddDate(0, 0, 5)
	s.Stuck = cause.Trouble{Cause: cause.DiskFull, Said: "the index cannot be written: database or disk is full (13)"}
	s.Disks = append(s.Disks, health.Disk{Name: "spool", Path: "/var/spool", Trouble: cause.Trouble{Cause: cause.Permission, Said: "statfs: permission denied"}})
	s.Disks[0].Space.Free = 2 << 30
	s.Suspended, s.Unfiled, s.Damaged, s.Unseen = 2, 4, 1, 3
	s.Remarks = index.RemarkTotals{Files: 20512, Kinds: remarkCounts()}
	s.Reasons = reasons(false)
	s.Reasons = append(s.Reasons, index.ReasonCount{Reason: index.ReasonWrongPatient, Files: 3})
	return s
}

// hindered is a listener to which everything has happened.
func hindered() health.Source {
	s := health.Source{Name: "mllp ehr", Kind: health.Messages, Place: "ehr 10.1.2.3:2575", State: health.Up, Facts: []health.Fact{
		{Key: "security", Value: fault.Key("security.mtls")}, {Key: "last", Value: ago(2 * time.Hour)}, {Key: "connections", Value: 2}, {Key: "accepted", Value: 41207},
	}, Receiving: &health.Receiving{Listener: "ehr", Unframed: 812}}
	for i, key := range incident.Kinds() {
		at := ago(time.Duration(i) * time.Hour)
		t := tally.State{Total: int64(1 + i*500), Peers: []tally.Peer{{Address: "10.1.2.20", Count: 1, Last: at, Lasting: at}}}
		if key == incident.TLS {
			t.Peers[0].Trouble = cause.Trouble{Cause: cause.NoCertificate, Said: "tls: client didn't provide a certificate"}
			t.Peers = append(t.Peers, tally.Peer{Address: "10.1.2.31", Count: 3, Last: at.Add(-time.Hour)}, tally.Peer{Address: "10.1.2.32", Count: 3, Last: at.Add(-time.Hour)})
		}
		s.Receiving.Incidents = append(s.Receiving.Incidents, health.Incident{Key: key, State: t})
	}
	return s
}

func reasons(quarantined bool) []index.ReasonCount {
	var out []index.ReasonCount
	for i, r := range index.Reasons() {
		if r.Quarantined() == quarantined {
			out = append(out, index.ReasonCount{Reason: r, Files: 3 + i*i})
		}
	}
	return out
}

func fileRows(quarantined bool) []index.Unreadable {
	var out []index.Unreadable
	for i, r := range reasons(quarantined) {
		out = append(out, index.Unreadable{
			Root: []string{rootA, rootB}[i%2], Path: "000/001/0000012345/20261102/OML-11/0000012345_20261102_OML-11_000000000000001_20261102083011123_01_1", Patient: "0000012345",
			Reason: r.Reason, Detail: "segment 4 (OBX): the message was cut", FirstSeen: ago(50 * time.Hour), LastSeen: ago(3 * time.Minute),
		})
	}
	return out
}

func remarkCounts() []index.RemarkCount {
	var out []index.RemarkCount
	for i, k := range clinical.RemarkKinds() {
		out = append(out, index.RemarkCount{Kind: k, Files: 2 + 7*i*i*i})
	}
	return out
}

func remarkRows() []index.Remarked {
	kinds := clinical.RemarkKinds()
	var out []index.Remarked
	for i, k := range kinds {
		r := index.Remarked{
			Root: []string{rootA, rootB}[i%2], Path: "000/001/0000012345/20261102/OMP-01/0000012345_20261102_OMP-01_000000000000001_20261102083011123_01_1", Patient: "0000012345",
			Remarks: clinical.Remarks{{Kind: k, Detail: "segment 3 (ORC), field 9: care date differs from that of the folder"}}, FirstSeen: ago(50 * time.Hour), LastSeen: ago(3 * time.Minute),
		}
		if i%4 == 1 {
			r.Remarks.Add(kinds[(i+5)%len(kinds)], "segment 14 (OBX), byte 122: vendor: row 13 is no part of JIS X 0208")
		}
		out = append(out, r)
	}
	return append(out, index.Remarked{
		Root: "/mnt/extended", Path: "000/001/0000012345/20261102/^退院時サマリー^^18842-5^退院時サマリ^LN/0000012345_20261102_^退院時サマリー^^18842-5^退院時サマリ^LN_0000000000000000001_20261102120000000_01_1",
		Patient: "0000012345", Remarks: clinical.Remarks{{Kind: "of_a_later_version", Detail: "file 1: something"}}, FirstSeen: ago(50 * time.Hour), LastSeen: ago(3 * time.Minute),
	})
}

// fixtures gives every page in the states that people meet, by the name of its file.
func fixtures() map[string]View {
	refused := SignIn{Shell: Shell{Gateway: "k3xq7p2ak3xq7p2ak3xq7p2ak3", Path: "/signin"}, Login: "joho.taro"}
	refused.Notice = &Notice{Tone: ToneRefused, Message: Message{Key: "signin.refused"}}
	first := shellOf("", "/second-factor", account.Viewer)
	first.Ready = false
	done := shellOf(SectionOverview, "/", account.Admin)
	done.Notice = &Notice{Tone: ToneDone, Message: Message{Key: "reread.patient_done"}}
	warned := sound()
	warned.Reasons, warned.Suspended = []index.ReasonCount{{Reason: index.ReasonCut, Files: 14}}, 2
	starting := sound()
	starting.Sources[0].State, starting.Sources[1].State = health.Starting, health.Starting
	starting.Link = health.Link{Addr: "link.example.jp:8444", Waiting: true}
	hinderedAlone := sound()
	hinderedAlone.Sources = append(hinderedAlone.Sources, hindered())
	coming := sound()
	coming.Link, coming.Certificate = health.Link{Addr: "link.example.jp:8444", Since: ago(10 * time.Second)}, fixtureNow
	unknown := sound()
	unknown.Disks[0].Trouble = cause.Trouble{Cause: cause.Permission, Said: "statfs: permission denied"}
	filtered := Files{Shell: shellOf(SectionFiles, "/unreadable", account.Viewer), Page: 1, Pages: 1, Text: "OML-11", Root: 2, Reason: index.ReasonCut, Reasons: reasons(false), Roots: []string{rootA, rootB}}
	views := map[string]View{
		"signin":         SignIn{Shell: Shell{Title: "架空中央病院", Gateway: "k3xq7p2ak3xq7p2ak3xq7p2ak3", Path: "/signin"}, Ended: true},
		"signin-refused": refused,
		"password":       Password{Shell: first, Must: true, Errors: Errors{"new": {Key: "password.length", Params: map[string]any{"min": 8, "max": 128}}, "old": {Key: "password.wrong"}, "again": {Key: "password.differs"}}},
		"factor":         Factor{Shell: first, Secret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", URL: "otpauth://totp/Mizuhiki:x?secret=JBSWY3DPEHPK3PXP", Errors: Errors{"code": {Key: "code.wrong"}}},
		"overview":       Overview{Shell: done, Health: sound()},
		"overview-warn":  Overview{Shell: shellOf(SectionOverview, "/", account.Viewer), Health: warned},
		"overview-mllp":  Overview{Shell: shellOf(SectionOverview, "/", account.Viewer), Health: hinderedAlone},
		"overview-bad":   Overview{Shell: shellOf(SectionOverview, "/", account.Admin), Health: troubled(), Errors: Errors{"patient": {Key: "reread.bad_patient"}, "root": {Key: "reread.bad_root"}}},
		"overview-first": Overview{Shell: shellOf(SectionOverview, "/", account.Viewer), Health: starting},
		"overview-over":  Overview{Shell: shellOf(SectionOverview, "/", account.Viewer), Health: coming},
		"overview-disk":  Overview{Shell: shellOf(SectionOverview, "/", account.Viewer), Health: unknown},
		"files": Files{Shell: shellOf(SectionFiles, "/unreadable", account.Viewer), Rows: fileRows(false), Total: 512, Page: 2, Pages: 11,
			Reasons: reasons(false), Roots: []string{rootA, rootB}},
		"files-none":       Files{Shell: shellOf(SectionFiles, "/unreadable", account.Viewer), Page: 1, Pages: 1, Roots: []string{rootA}},
		"files-found-none": filtered,
		"remarks": Remarks{Shell: shellOf(SectionRemarks, "/remarks", account.Viewer), Rows: remarkRows(), Total: 20512, Page: 1, Pages: 411,
			Kinds: append(remarkCounts(), index.RemarkCount{Kind: "of_a_later_version", Files: 1}), Roots: []string{rootA, rootB}},
		"remarks-few": Remarks{Shell: shellOf(SectionRemarks, "/remarks", account.Viewer), Rows: remarkRows()[6:8], Total: 2, Page: 1, Pages: 1, Kinds: remarkCounts()[6:8], Roots: []string{rootA}},
		"remarks-kind": Remarks{Shell: shellOf(SectionRemarks, "/remarks", account.Viewer), Rows: remarkRows()[6:7], Total: 1514, Page: 2, Pages: 31, Kind: clinical.RemarkCareDate,
			Kinds: remarkCounts(), Roots: []string{rootA, rootB}},
		"remarks-none": Remarks{Shell: shellOf(SectionRemarks, "/remarks", account.Viewer), Page: 1, Pages: 1, Roots: []string{rootA}},
		"remarks-found-none": Remarks{Shell: shellOf(SectionRemarks, "/remarks", account.Viewer), Page: 1, Pages: 1, Text: "OML-11", Root: 2, Kind: clinical.RemarkHour,
			Kinds: remarkCounts()[:3], Roots: []string{rootA, rootB}},
		"quarantine": Files{Shell: shellOf(SectionQuarantine, "/quarantine", account.Admin), Quarantined: true, Rows: fileRows(true), Total: 1, Page: 1, Pages: 1,
			Reasons: reasons(true), Roots: []string{rootA, rootB}},
		"quarantine-none": Files{Shell: shellOf(SectionQuarantine, "/quarantine", account.Admin), Quarantined: true, Page: 1, Pages: 1},
		"suspended": Suspended{Shell: shellOf(SectionSuspended, "/suspended", account.Viewer), Rows: []index.Suspension{
			{Patient: "0000012345", LinkedAt: ago(400 * time.Hour), ReadAt: ago(time.Hour), Differs: []wire.Field{wire.FieldBirthDate, wire.FieldSex, wire.FieldKana}},
			{Patient: "0000045678", LinkedAt: ago(300 * time.Hour), Differs: []wire.Field{wire.FieldKana}},
		}},
		"suspended-none": Suspended{Shell: shellOf(SectionSuspended, "/suspended", account.Viewer)},
		"messages-none":  Messages{Shell: shellOf(SectionMessages, "/messages", account.Viewer), Receiving: true},
		"messages-off":   Messages{Shell: shellOf(SectionMessages, "/messages", account.Viewer)},
		"activity":       fixtureActivity(),
		"activity-none":  Activity{Shell: shellOf(SectionActivity, "/activity", account.Viewer)},
		"problem":        Problem{Shell: shellOf("", "/", account.Viewer), Kind: ProblemInternal, Ref: "k3xq7p2a"},
		"problem-none":   Problem{Kind: ProblemNotFound},
		"problem-form":   Problem{Kind: ProblemInvalid},
	}
	maps.Copy(views, keptFixtures())
	return views
}

func fixtureActivity() Activity {
	a := Activity{Shell: shellOf(SectionActivity, "/activity", account.Viewer)}
	for i := range 14 {
		a.Days = append(a.Days, index.Day{Begins: fixtureNow.AddDate(0, 0, i-13), Done: 120 + 37*i%90, Denied: i % 3, Failed: i % 2})
	}
	for i, key := range []fault.Key{"source_up", "source_down", "link_up", "link_down", "walked", "started"} {
		e := health.Event{At: ago(time.Duration(i) * time.Hour), Level: health.Good, Key: key}
		if key == "source_down" || key == "link_down" {
			e.Level, e.Place, e.Trouble = health.Bad, rootB, cause.Trouble{Cause: cause.Unreachable, Said: "host is down"}
		}
		a.Events = append(a.Events, e)
	}
	for i, action := range account.Actions() {
		e := account.Entry{At: ago(time.Duration(i) * 40 * time.Minute), Login: "joho.taro", Address: "10.1.20.33", Action: action, Outcome: account.Done}
		switch action {
		case account.ActionSignIn:
			e.Outcome, e.Login = account.Denied, ""
		case account.ActionRereadPerson:
			e.Detail.Patient = "0000012345"
		case account.ActionRereadRoot:
			e.Detail.Place, e.Detail.Patients = rootA, 1204
		}
		e = keptLog(e)
		a.Log = append(a.Log, e)
	}
	return a
}
