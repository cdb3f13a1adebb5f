package filing

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/journal"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// told is what one message of vital signs says, by the contents that have a place for it.
type told struct {
	patient    ident.LocalPatientID
	department string // empty: none that a name may have
	tag        string // see tagOf
	head       [][]byte
	by         block // what it says of itself
	parts      map[place]*block
	takesBack  []takenBack
}

// place is where a measurement lies: the day, and the key of the content in it, the hour
// with the tag. A measurement of which only the day is known has none.
type place struct{ day, key string }

// block is what one message says of one content.
type block struct {
	received string // UTC, to the microsecond: of digits, so that texts compare as times
	digest   string
	sent     string // MSH-7
	id       string // MSH-10
	groups   []*panelOf
}

// panelOf is an OBR with what stands before and under it.
type panelOf struct {
	front  [][]byte // ORC, OBR and what is of both
	order  string
	stated []*statement // empty: it was told without a measurement
}

// statement is one measurement as one message tells it.
type statement struct {
	lines [][]byte // OBX and its notes
	key   string   // what is measured, how, and when, and nth
	nth   int      // of those of its message that say the same of what, how and when, from 1
	kind  saying
	fate  fate
	of    *block // nil: of none yet
}

// saying is what a message does with a measurement.
type saying byte

const (
	says     saying = iota // says it
	corrects               // says it otherwise than before (OBX-11 C)
	takes                  // takes it back (OBX-11 D or W, or its order is cancelled)
)

// fate is what has become of a statement in its content.
type fate byte

const (
	stands   fate = 0
	replaced fate = 'R' // by another that was received since
	takenOff fate = 'W' // it takes back, and nothing was said since
	stale    fate = 'S' // by its sender's clock it is older than what holds
)

// takenBack is an order whose measurements of a day are taken back without being named.
type takenBack struct {
	day, order string
	front      [][]byte
}

// beforeOrders and underOrders are the segments that vital signs may have, with those that
// hospitals make themselves (Z…). What else there is may change what a value means.
var (
	beforeOrders = map[string]bool{"MSH": true, "SFT": true, "PID": true, "PD1": true, "NK1": true, "PV1": true, "PV2": true}
	underOrders  = map[string]bool{"ORC": true, "OBR": true, "NTE": true, "TQ1": true, "TQ2": true, "CTD": true, "OBX": true, "CTI": true, "PRT": true}
)

// tell takes vital signs apart. What cannot be read, or does not say when it was measured,
// is an error that names the field, and nothing of it is filed.
func tell(r journal.Record) (*told, error) {
	body := contentOf(r)
	msg, lines, ok := segmentsOf(body)
	if !ok {
		return nil, fault.New(fault.Invalid, "its segments cannot be told from each other")
	}
	patient, err := ssmix2.PatientOf(msg)
	if err != nil {
		return nil, err
	}
	if _, err := ssmix2.PatientFolder(patient); err != nil {
		return nil, err
	}
	if _, err := ssmix2.ReadVitals(patient, body); err != nil && !errors.Is(err, ssmix2.ErrCancelled) {
		return nil, err
	}
	t := &teller{
		told: told{
			patient: patient, department: departmentOf(msg), tag: tagOf(msg), parts: map[place]*block{},
			by: block{
				received: receiptOf(r), digest: hex.EncodeToString(r.Content[:]),
				sent: fitting(msg.Header(), 7), id: fitting(msg.Header(), 10),
			},
		},
		times: map[string]int{},
	}
	for i, line := range lines {
		if err := t.segment(msg.Segment(i+1), line); err != nil {
			return nil, err
		}
	}
	if err := t.end(); err != nil {
		return nil, err
	}
	switch {
	case len(t.parts) == 0 && len(t.takesBack) == 0:
		return nil, msg.Header().Errorf(0, "no OBX segment, which has the measurement")
	case len(t.parts) > maxHours || len(t.takesBack) > maxHours:
		return nil, msg.Header().Errorf(0, "measurements of more than %d hours, or more cancelled orders", maxHours)
	}
	if places := t.places(); len(places) > 0 {
		t.parts[places[0]].groups = append(t.parts[places[0]].groups, t.bare...)
	}
	t.head[0] = asVitals(msg, t.head[0])
	return &t.told, nil
}

// receiptOf gives the moment of receipt as it is written into contents.
func receiptOf(r journal.Record) string {
	return strings.Replace(r.Received.UTC().Format("20060102150405.000000"), ".", "", 1)
}

// fitting gives a field as it may stand in a line of the gateway's own; empty: it may not.
func fitting(s *hl7v2.Segment, field int) string {
	raw := s.Field(field).Raw()
	if strings.ContainsFunc(raw, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return ""
	}
	return raw
}

// asVitals gives the MSH of vital signs: what came as ORU^R01 is filed as what it is.
func asVitals(msg *hl7v2.Message, line []byte) []byte {
	field, parts := string(msg.Delimiters.Field), string(msg.Delimiters.Component)
	as := field + "ORU" + parts + "R30" + parts + "ORU_R30" + field
	return []byte(strings.Replace(string(line), field+msg.Header().Field(9).Raw()+field, as, 1))
}

// tagOf tells apart what must not be put together: of other senders, other people under one
// number, or written otherwise. It is short enough for the key of a content (22 characters).
func tagOf(msg *hl7v2.Message) string {
	msh, pid := msg.Header(), msg.First("PID")
	sum := sha256.New()
	fmt.Fprintf(sum, "%v\x00", msg.Delimiters)
	for _, f := range []hl7v2.Field{msh.Field(3), msh.Field(4), msh.Field(18), pid.Field(5), pid.Field(7), pid.Field(8)} {
		sum.Write([]byte(f.Raw() + "\x00"))
	}
	return hex.EncodeToString(sum.Sum(nil)[:4])
}

// departmentOf gives ORC-17, else PV1-10, if it can stand in a name.
func departmentOf(msg *hl7v2.Message) string {
	code := cmp.Or(msg.First("ORC").Key(17), msg.First("PV1").Key(10))
	if len(code) > 16 || strings.ContainsFunc(code, func(c rune) bool { return c <= ' ' || c > '~' || strings.ContainsRune(`/\_`, c) }) {
		return ""
	}
	return code
}

// teller walks through the segments of a message.
type teller struct {
	told
	whole *block         // of a content that is read again: all of it is of one message; else nil
	times map[string]int // how often a key was said
	bare  []*panelOf     // told without a measurement
	nth   int            // of the next, in a content that is read again; 0: the first

	front [][]byte
	orc   *hl7v2.Segment
	obr   *hl7v2.Segment
	under map[place]*panelOf // of the panel that is being read
	last  *statement
}

func (t *teller) segment(s *hl7v2.Segment, line []byte) error {
	own := strings.HasPrefix(s.Name, "Z")
	switch {
	case s.Name == fromMessage || s.Name == notHolding: // it would be read as the gateway's own
		return s.Errorf(0, "a segment that only the gateway writes")
	case s.Name == "ORC", s.Name == "OBR" && t.obr != nil:
		if err := t.end(); err != nil {
			return err
		}
	case t.front == nil && s.Name != "OBR":
		if !own && !beforeOrders[s.Name] {
			return s.Errorf(0, "a segment that vital signs do not have there")
		}
		t.head = append(t.head, line)
		return nil
	}
	switch {
	case !own && !underOrders[s.Name]:
		return s.Errorf(0, "a segment that vital signs do not have there")
	case s.Name == "OBX":
		return t.measured(s, line)
	case t.last != nil:
		t.last.lines = append(t.last.lines, line)
		return nil
	case s.Name == "ORC":
		t.orc = s
	case s.Name == "OBR":
		t.obr = s
	}
	t.front = append(t.front, line)
	return nil
}

func (t *teller) measured(obx *hl7v2.Segment, line []byte) error {
	if t.obr == nil {
		return obx.Errorf(0, "a measurement without an OBR before it")
	}
	at, where, err := t.when(obx, t.obr)
	if err != nil {
		return err
	}
	t.last = &statement{lines: [][]byte{line}, nth: 1, kind: sayingOf(obx, t.orc)}
	t.last.key = strings.Join([]string{nameOfCode(obx, 3), obx.Field(4).Raw(), obx.Field(17).Raw(), obx.Field(18).Raw(), at}, "\x00")
	if t.whole != nil {
		where, t.last.nth, t.nth = place{}, max(t.nth, 1), 0
	} else {
		t.times[t.last.key]++
		t.last.nth = t.times[t.last.key]
	}
	if t.last.nth > 1 { // twice within a minute, perhaps
		t.last.key += fmt.Sprintf("\x00%d", t.last.nth)
	}
	p := t.panel(where)
	p.stated = append(p.stated, t.last)
	return nil
}

// panel gives what of the panel that is being read is of a place.
func (t *teller) panel(where place) *panelOf {
	if p := t.under[where]; p != nil {
		return p
	}
	b := t.whole
	if b == nil {
		if b = t.parts[where]; b == nil {
			own := t.by
			b = &own
			t.parts[where] = b
		}
	}
	p := &panelOf{front: t.front, order: numberOfPanel(t.orc, t.obr)}
	if t.under == nil {
		t.under = map[place]*panelOf{}
	}
	t.under[where] = p
	b.groups = append(b.groups, p)
	return p
}

func sayingOf(obx, orc *hl7v2.Segment) saying {
	if orc != nil && ssmix2.CancelsOrder(orc) {
		return takes
	}
	switch obx.ID(11) {
	case "C":
		return corrects
	case "D", "W":
		return takes
	}
	return says
}

func numberOfPanel(orc, obr *hl7v2.Segment) string {
	return cmp.Or(orc.Key(2), obr.Key(2), orc.Key(3), obr.Key(3))
}

// end ends a panel. One that is cancelled without its measurements takes those of its order
// and day back, by whatever message they came.
func (t *teller) end() error {
	bare := len(t.front) > 0 && len(t.under) == 0
	switch {
	case bare && t.whole != nil:
		t.whole.groups = append(t.whole.groups, &panelOf{front: t.front})
	case bare && t.obr != nil && t.orc != nil && ssmix2.CancelsOrder(t.orc):
		_, where, err := t.when(nil, t.obr)
		if err != nil {
			return err
		}
		order := numberOfPanel(t.orc, t.obr)
		if order == "" {
			return t.orc.Errorf(2, "no order number, which says what is taken back")
		}
		t.takesBack = append(t.takesBack, takenBack{where.day, order, t.front})
	case bare:
		t.bare = append(t.bare, &panelOf{front: t.front})
	}
	t.front, t.orc, t.obr, t.under, t.last = nil, nil, nil, nil, nil
	return nil
}

// again takes in a segment of a content that was filed, with what became of it.
func (t *teller) again(s *hl7v2.Segment, line []byte, st fate) error {
	if s.Name == notHolding {
		n, err := strconv.Atoi(s.Field(2).Raw())
		t.nth = n
		return err
	}
	was := t.last
	if err := t.segment(s, line); err != nil {
		return err
	}
	if is := t.last; is != nil && is != was {
		if is.fate = st; st == takenOff {
			is.kind = takes
		}
	}
	return nil
}

// when gives the time of a measurement, OBX-14 or OBR-7, and with it the place. Seconds that
// are none are left out: the same minute is the same.
func (t *teller) when(obx, obr *hl7v2.Segment) (at string, where place, err error) {
	s, n := obx, 14
	if obx.Field(14).IsBlank() {
		s, n = obr, 7
	}
	if s.Field(n).IsBlank() {
		return "", where, obr.Errorf(7, "no time of the measurement, nor in OBX-14")
	}
	read, err := s.Field(n).Time()
	if err != nil || read.Date() == "" {
		return "", where, s.Errorf(n, "the time of the measurement is no day")
	}
	read = read.InJapan()
	where = place{read.Date(), read.Date()}
	if read.Precision >= hl7v2.PrecisionHour {
		where.key += fmt.Sprintf("%02d", read.Hour)
	}
	where.key += "-" + t.tag
	at = read.Raw
	if read.Precision == hl7v2.PrecisionSecond && read.Second == 0 {
		at = at[:len(at)-2]
	}
	return at, where, nil
}

// places gives where a message has something to say, in order.
func (t *told) places() []place {
	out := make([]place, 0, len(t.parts))
	for p := range t.parts {
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b place) int { return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.key, b.key)) })
	return out
}
