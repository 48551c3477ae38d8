package version

import "testing"

func TestVersionHasNoPlaceholder(t *testing.T) {
	const unstamped = "v0.0.0-master+$Format:%H$"
	for _, test := range []struct{ stamped, derived, want string }{
		{"v1.2.3", "v0.0.0-20261130120000-aecceb676946", "v1.2.3"},
		{unstamped, "v0.0.0-20261130120000-aecceb676946", "v0.0.0-20261130120000-aecceb676946"},
		{unstamped, "(devel)", "development"},
		{unstamped, "", "development"},
	} {
		if got := of(test.stamped, test.derived); got != test.want {
			t.Errorf("got %q for %q and %q, want %q", got, test.stamped, test.derived, test.want)
		}
	}
	if got := of(unstamped, String()); got == unstamped {
		t.Errorf("got %q", got)
	}
}
