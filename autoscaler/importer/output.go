package importer

import (
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/policy"
)

// Result is the result of an import.
type Result struct {
	Autoscalers []Autoscaler
	Windows     []Window
	Report      []Entry
	// Found is the number of objects of the source, imported or not.
	Found int
}

// Complete reports whether nothing was left out.
func (r *Result) Complete() bool {
	for i := range r.Report {
		if r.Report[i].Outcome == LeftOut {
			return false
		}
	}
	return true
}

// Empty reports whether nothing was imported.
func (r *Result) Empty() bool { return len(r.Autoscalers)+len(r.Windows) == 0 }

// Metadata is the metadata of a printed object.
type Metadata struct {
	Name      string `json:"name"`
	Namespace string `json:"namespace,omitempty"`
}

// Autoscaler is a HorizontalAutoscaler without a status.
type Autoscaler struct {
	metav1.TypeMeta `json:",inline"`
	Metadata        Metadata                          `json:"metadata"`
	Spec            v1alpha1.HorizontalAutoscalerSpec `json:"spec"`
}

// Window is a ScaleWindow without a status.
type Window struct {
	metav1.TypeMeta `json:",inline"`
	Metadata        Metadata                 `json:"metadata"`
	Spec            v1alpha1.ScaleWindowSpec `json:"spec"`
}

// addAutoscaler adds a valid HorizontalAutoscaler, or reports the errors on the imported object.
func (im *importer) addAutoscaler(o *object, name string, spec v1alpha1.HorizontalAutoscalerSpec) bool {
	for i := range im.result.Autoscalers {
		if have := im.result.Autoscalers[i].Metadata; have.Name == name && have.Namespace == o.namespace {
			o.leftOut("a HorizontalAutoscaler %s comes from another object of the input; import them from separate files, and rename one", name)
			return false
		}
	}
	im.setMode(o, &spec)
	ha := &v1alpha1.HorizontalAutoscaler{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: o.namespace}, Spec: *spec.DeepCopy()}
	ha.SetDefaults()
	if _, err := policy.Compile(ha, policy.StandardDefaults()); err != nil {
		o.leftOut("the HorizontalAutoscaler %s made from it would be invalid: %v", name, err)
		return false
	}
	im.result.Autoscalers = append(im.result.Autoscalers, Autoscaler{
		TypeMeta: metav1.TypeMeta{APIVersion: v1alpha1.SchemeGroupVersion.String(), Kind: "HorizontalAutoscaler"},
		Metadata: Metadata{Name: name, Namespace: o.namespace}, Spec: spec,
	})
	return true
}

// setMode sets the mode of the options.
func (im *importer) setMode(o *object, spec *v1alpha1.HorizontalAutoscalerSpec) {
	switch {
	case im.Mode == "":
	case spec.Mode != "" && spec.Mode != im.Mode:
		o.changed("mode: %s of the object is replaced by the mode of the command line, %s", spec.Mode, im.Mode)
		fallthrough
	default:
		spec.Mode = im.Mode
	}
}

// addWindow adds a ScaleWindow that can open, or reports the error on the imported field.
func (im *importer) addWindow(source node, name, namespace string, target v1alpha1.WindowTarget, w v1alpha1.Window) {
	if err := checkWindow(name, target, w); err != nil {
		source.leftOut("%v", err)
		return
	}
	im.result.Windows = append(im.result.Windows, Window{
		TypeMeta: metav1.TypeMeta{APIVersion: v1alpha1.SchemeGroupVersion.String(), Kind: "ScaleWindow"},
		Metadata: Metadata{Name: im.unique(dnsName(name), namespace), Namespace: namespace},
		Spec:     v1alpha1.ScaleWindowSpec{Targets: []v1alpha1.WindowTarget{target}, Window: w},
	})
}

// checkWindow returns the reason why a window cannot open, or nil.
func checkWindow(name string, target v1alpha1.WindowTarget, w v1alpha1.Window) error {
	spec := v1alpha1.ScaleWindowSpec{Targets: []v1alpha1.WindowTarget{target}, Window: w}
	if errs := (&v1alpha1.ScaleWindow{Spec: spec}).Validate(); len(errs) > 0 {
		return errs.ToAggregate()
	}
	_, err := policy.CompileWindow(name, &w)
	return err
}

// unique appends a number to a name that another window has.
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

// dnsName converts a text into a valid name of an object.
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
