package inspect

import (
	"fmt"
	"testing"
)

func TestCausesAreBounded(t *testing.T) {
	c := causes{}
	for i := range 2 * maxCauses {
		c.add(fmt.Sprintf("field %d: empty", i), "a")
	}
	if len(c) != maxCauses+1 || c[otherCauses].count != maxCauses {
		t.Errorf("%d causes, %d others", len(c), c[otherCauses].count)
	}
	c.add("field 0: empty", "b")
	if known := c["field 0: empty"]; known.count != 2 || known.first != "a" {
		t.Errorf("one that was known: %+v", known)
	}
}
