package v1alpha1

// Package schedule parses the strings of these types.

// CronLine is a cron line of the five fields minute, hour, day of month, month, day of week.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=128
// +kubebuilder:validation:XValidation:rule=`!self.matches('(?i)TZ=')`,message="must not contain a time zone: set timeZone"
// +kubebuilder:validation:XValidation:rule=`!self.matches('^[[:space:]]*@')`,message="must not be a short form such as @daily or @every: write the five fields minute, hour, day of month, month, day of week, such as 0 22 * * 1-5"
// +kubebuilder:validation:XValidation:rule=`self.matches('(?i)TZ=|^[[:space:]]*@') || self.matches('^[[:space:]]*([*]|([0-9]+|[A-Za-z]{3})(-([0-9]+|[A-Za-z]{3}))?)(/[0-9]+)?(,([*]|([0-9]+|[A-Za-z]{3})(-([0-9]+|[A-Za-z]{3}))?)(/[0-9]+)?)*([[:space:]]+([*]|([0-9]+|[A-Za-z]{3})(-([0-9]+|[A-Za-z]{3}))?)(/[0-9]+)?(,([*]|([0-9]+|[A-Za-z]{3})(-([0-9]+|[A-Za-z]{3}))?)(/[0-9]+)?)*){4}[[:space:]]*$')`,message="must be a cron line of the five fields minute, hour, day of month, month, day of week, such as 0 22 * * 1-5: numbers, three-letter names, ranges, lists, * and steps"
type CronLine string

// Date is a local date, such as 2026-12-25.
//
// +kubebuilder:validation:MaxLength=10
// +kubebuilder:validation:XValidation:rule=`self.matches('^([0-9]{4}-(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|[0-9]{4}-(0[469]|11)-(0[1-9]|[12][0-9]|30)|[0-9]{4}-02-(0[1-9]|1[0-9]|2[0-8])|([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29)$')`,message="must be a date that exists, such as 2026-12-25"
type Date string

// Dates is a local date, such as 2026-12-25, or a range that includes both ends, such as 2026-12-31/2027-01-02.
//
// +kubebuilder:validation:MaxLength=21
// +kubebuilder:validation:XValidation:rule=`self.matches('^([0-9]{4}-(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|[0-9]{4}-(0[469]|11)-(0[1-9]|[12][0-9]|30)|[0-9]{4}-02-(0[1-9]|1[0-9]|2[0-8])|([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29)(/([0-9]{4}-(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|[0-9]{4}-(0[469]|11)-(0[1-9]|[12][0-9]|30)|[0-9]{4}-02-(0[1-9]|1[0-9]|2[0-8])|([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29))?$')`,message="must be a date that exists, such as 2026-12-25, or a range of them, such as 2026-12-31/2027-01-02"
// +kubebuilder:validation:XValidation:rule=`self.size() != 21 || self.substring(0, 10) <= self.substring(11)`,message="must have the earlier date first, such as 2026-12-31/2027-01-02"
type Dates string

// LocalTime is a local date and time, such as 2026-12-24T18:00.
//
// +kubebuilder:validation:MaxLength=19
// +kubebuilder:validation:XValidation:rule=`self.matches('^([0-9]{4}-(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|[0-9]{4}-(0[469]|11)-(0[1-9]|[12][0-9]|30)|[0-9]{4}-02-(0[1-9]|1[0-9]|2[0-8])|([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29)T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$')`,message="must be a local date and time that exists, such as 2026-12-24T18:00, with the zone in timeZone"
type LocalTime string
