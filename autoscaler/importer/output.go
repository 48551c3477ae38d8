package importer

import (
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/policy"
)

// Result is what an import gives.
type Result struct {
	Autoscalers []Autoscaler
	Windows     []Window
	Report      []Entry
	// Found is the number of objects of the source, imported or not.
	Found int
}

// Complete says whether nothing was left out.
func (r *Result) Complete() bool {
	for i := range r.Report {
		if r.Report[i].Outcome == LeftOut {
			return false
		}
	}
	return true
}

// Empty says whether nothing was imported.
func (r *Result) Empty() bool { return len(r.Autoscalers)+len(r.Windows) == 0 }

// Metadata of an object that is printed.
type Metadata struct {
	Name      string `json:"name"`
	Namespace string `json:"namespace,omitempty"`
}

// Autoscaler is a HorizontalAutoscaler without a status, as people write one.
type Autoscaler struct {
	metav1.TypeMeta `json:",inline"`
	Metadata        Metadata                          `json:"metadata"`
	Spec            v1alpha1.HorizontalAutoscalerSpec `json:"spec"`
}

// Window is a ScaleWindow without a status, as people write one.
type Window struct {
	metav1.TypeMeta `json:",inline"`
	Metadata        Metadata                 `json:"metadata"`
	Spec            v1alpha1.ScaleWindowSpec `json:"spec"`
}

// addAutoscaler adds a valid HorizontalAutoscaler; what makes one invalid is reported on the object it comes from.
func (im *importer) addAutoscaler(o *object, name string, spec v1alpha1.HorizontalAutoscalerSpec) bool {
	for i := range im.result.Autoscalers {
		if have := im.result.Autoscalers[i].Metadata; have.Name == name && have.Namespace == o.namespace {
			o.leftOut("a HorizontalAutoscaler %s comes from another object of the file; import them from separate files, and rename one", name)
			return false
		}
	}
	ha := &v1alpha1.HorizontalAutoscaler{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: o.namespace}, Spec: *spec.DeepCopy()}
	ha.SetDefaults()
	if _, err := policy.Compile(ha, policy.StandardDefaults()); err != nil {
		o.leftOut("the HorizontalAutoscaler %s made of it would be refused: %v", name, err)
		return false
	}
	im.result.Autoscalers = append(im.result.Autoscalers, Autoscaler{
		TypeMeta: metav1.TypeMeta{APIVersion: v1alpha1.SchemeGroupVersion.String(), Kind: "HorizontalAutoscaler"},
		Metadata: Metadata{Name: name, Namespace: o.namespace}, Spec: spec,
	})
	return true
}

// addWindow adds a ScaleWindow that can open; what is wrong with another is reported at the field it comes from.
func (im *importer) addWindow(at node, name, namespace string, target v1alpha1.WindowTarget, w v1alpha1.Window) {
	if err := checkWindow(name, target, w); err != nil {
		at.leftOut("%v", err)
		return
	}
	im.result.Windows = append(im.result.Windows, Window{
		TypeMeta: metav1.TypeMeta{APIVersion: v1alpha1.SchemeGroupVersion.String(), Kind: "ScaleWindow"},
		Metadata: Metadata{Name: im.unique(dnsName(name), namespace), Namespace: namespace},
		Spec:     v1alpha1.ScaleWindowSpec{Targets: []v1alpha1.WindowTarget{target}, Window: w},
	})
}

// checkWindow is why a window could not open; nil where it can.
func checkWindow(name string, target v1alpha1.WindowTarget, w v1alpha1.Window) error {
	spec := v1alpha1.ScaleWindowSpec{Targets: []v1alpha1.WindowTarget{target}, Window: w}
	if errs := (&v1alpha1.ScaleWindow{Spec: spec}).Validate(); len(errs) > 0 {
		return errs.ToAggregate()
	}
	_, err := policy.CompileWindow(name, &w)
	return err
}

// unique adds a number to a name that another window has.
func (im *importer) unique(name, namespace string) string {
	taken := map[string]bool{}
	for i := range im.result.Windows {
		if im.result.Windows[i].Metadata.Namespace == namespace {
			taken[im.result.Windows[i].Metadata.Name] = true
		}
	}
	for n := 2; taken[name]; n++ {
		if numbered := fmt.Sprintf("%s-%d", name, n); !taken[numbered] {
			return numbered
		}
	}
	return name
}

// dnsName is a name that an object may have, made of a text.
func dnsName(text string) string {
	name := strings.Trim(strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || '0' <= r && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(text)), "-")
	if name = strings.Trim(name[:min(len(name), 58)], "-"); name == "" { // a number may follow
		return "window"
	}
	return name
}
