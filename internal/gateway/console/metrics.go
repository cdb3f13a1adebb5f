package console

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/gateway/console/health"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
)

// monitored answers monitoring: with a token whoever holds it, without one programs of
// this machine alone.
func (c *Console) monitored(a admission) http.Handler {
	if a != monitor {
		panic("console: the metrics are declared as if they were for somebody else")
	}
	want := sha256.Sum256([]byte(c.MetricsToken))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c.MetricsToken == "" {
			if !ofThisMachine(r) {
				http.NotFound(w, r)
				return
			}
		} else {
			token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
			if got := sha256.Sum256([]byte(token)); subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
				w.Header().Set("WWW-Authenticate", `Bearer realm="metrics"`)
				http.Error(w, "the metrics need a bearer token", http.StatusUnauthorized)
				return
			}
		}
		c.metrics.ServeHTTP(w, r)
	})
}

// ofThisMachine reports whether a program of this machine asks. What a proxy on it hands on
// comes from here as well: it is told by what proxies add, and by the name that was asked
// for. One that adds nothing and asks by this machine's own name cannot be told; behind a
// proxy a token is needed.
func ofThisMachine(r *http.Request) bool {
	for name := range r.Header {
		if strings.HasPrefix(name, "X-Forwarded-") || forwarding[name] {
			return false
		}
	}
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return isLoopback(address(r)) && (host == "localhost" || isLoopback(strings.Trim(host, "[]")))
}

var forwarding = map[string]bool{"Forwarded": true, "Via": true, "X-Real-Ip": true, "X-Client-Ip": true, "True-Client-Ip": true, "X-Original-Host": true}

func isLoopback(address string) bool {
	ip := net.ParseIP(address)
	return ip != nil && ip.IsLoopback()
}

// exposition makes the handler of the metrics, with a registry of its own: a process may
// hold several gateways.
func (c *Console) exposition() http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collector{c}, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{
		ErrorLog: slog.NewLogLogger(c.Log.Handler(), slog.LevelWarn), ErrorHandling: promhttp.HTTPErrorOnError, DisableCompression: true,
	})
}

// metric describes one of the gateway's own; the names are documented in docs/operations.md.
func metric(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("mizuhiki_gateway_"+name, help, labels, nil)
}

var (
	metricInfo        = metric("build_info", "Always 1; the version that runs.", "version")
	metricStarted     = metric("start_timestamp_seconds", "When the gateway started.")
	metricLinkUp      = metric("link_up", "1 while the center is connected.")
	metricLinkSince   = metric("link_change_timestamp_seconds", "When the link came or went; 0 before it first came.")
	metricCertificate = metric("certificate_expiry_timestamp_seconds", "Until when the gateway's own certificate holds.")
	metricDenylistAge = metric("denylist_age_seconds", "How old the knowledge of what was revoked is; over 259200 nothing is disclosed.")
	metricDenied      = metric("denylist_entries", "Revoked certificates and keys that the gateway knows.")
	metricDenylistBad = metric("denylist_refused", "1 while the center's last list was refused.")
	metricSourceUp    = metric("source_up", "1 while the source answers.", "kind", "place")
	metricSourceLag   = metric("source_lag_seconds", "Since when the source was last looked through.", "kind", "place")
	metricFact        = metric("source_fact", "Numbers that a source states of itself.", "kind", "place", "fact")
	metricIncidents   = metric("receive_incidents_total", "What kept messages from coming to a listener, since the start.", "listener", "incident")
	metricIncidentAt  = metric("receive_incident_last_timestamp_seconds", "When that happened last; 0: not since the start.", "listener", "incident")
	metricUnframed    = metric("unframed_bytes_total", "Bytes outside of messages, since the start.", "listener")
	metricPatients    = metric("patients", "Patients whose demographics are known.")
	metricLinked      = metric("linked_patients", "Linked patients.")
	metricDocuments   = metric("documents", "Documents of linked patients.")
	metricSuspended   = metric("suspended_links", "Links whose record disagrees by now.")
	metricUnreadable  = metric("unreadable_files", "Files that cannot be read or are held back, by reason.", "reason")
	metricRemarked    = metric("remarked_files", "Files that are read although something about them is odd, by kind; a file may be of several.", "kind")
	metricQuarantined = metric("quarantined_files", "Files that name another patient than their folder does.")
	metricUnfiled     = metric("unfiled_messages", "Messages that were acknowledged and could not be filed: nobody else has them.")
	metricUnseen      = metric("unseen_messages", "Messages that were filed with a remark which somebody has to look at, and nobody has.")
	metricDiskFree    = metric("disk_free_bytes", "Free space of a file system that the gateway writes to.", "volume")
	metricDiskSize    = metric("disk_size_bytes", "Size of a file system that the gateway writes to.", "volume")
	metricLevel       = metric("problems", "Findings that the console shows, by level.", "level")
)

// collector takes a snapshot at each scrape.
type collector struct{ *Console }

func (collector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{metricInfo, metricStarted, metricLinkUp, metricLinkSince, metricCertificate, metricDenylistAge, metricDenied, metricDenylistBad, metricSourceUp,
		metricSourceLag, metricFact, metricIncidents, metricIncidentAt, metricUnframed, metricPatients, metricLinked, metricDocuments, metricSuspended, metricUnreadable, metricRemarked, metricQuarantined, metricUnfiled, metricUnseen,
		metricDiskFree, metricDiskSize, metricLevel} {
		out <- d
	}
}

// collectWithin bounds how long a scrape may wait for the index.
const collectWithin = 10 * time.Second

func (c collector) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), collectWithin)
	defer cancel()
	s, err := c.Health(ctx)
	if err != nil {
		c.Log.ErrorContext(ctx, "collect metrics", logging.KeyError, err)
		out <- prometheus.NewInvalidMetric(metricPatients, err)
		return
	}
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	gauge(metricInfo, 1, s.Version)
	gauge(metricStarted, seconds(s.Started))
	gauge(metricLinkUp, oneIf(s.Link.Connected))
	gauge(metricLinkSince, seconds(s.Link.Since))
	gauge(metricCertificate, seconds(s.Certificate))
	gauge(metricDenylistAge, s.Denylist.Age.Seconds())
	gauge(metricDenied, float64(s.Denylist.Entries))
	gauge(metricDenylistBad, oneIf(s.Denylist.Trouble.Said != ""))
	for _, source := range s.Sources {
		gauge(metricSourceUp, oneIf(source.State != health.Down), string(source.Kind), source.Place)
		gauge(metricSourceLag, source.Lag.Seconds(), string(source.Kind), source.Place)
		for _, f := range source.Facts {
			if n, ok := f.Value.(int); ok {
				gauge(metricFact, float64(n), string(source.Kind), source.Place, string(f.Key))
			}
		}
	}
	for _, source := range s.Sources {
		c.received(out, source.Receiving)
	}
	gauge(metricPatients, float64(s.Patients))
	gauge(metricLinked, float64(s.Linked))
	gauge(metricDocuments, float64(s.Documents))
	gauge(metricSuspended, float64(s.Suspended))
	for _, n := range s.Reasons {
		gauge(metricUnreadable, float64(n.Files), string(n.Reason))
	}
	remarked := map[clinical.RemarkKind]int{}
	for _, kind := range clinical.RemarkKinds() { // none is a number too: an alert must see it go
		remarked[kind] = 0
	}
	for _, n := range s.Remarks.Kinds {
		remarked[n.Kind] = n.Files
	}
	for kind, n := range remarked {
		gauge(metricRemarked, float64(n), string(kind))
	}
	gauge(metricQuarantined, float64(s.Quarantined()))
	gauge(metricUnfiled, float64(s.Unfiled))
	gauge(metricUnseen, float64(s.Unseen))
	for _, d := range s.Disks {
		if d.Trouble.Said == "" {
			gauge(metricDiskFree, float64(d.Space.Free), string(d.Name))
			gauge(metricDiskSize, float64(d.Space.Size), string(d.Name))
		}
	}
	counts := map[health.Level]int{health.Notice: 0, health.Warn: 0, health.Bad: 0}
	for _, f := range s.Findings() {
		counts[f.Level]++
	}
	for level, n := range counts {
		gauge(metricLevel, float64(n), string(level))
	}
}

// received tells of a listener. Incidents that never happened are told too: what an alert
// watches must be there before it grows.
func (collector) received(out chan<- prometheus.Metric, r *health.Receiving) {
	if r == nil {
		return
	}
	for _, i := range r.Incidents {
		out <- prometheus.MustNewConstMetric(metricIncidents, prometheus.CounterValue, float64(i.Total), r.Listener, string(i.Key))
		var last time.Time
		if len(i.Peers) > 0 {
			last = i.Peers[0].Last
		}
		out <- prometheus.MustNewConstMetric(metricIncidentAt, prometheus.GaugeValue, seconds(last), r.Listener, string(i.Key))
	}
	out <- prometheus.MustNewConstMetric(metricUnframed, prometheus.CounterValue, float64(r.Unframed), r.Listener)
}

func oneIf(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func seconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMilli()) / 1000
}
