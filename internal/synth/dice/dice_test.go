package dice_test

import (
	"math"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/synth/dice"
)

func draws(d dice.Dice) [4]int { return [4]int{d.IntN(1000), d.IntN(1000), d.IntN(1000), d.IntN(1000)} }

// All bytes of the region follow from this: one name, one stream.
func TestStreamsAreNamed(t *testing.T) {
	if got, want := draws(dice.New(1, "a", "b")), draws(dice.New(1, "a", "b")); got != want {
		t.Errorf("one name gives %v and %v", got, want)
	}
	seen := map[[4]int]string{}
	for name, d := range map[string]dice.Dice{
		"seed":        dice.New(1, "a", "b"),
		"other seed":  dice.New(2, "a", "b"),
		"other name":  dice.New(1, "a", "c"),
		"joined name": dice.New(1, "ab"),
		"no name":     dice.New(1),
	} {
		got := draws(d)
		if other, taken := seen[got]; taken {
			t.Errorf("%s draws what %s draws", name, other)
		}
		seen[got] = name
	}
}

func TestBetween(t *testing.T) {
	d := dice.New(1, "between")
	low, high := false, false
	for range 1000 {
		n := d.Between(3, 5)
		if n < 3 || n > 5 {
			t.Fatalf("Between(3, 5) = %d", n)
		}
		low, high = low || n == 3, high || n == 5
	}
	if !low || !high {
		t.Error("a bound is never drawn")
	}
	if n := d.Between(7, 2); n != 7 {
		t.Errorf("Between(7, 2) = %d, want the lower bound", n)
	}
}

func TestDeviate(t *testing.T) {
	sum, most := 0.0, 0.0
	for i := range 2000 {
		z := dice.Deviate(uint64(i), "z")
		sum += z
		most = max(most, math.Abs(z))
	}
	if mean := sum / 2000; math.Abs(mean) > 0.1 {
		t.Errorf("mean %.2f, want about 0", mean)
	}
	if most > 2.5 || most < 2 {
		t.Errorf("largest deviate %.2f, want 2.5 at most and nearly so", most)
	}
}
