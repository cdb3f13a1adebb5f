package filing

import (
	"path"
	"strconv"

	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
)

// severalADay are the types without order numbers of which a day has more than one.
var severalADay = map[ssmix2.DataType]bool{ssmix2.OutpatientReception: true, ssmix2.Transfer: true}

// tellApart names what happens more than once a day: a reception at each department, a
// transfer at each time. The standard gives them no number of their own, so that the
// second would be the first, changed. The first of a day has [ssmix2.NoOrder] as the
// standard wants it, those after it the numbers below that.
func (s *storage) tellApart(n *ssmix2.Name, body []byte) error {
	if !severalADay[n.DataType] {
		return nil
	}
	folder, err := n.Folder()
	if err != nil {
		return err
	}
	folder = path.Join(storageDir, folder)
	names, err := s.list(folder)
	if err != nil {
		return err
	}
	of, used, holding := occasionOf(n.DataType, body), map[string]bool{}, map[string]bool{}
	for _, file := range names {
		v, err := ssmix2.ParseName(file)
		if err != nil || v.DataType != n.DataType || v.PatientID != n.PatientID {
			continue
		}
		used[v.OrderNo] = true
		if v.Flag == ssmix2.Current {
			holding[v.OrderNo] = true
		}
		is, err := s.root.ReadFile(path.Join(folder, file))
		if err != nil {
			return err
		}
		if occasionOf(n.DataType, is) == of {
			n.OrderNo = v.OrderNo
			return nil
		}
	}
	if n.Flag == ssmix2.Deleted {
		if len(holding) == 0 { // it may have been taken back by this one, before a crash
			holding = used
		}
		if len(holding) == 1 { // no other can be meant
			for number := range holding {
				n.OrderNo = number
			}
			return nil
		}
	}
	for used[n.OrderNo] {
		number, err := strconv.ParseInt(n.OrderNo, 10, 64)
		if err != nil {
			return err
		}
		n.OrderNo = strconv.FormatInt(number-1, 10)
	}
	return nil
}

// occasion tells a reception or transfer from others of its day.
type occasion struct{ at, department string }

func occasionOf(typ ssmix2.DataType, body []byte) (out occasion) {
	msg, err := hl7v2.Parse(body)
	if err != nil {
		return out
	}
	at := happened[typ]
	out.at = digits(msg.First(at.segment).At(at.number, 1, 1, 1))
	out.at = out.at[:min(len(out.at), len("200601021504"))] // the same minute is the same
	if typ == ssmix2.OutpatientReception {
		pv1 := msg.First("PV1")
		out.department = pv1.At(10, 1, 1, 1)
		if out.department == "" {
			out.department = pv1.At(3, 1, 1, 1)
		}
	}
	return out
}
