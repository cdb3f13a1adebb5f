package page

import (
	"bytes"
	"flag"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/template/parse"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/device"
	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/web"
)

var renderTo = flag.String("render", "", "write all fixture pages below this folder, for people and browsers to look at")

// fixtures gives every page in the states that people meet, by the name of its file.
func fixtures(lang string) map[string]View {
	timeline := func(query string) View {
		v, err := url.ParseQuery(query)
		if err != nil {
			panic(err)
		}
		return NewTimeline(fixturePatient(TabTimeline), fixtureItems(), ParseTimelineQuery(v), fixtureToday, lang)
	}
	notes := func(query string) View {
		v, err := url.ParseQuery(query)
		if err != nil {
			panic(err)
		}
		return NewNotes(fixturePatient(TabNotes), fixtureItems(), ParseNotesQuery(v), lang)
	}
	refused := SignIn{Facility: clinic.Name, Device: "受付1号機", Login: "sato.k", Path: "/signin", Notice: Trouble(fault.WithKey(fault.Denied, "x", nil), "")}
	refused.Notice.Key = "signin.refused"
	noConsent := fixtureLinks()
	noConsent.InForce, noConsent.Patient.Consent = false, false
	noConsent.Errors = Errors{"basis": {Key: "consent.basis_missing"}, "": {Key: "fault.invalid"}}
	noConsent.Rows[0].FetchedAt = fixtureNow.AddDate(-1, 0, 0)
	found := fixturePatients()
	found.Query, found.QueryDate, found.Total, found.Rows, found.Pages, found.Page = "S23.3.9", hanako.BirthDate, 1, found.Rows[:1], 1, 1
	nobody := found
	nobody.Rows, nobody.Total = nil, 0
	clerks := fixturePatients()
	clerks.Roles, clerks.ToConfirm = []access.Role{access.RoleLiaison}, 1
	waiting := clerks
	waiting.Waiting, waiting.Total, waiting.Rows, waiting.Pages, waiting.Page = true, 1, clerks.Rows[2:3], 1, 1
	settled := waiting
	settled.Total, settled.ToConfirm, settled.Rows = 0, 0, nil
	silentRelease := fixtureRelease()
	silentRelease.Silent = true
	out := map[string]View{
		"signin": SignIn{Facility: clinic.Name, Device: "受付1号機", Path: "/signin", Ended: true}, "signin-refused": refused, "signin-passkey": SignIn{Facility: clinic.Name, Device: "受付1号機", Path: "/signin", Passkeys: true}, "signin-both": SignIn{Facility: clinic.Name, Device: "受付1号機", Path: "/signin", Passkeys: true, Open: true},
		"stepup":           StepUp{Shell: viewerOf, Action: "/manage/users", Fields: []FormField{{"login", "sato.k"}, {"roles", "viewer"}, {"roles", "liaison"}}, Back: "/manage/users", Password: true},
		"stepup-passkey":   StepUp{Shell: viewerOf, Action: "/stepup", Fields: []FormField{{"to", "/account"}}, Back: "/account", Password: true, Passkeys: true},
		"stepup-revoke":    StepUp{Shell: viewerOf, Purpose: &Message{Key: "stepup_for.revoke", Params: map[string]any{"name": "青木 拓也"}}, Action: "/patients/x/revoke", Fields: []FormField{{"reason", "ご本人の申し出"}}, Back: "/patients/x/links", Password: true},
		"passkey":          NewPasskey{Shell: viewerOf, Errors: Errors{"name": {Key: "passkey.name"}}},
		"account-alone":    accountAlone(),
		"lock":             fixtureLock(false),
		"lock-passkey":     fixtureLock(true),
		"lockcard":         fixtureLock(false).LockCard,
		"sessions":         fixtureSessions(false),
		"sessions-device":  fixtureSessions(true),
		"account":          fixtureAccount(),
		"welcome-training": Welcome{Shell: viewerOf, Name: viewerOf.User, Untrained: true, Unpledged: true, MustChange: true},
		"welcome-pledge":   Welcome{Shell: viewerOf, Name: viewerOf.User, Unpledged: true, MustChange: true, Errors: Errors{"pledge": {Key: "welcome.pledge_missing"}}},
		"welcome-own":      Welcome{Shell: viewerOf, Name: viewerOf.User, MustChange: true},
		"welcome-first":    Welcome{Shell: viewerOf, Name: viewerOf.User, Setup: true, First: fixtureFirst(true)},
		"welcome-code":     Welcome{Shell: viewerOf, Name: viewerOf.User, Setup: true, First: fixtureFirst(true), ByPassword: true, Errors: Errors{"code": {Key: "setup.code"}, "new": {Key: "password.common"}}},
		"welcome-alone":    Welcome{Shell: viewerOf, Name: viewerOf.User, Setup: true, First: fixtureFirst(false)},
		"setup":            Setup{Facility: clinic.Name, Device: "受付1号機", Path: "/signin/setup"},
		"setup-refused":    Setup{Facility: clinic.Name, Device: "受付1号機", Path: "/signin/setup", Login: "hara.m", Notice: &Notice{Tone: ToneRefused, Message: Message{Key: "setup.refused"}}},
		"users-recovery":   fixtureRecoveries(),
		"recoveries":       fixtureNetwork(),
		"password":         Password{Shell: viewerOf, Must: true, Errors: Errors{"again": {Key: "password.differs"}}},
		"patients":         fixturePatients(),
		"patients-clerk":   clerks,
		"patients-waiting": waiting,
		"patients-settled": settled,
		"found":            found,
		"found-none":       nobody,
		"register":         fixtureRegistration(false),
		"register-2":       fixtureRegistration(true),
		"links":            fixtureLinks(),
		"links-correction": fixtureCorrection(),
		"links-amending":   fixtureAmending(),
		"links-corrected":  fixtureCorrected(),
		"links-none":       noConsent,
		"timeline":         timeline(""),
		"timeline-1m":      timeline("span=1m"), "timeline-3m": timeline("span=3m&rows=facility"), "timeline-all": timeline("span=all&kinds=lab,prescription&abnormal=1"),
		"timeline-list": timeline("form=list&span=3m"), "timeline-past": timeline("span=3m&until=20250301"), "timeline-empty": timeline("span=1m&until=20200101"),
		"medications":       Medications{fixturePatient(TabMedications)},
		"medications-years": Medications{fixtureYears(TabMedications)},
		"labs":              Labs{fixturePatient(TabLabs)},
		"labs-years":        Labs{fixtureYears(TabLabs)},
		"conditions":        Conditions{fixturePatient(TabConditions)},
		"encounters":        Encounters{fixturePatient(TabEncounters)},
		"notes":             notes(""),
		"notes-kinds":       notes("kinds=summary,referral"),
		"exams":             Exams{fixturePatient(TabExams)},
		"vitals":            Vitals{fixturePatient(TabVitals)},
		"users":             fixtureUsers(),
		"users-alone":       fixtureAlone(),
		"grants":            fixtureGrants(),
		"release":           fixtureRelease(),
		"release-silent":    silentRelease,
		"release-summary":   fixtureReleaseSummary(),
		"log":               fixtureLog(),
		"devices":           fixtureDevices(),
		"devices-ticket":    fixtureDeviceTicket(device.ByHelper),
		"devices-file":      fixtureDeviceTicket(device.ByPKCS12),
		"problem-internal":  Problem{Shell: viewerOf, Kind: ProblemInternal, Ref: "k3xq7p2a"},
		"items": NewItems(hanako.ID, colours.Of(chuo), slices.Concat(fixtureDocuments(chuo, clinical.KindLab)[:2], fixtureDocuments(chuo, clinical.KindPrescription)[34:],
			fixtureDocuments(chuo, clinical.KindInjection)[:1], fixtureDocuments(chuo, clinical.KindCondition, clinical.KindAllergy), fixtureDocuments(chuo, clinical.KindEncounter)[8:]), 20, lang),
	}
	record := []clinical.Kind{
		clinical.KindPhysicianNote, clinical.KindSummary, clinical.KindNursingNote, clinical.KindVital, clinical.KindImaging, clinical.KindEndoscopy, clinical.KindPhysiology, clinical.KindDiet, clinical.KindReport,
	}
	out["items-record"] = NewItems(hanako.ID, colours.Of(chuo), fixtureDocuments(chuo, record...), 0, lang)
	out["items-files"] = NewItems(hanako.ID, colours.Of(minami), fixtureDocuments(minami, clinical.KindReferral), 0, lang)
	for _, k := range []ProblemKind{ProblemNotFound, ProblemSession, ProblemSilent, ProblemWritten, ProblemInvalid, ProblemDevice} {
		out["problem-"+string(k)] = Problem{Kind: k}
	}
	for _, tab := range []Tab{TabTimeline, TabMedications, TabLabs, TabConditions, TabEncounters, TabNotes, TabExams, TabVitals} {
		for _, f := range []directory.Facility{chuo, minami, ryokufu} {
			out["part-"+string(tab)+"-"+string(f.ID)] = fixturePart(f, tab, lang)
		}
	}
	return out
}

// empties gives every page with nothing in it: what an empty network shows.
func empties(lang string) map[string]View {
	return map[string]View{
		"signin": SignIn{}, "setup": Setup{}, "lock": Lock{}, "lockcard": LockCard{}, "sessions": Sessions{}, "stepup": StepUp{}, "account": Account{}, "passkey": NewPasskey{}, "password": Password{}, "welcome": Welcome{}, "problem": Problem{Kind: ProblemNotFound}, "patients": PatientList{}, "register": Registration{}, "links": Links{},
		"timeline": NewTimeline(Patient{}, nil, ParseTimelineQuery(nil), fixtureToday, lang), "medications": Medications{}, "labs": Labs{}, "conditions": Conditions{}, "encounters": Encounters{},
		"notes": NewNotes(Patient{}, nil, ParseNotesQuery(nil), lang), "exams": Exams{}, "vitals": Vitals{},
		"users": Users{}, "grants": Grants{}, "release": Release{}, "release-open": Release{Discloses: true}, "log": AccessLog{}, "devices": Devices{}, "recoveries": Recoveries{}, "part": Part{}, "items": Items{},
		"own-link": Links{Patient: Patient{Shell: Shell{Roles: access.Roles()}}},
	}
}

func render(t *testing.T, lang string, v View) string {
	t.Helper()
	var out bytes.Buffer
	if err := Render(&out, lang, v); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

var (
	inlineStyle  = regexp.MustCompile(`<[^>]*\sstyle=|<style`)
	inlineScript = regexp.MustCompile(`<script(?:\s+(?:type="application/json"|id="[^"]*"|data-for="[^"]*"))*\s*>`)
	anyScript    = regexp.MustCompile(`<script[^>]*>`)
	handler      = regexp.MustCompile(`<[^>]*\son[a-z]+=`)
	duplicateID  = regexp.MustCompile(`\sid="([^"]+)"`)
)

// Every page must be complete in both languages and must live under the portal's
// content security policy.
func TestRender_everyPage(t *testing.T) {
	for _, lang := range []string{Japanese, English} {
		for set, views := range map[string]map[string]View{"full": fixtures(lang), "empty": empties(lang)} {
			for name, v := range views {
				t.Run(lang+"/"+set+"/"+name, func(t *testing.T) {
					html := render(t, lang, v)
					for what, bad := range map[string]bool{
						"a text that nobody wrote":          strings.Contains(html, "⟦"),
						"a parameter that nobody filled":    regexp.MustCompile(`[^\\"]\{[a-z]+\}`).MatchString(withoutScripts(html)),
						"a value that html/template barred": strings.Contains(html, "ZgotmplZ"),
						"a style in the page":               inlineStyle.MatchString(html),
						"a handler in the page":             handler.MatchString(html),
						"a missing value":                   strings.Contains(html, "<no value>") || strings.Contains(html, "%!"),
					} {
						if bad {
							t.Errorf("%s/%s shows %s", set, name, what)
						}
					}
					for _, tag := range anyScript.FindAllString(html, -1) {
						if !strings.Contains(tag, "src=") && !inlineScript.MatchString(tag) {
							t.Errorf("a script in the page: %s", tag)
						}
					}
					seen := map[string]bool{}
					for _, m := range duplicateID.FindAllStringSubmatch(html, -1) {
						if seen[m[1]] && set == "full" {
							t.Errorf("two elements have the id %q", m[1])
						}
						seen[m[1]] = true
					}
					if *renderTo != "" && set == "full" {
						write(t, filepath.Join(*renderTo, lang, name+".html"), html)
					}
				})
			}
		}
	}
}

func withoutScripts(html string) string {
	return regexp.MustCompile(`(?s)<script.*?</script>`).ReplaceAllString(html, "")
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Pages have fields that are named like some of their frame; the frame must show its own.
func TestRender_frameShowsItself(t *testing.T) {
	noConsent := fixtureLinks()
	noConsent.Patient.Consent, noConsent.InForce = false, false
	manager := fixtureUsers()
	manager.Roles = []access.Role{access.RoleManager}
	unframed := fixtureLinks()
	unframed.Sources = nil
	filtered := fixtureLog()
	filtered.User = "u2"
	for name, tc := range map[string]struct {
		v    View
		want string
	}{
		"the reader, not the user that the log is filtered by": {filtered, "木下 良子 <small>"},
		"no consent in the banner of the links page":           {noConsent, `<dd><span class="chip chip-warn">同意なし</span></dd>`},
		"the consent in the banner of the links page":          {fixtureLinks(), `<dd><span class="chip chip-good">同意あり</span></dd>`},
		"the facilities that the rows tell of":                 {unframed, `<dd class="marks"><abbr class="fm f1"`},
		"to a manager only what a manager can open":            {manager, "<nav class=\"sections\" aria-label=\"メニュー\">\n<a class=\"sections-manage\""},
		"nobody on the sign-in page":                           {SignIn{Facility: "甲", Path: "/signin"}, `name="to" value="/signin"`},
	} {
		t.Run(name, func(t *testing.T) {
			if html := render(t, Japanese, tc.v); !strings.Contains(html, tc.want) {
				t.Errorf("the page lacks %s", tc.want)
			}
		})
	}
}

func TestRender_everyFolderIsDrawn(t *testing.T) {
	entries, err := fs.ReadDir(web.Templates, "portal")
	if err != nil {
		t.Fatal(err)
	}
	drawn := map[string]bool{"shell": true, "content": true}
	for _, v := range fixtures(Japanese) {
		drawn[v.view()] = true
	}
	for _, e := range entries {
		if !drawn[e.Name()] {
			t.Errorf("no fixture draws web/portal/%s", e.Name())
		}
	}
}

func TestRender_writesNothingWhenItFails(t *testing.T) {
	var out bytes.Buffer
	if err := Render(&out, Japanese, stray{}); err == nil || out.Len() > 0 {
		t.Errorf("Render of an unknown view = %v with %d bytes, want an error and none", err, out.Len())
	}
}

type stray struct{}

func (stray) view() string { return "stray" }

func TestTexts_haveTheSameKeysInBothLanguages(t *testing.T) {
	placeholders := regexp.MustCompile(`\{[a-z]+\}`)
	for key, ja := range textsJapanese {
		en, ok := textsEnglish[key]
		if !ok {
			t.Errorf("%s has no English text", key)
			continue
		}
		want, got := placeholders.FindAllString(ja, -1), placeholders.FindAllString(en, -1)
		slices.Sort(want)
		slices.Sort(got)
		if key != "date.outside_era" && key != "js.age_months" && !cmp.Equal(slices.Compact(want), slices.Compact(got)) {
			t.Errorf("%s: parameters %v in Japanese, %v in English", key, want, got)
		}
		for _, chosen := range regexp.MustCompile(`\{([a-z]+)\|[^}]*\}?`).FindAllStringSubmatch(en, -1) {
			if !strings.Contains(ja, "{"+chosen[1]+"}") || strings.Count(chosen[0], "|") != 2 || !strings.HasSuffix(chosen[0], "}") {
				t.Errorf("%s: %s chooses by no number of the text", key, chosen[0])
			}
		}
		if ja == "" || en == "" {
			t.Errorf("%s is empty", key)
		}
	}
	for key := range textsEnglish {
		if !known(key) {
			t.Errorf("%s has no Japanese text", key)
		}
	}
}

// Branches that no fixture reaches must not ask for texts that nobody wrote.
func TestTemplates_askOnlyForKnownTexts(t *testing.T) {
	for name, tmpl := range templates[Japanese] {
		for _, part := range tmpl.Templates() {
			if part.Tree == nil {
				continue
			}
			walk(part.Tree.Root, func(c *parse.CommandNode) {
				if len(c.Args) < 2 || c.Args[0].String() != "t" {
					return
				}
				if s, ok := c.Args[1].(*parse.StringNode); ok && !known(fault.Key(s.Text)) {
					t.Errorf("%s, template %s: no text %q", name, part.Name(), s.Text)
				}
			})
		}
	}
}

func walk(n parse.Node, visit func(*parse.CommandNode)) {
	branch := func(b *parse.BranchNode) {
		walk(b.Pipe, visit)
		walk(b.List, visit)
		if b.ElseList != nil {
			walk(b.ElseList, visit)
		}
	}
	switch n := n.(type) {
	case *parse.ListNode:
		for _, c := range n.Nodes {
			walk(c, visit)
		}
	case *parse.ActionNode:
		walk(n.Pipe, visit)
	case *parse.PipeNode:
		if n != nil {
			for _, c := range n.Cmds {
				walk(c, visit)
			}
		}
	case *parse.CommandNode:
		visit(n)
		for _, a := range n.Args {
			if p, ok := a.(*parse.PipeNode); ok {
				walk(p, visit)
			}
		}
	case *parse.TemplateNode:
		walk(n.Pipe, visit)
	case *parse.IfNode:
		branch(&n.BranchNode)
	case *parse.RangeNode:
		branch(&n.BranchNode)
	case *parse.WithNode:
		branch(&n.BranchNode)
	}
}
