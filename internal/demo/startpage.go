package demo

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/pquerna/otp/totp"

	"mizuhiki.dev/mizuhiki/internal/center/directory"
)

//go:embed start
var startFiles embed.FS

var startTemplate = template.Must(template.ParseFS(startFiles, "start/start.html"))

// startPage is where a person begins: terminals, accounts with their current one-time
// codes, gateways to stop and start, things to try. It is served on loopback only and
// knows secrets that a real network has nowhere in one place.
type startPage struct {
	region   *Running
	terminal []*terminal // in the order of the facilities
	hosts    map[string]*terminal
	log      *slog.Logger
}

type startFacility struct {
	Name, Kind, Mark, URL string
	Disclosing            bool
	Accounts              []startAccount
}

type startAccount struct {
	DisplayName, Work, Login, Password, Code string
}

// startPatient is somebody whom a clerk can register.
type startPatient struct {
	patient
	Hospital string
	Born     string // as the portal writes dates
}

// waitingShown is how many patients who are not linked the page names per hospital.
const waitingShown = 3

func (r *Running) waiting() []startPatient {
	var out []startPatient
	for _, f := range r.state.Facilities {
		shown := 0
		for _, p := range r.state.Unlinked {
			if p.Facility == f.ID && shown < waitingShown {
				shown++
				out = append(out, startPatient{p, f.Name, strings.ReplaceAll(p.BirthDate, "-", "/")})
			}
		}
	}
	return out
}

type startGateway struct {
	Index         int
	Name, Storage string
	Running       bool
	Console       string // where hospital IT looks; empty while it is stopped
	Account       startAccount
}

// ServeHTTP leads a terminal's host to the terminal and everything else to the start page.
func (s *startPage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if t, ok := s.hosts[r.Host]; ok {
		t.ServeHTTP(w, r)
		return
	}
	w.Header().Set("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'")
	w.Header().Set("Cache-Control", "no-store")
	s.routes().ServeHTTP(w, r)
}

func (s *startPage) routes() http.Handler {
	files, err := fs.Sub(startFiles, "start")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	m := http.NewServeMux()
	m.HandleFunc("GET /{$}", s.show)
	m.HandleFunc("GET /codes", s.codes)
	m.HandleFunc("POST /gateways/{index}/{verb}", s.gateway)
	m.Handle("GET /start.css", http.FileServerFS(files))
	m.Handle("GET /start.js", http.FileServerFS(files))
	return http.NewCrossOriginProtection().Handler(m)
}

func (s *startPage) show(w http.ResponseWriter, r *http.Request) {
	now := time.Now()
	data := struct {
		Region     string
		Facilities []startFacility
		Gateways   []startGateway
		Tries      []try
		Waiting    []startPatient
	}{Region: s.region.name(), Tries: s.region.tries(), Waiting: s.region.waiting()}
	for i, f := range s.region.facilities() {
		one := startFacility{Name: f.Name, Kind: kindWords[f.Kind], Mark: f.Mark, Disclosing: f.Disclosing, URL: "http://" + s.terminal[i].host + "/"}
		for _, a := range s.region.accounts(f.ID) {
			one.Accounts = append(one.Accounts, startAccount{a.DisplayName, workWords(a.Profession, a.Roles), a.Login, a.Password, s.code(r.Context(), a.TOTPSecret, now)})
		}
		data.Facilities = append(data.Facilities, one)
	}
	for i, g := range s.region.gateways {
		one := startGateway{Index: i, Name: g.name, Storage: fromHere(g.storage), Running: g.running(), Console: g.consoleURL()}
		if a, ok := s.region.consoleAccount(g.facility); ok {
			one.Account = startAccount{Login: a.Login, Password: a.Password, Code: s.code(r.Context(), a.TOTPSecret, now)}
		}
		data.Gateways = append(data.Gateways, one)
	}
	var body bytes.Buffer
	if err := startTemplate.Execute(&body, data); err != nil {
		s.log.ErrorContext(r.Context(), "draw start page", "error", err)
		http.Error(w, "start page", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Write(body.Bytes())
}

// code is the one-time code of a secret.
func (s *startPage) code(ctx context.Context, secret string, now time.Time) string {
	code, err := totp.GenerateCode(secret, now)
	if err != nil {
		s.log.ErrorContext(ctx, "one-time code", "error", err)
		return "?"
	}
	return code
}

func (s *startPage) codes(w http.ResponseWriter, _ *http.Request) {
	now := time.Now()
	codes := map[string]string{}
	for _, f := range s.region.facilities() {
		for _, a := range s.region.accounts(f.ID) {
			if code, err := totp.GenerateCode(a.TOTPSecret, now); err == nil {
				codes[a.Login] = code
			}
		}
	}
	for i, g := range s.region.gateways {
		if a, ok := s.region.consoleAccount(g.facility); ok {
			if code, err := totp.GenerateCode(a.TOTPSecret, now); err == nil {
				codes[fmt.Sprintf("console %d", i)] = code
			}
		}
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(codes)
}

func (s *startPage) gateway(w http.ResponseWriter, r *http.Request) {
	i, err := strconv.Atoi(r.PathValue("index"))
	if err != nil || i < 0 || i >= len(s.region.gateways) {
		http.NotFound(w, r)
		return
	}
	g := s.region.gateways[i]
	switch r.PathValue("verb") {
	case "stop":
		err = g.stop()
	case "start":
		err = g.start(s.region.ctx)
	default:
		http.NotFound(w, r)
		return
	}
	if err != nil {
		http.Error(w, fmt.Sprintf("%s: %v", g.name, err), http.StatusInternalServerError)
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// workWords says who somebody is and what they may do: 医師・閲覧.
func workWords(profession string, roles []string) string {
	out := []string{professionWord[profession]}
	for _, r := range roles {
		out = append(out, roleWord[r])
	}
	return strings.Join(out, "・")
}

var roleWord = map[string]string{"viewer": "閲覧", "liaison": "連携登録", "manager": "管理責任者", "operator": "運営管理者"}

var professionWord = map[string]string{
	"physician": "医師", "nurse": "看護師", "pharmacist": "薬剤師", "care_manager": "介護支援専門員", "care_worker": "介護職員", "clerk": "事務職員",
}

var kindWords = map[directory.FacilityKind]string{"hospital": "病院", "clinic": "診療所", "pharmacy": "薬局", "home_nursing": "訪問看護ステーション", "care_home": "介護施設"}
