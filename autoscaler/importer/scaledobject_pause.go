package importer

import (
	"strconv"

	autoscalingv2 "k8s.io/api/autoscaling/v2"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

// readPause reads KEDA's annotations, which act like fields of the spec.
func (so *scaledObject) readPause() {
	annotations := so.field("metadata").child("annotations")
	if a := annotations.child("autoscaling.keda.sh/paused"); isSet(a) {
		so.ha.Mode = v1alpha1.ModePaused
		a.changed("carried over as mode: Paused, which leaves the replicas as they are, as KEDA does")
	}
	if a := annotations.child("autoscaling.keda.sh/paused-replicas"); a.present {
		so.ha.Mode = v1alpha1.ModePaused
		a.leftOut("KEDA scales to this count and pauses; mode: Paused keeps the current replicas and sets none: scale the target to the count yourself")
	}
	if a := annotations.child("autoscaling.keda.sh/paused-scale-in"); isSet(a) {
		so.disable(&so.rules().ScaleDown)
		a.changed("carried over as behavior.scaleDown.selectPolicy: Disabled")
	}
	if a := annotations.child("autoscaling.keda.sh/paused-scale-out"); isSet(a) {
		so.disable(&so.rules().ScaleUp)
		if len(so.windows) > 0 {
			a.leftOut("carried over as behavior.scaleUp.selectPolicy: Disabled, which windows do not heed: they go on to raise the replicas; suspend them to pause scale-up as a whole")
		} else {
			a.changed("carried over as behavior.scaleUp.selectPolicy: Disabled")
		}
	}
	if a := annotations.child("autoscaling.keda.sh/force-activation"); isSet(a) {
		if so.min == 0 {
			a.leftOut("KEDA keeps at least one replica while this is set; set minReplicas to 1 for as long")
		} else {
			a.note("keeps at least one replica, which minReplicas does, too")
		}
	}
	so.readOtherAnnotations(annotations)
}

// readOtherAnnotations reports KEDA's annotations that a later version may have.
func (so *scaledObject) readOtherAnnotations(annotations node) {
	harmless := map[string]bool{
		"scaledobject.keda.sh/transfer-hpa-ownership": true, "scaledobject.keda.sh/hpa-excluded-labels": true, "validations.keda.sh/hpa-ownership": true,
	}
	for _, key := range annotations.keys() {
		a := annotations.down(key)
		switch {
		case so.taken[a.path] || !kedaKey.MatchString(key):
		case harmless[key]:
			a.note("about the HorizontalPodAutoscaler that KEDA makes, and none is made")
		default:
			a.leftOut("not an annotation of KEDA that this import reads; nothing in the output stands for it: check the spelling, or remove it")
		}
	}
}

// isSet reads an annotation as KEDA does: what is no boolean counts as true.
func isSet(a node) bool {
	text, ok := a.text()
	if !ok {
		return false
	}
	set, err := strconv.ParseBool(text)
	if err == nil && !set {
		a.note("off, as it is when absent")
	}
	return set || err != nil
}

func (so *scaledObject) rules() *v1alpha1.Behavior {
	if so.ha.Behavior == nil {
		so.ha.Behavior = &v1alpha1.Behavior{}
	}
	return so.ha.Behavior
}

func (so *scaledObject) disable(rules **v1alpha1.ScalingRules) {
	if *rules == nil {
		*rules = &v1alpha1.ScalingRules{}
	}
	(*rules).SelectPolicy = new(autoscalingv2.DisabledPolicySelect)
}
