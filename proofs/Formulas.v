(* The formulas of shipped laws, printed by `python proofs/formulas.py`: do not edit. *)
From mathcomp Require Import all_ssreflect ssralg ssrnum reals sequences exp trigo.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Formulas.
Variable R : realType.

(* A symmetric matrix that gains a column and the entry below it at a time. *)
Fixpoint bordered (column : (nat -> nat -> R) -> nat -> nat -> R)
    (corner : (nat -> nat -> R) -> nat -> R) (size : nat) : nat -> nat -> R :=
  if size is j.+1 then
    let K := bordered column corner j in
    fun i s => if (i < j)%N && (s < j)%N then K i s else if (i < j)%N then column K j i
      else if (s < j)%N then column K j s else corner K j
  else fun _ _ => 0.

(* the recurrence of second moments: covariances of sources *)
Definition second_moments (variance : nat -> R) (v2 : R) (n : nat -> R) (w : nat -> nat -> R) (size
    : nat) : nat -> nat -> R :=
  bordered (fun K j i => (\sum_(0 <= s < j) (K i s * w j s))) (fun K j => (\sum_(0 <= i < j) (w j
  i * (\sum_(0 <= s < j) (K i s * w j s)))) + (variance j + v2 * (\sum_(0 <= i < j) (w j i *
  (\sum_(0 <= s < j) (K i s * w j s))))) / n j) size.

(* the squared error of the model that draws source t *)
Definition mean_square_error (variance : nat -> R) (v2 : R) (n : nat -> R) (w : nat -> nat -> R) (t
    : nat) : R :=
  (\sum_(0 <= i < t) (w t i * second_moments variance v2 n w t.+1 i t)).

(* affine-refresh-distance *)
Definition affine_refresh_distance (synthetic : R) (slope : R) (gap : R) : R :=
  synthetic * gap / (1 - synthetic * slope).

(* averaged-regression-mixture-best-risk *)
Definition averaged_regression_mixture_best_risk (real : R) (synthetic : R) (d : R) (noise : R)
    (distance : R) : R :=
  noise * d / (real - d - 1) * (noise * d / (synthetic - d - 1) + distance) / (noise * d / (real -
  d - 1) + (noise * d / (synthetic - d - 1) + distance)).

(* bernoulli-replace-fixation-limit *)
Definition bernoulli_replace_fixation_limit (mean : R) : R :=
  mean.

(* bernoulli-replace-segregating-lower *)
Definition bernoulli_replace_segregating_lower (n : R) (t : nat) (mean : R) : R :=
  4 * mean * (1 - mean) * (1 - 1 / n) ^+ t.

(* bernoulli-replace-segregating-published *)
Definition bernoulli_replace_segregating_published (n : R) (t : nat) (mean : R) : R :=
  2 * n * mean * (1 - mean) * (1 - 1 / n) ^+ t.

(* bernoulli-replace-segregating-upper *)
Definition bernoulli_replace_segregating_upper (n : R) (t : nat) (mean : R) : R :=
  n ^+ 2 / (n - 1) * mean * (1 - mean) * (1 - 1 / n) ^+ t.

(* categorical-accumulate-support *)
Definition categorical_accumulate_support {I : finType} (n : R) (t : nat) (p : I -> R) : R :=
  (if (0 < t)%N then (\sum_i (- (expR (n * ln (1 + - p i)) - 1))) else #|I|%:R).

(* categorical-any-heterozygosity *)
Definition categorical_any_heterozygosity {I : finType} (n : nat -> R) (w : nat -> nat -> R) (t :
    nat) (p : I -> R) : R :=
  (\sum_i (p i * (1 - p i))) - mean_square_error (fun=> (\sum_i (p i * (1 - p i)))) (- 1) n w t.

(* categorical-any-squared-distance *)
Definition categorical_any_squared_distance {I : finType} (n : nat -> R) (w : nat -> nat -> R) (t :
    nat) (p : I -> R) : R :=
  mean_square_error (fun=> (\sum_i (p i * (1 - p i)))) (- 1) n w t.

(* categorical-replace-chi-square *)
Definition categorical_replace_chi_square {I : finType} (n : R) (t : nat) (p : I -> R) : R :=
  (#|I|%:R - 1) * (1 - (1 - 1 / n) ^+ t).

(* categorical-replace-heterozygosity *)
Definition categorical_replace_heterozygosity {I : finType} (n : R) (t : nat) (p : I -> R) : R :=
  (\sum_i (p i * (1 - p i))) * (1 - 1 / n) ^+ t.

(* categorical-replace-scheduled-heterozygosity *)
Definition categorical_replace_scheduled_heterozygosity {I : finType} (sizes : nat -> R) (t : nat)
    (p : I -> R) : R :=
  (\sum_i (p i * (1 - p i))) * (\prod_(1 <= k < t.+1) (1 + - 1 * (1 / sizes k))).

(* categorical-replace-simpson *)
Definition categorical_replace_simpson {I : finType} (n : R) (t : nat) (p : I -> R) : R :=
  1 - (\sum_i (p i * (1 - p i))) * (1 - 1 / n) ^+ t.

(* categorical-replace-verified-error *)
Definition categorical_replace_verified_error (error : R) (right : R) (wrong : R) (t : nat) : R :=
  error / (1 - error) * (wrong / right) ^+ (t - 1) / (1 + error / (1 - error) * (wrong / right) ^+
  (t - 1)).

(* categorical-replace-verified-limit *)
Definition categorical_replace_verified_limit (right : R) (wrong : R) (fresh_error : R) : R :=
  (if wrong / right < 1 - fresh_error then fresh_error * wrong / ((1 - fresh_error) * (if wrong <
  right then right - wrong else 1)) else 1).

(* detector-group-share *)
Definition detector_group_share (share : R) (fpr_one : R) (fpr_other : R) : R :=
  share * (1 - fpr_one) / (share * (1 - fpr_one) + (1 - share) * (1 - fpr_other)).

(* detector-refresh-limit-risk *)
Definition detector_refresh_limit_risk (bias : R) (residual : R) (kept : R) : R :=
  (bias / (1 - residual)) ^+ 2 + 1 / (kept * (1 + residual)).

(* detector-residual-share *)
Definition detector_residual_share (share : R) (tpr : R) (fpr : R) : R :=
  share * (1 - tpr) / (share * (1 - tpr) + (1 - share) * (1 - fpr)).

(* disturbed-refresh-total-variation *)
Definition disturbed_refresh_total_variation (t : nat) (synthetic : R) (error : R) : R :=
  error * (1 - synthetic ^+ t) / (1 - synthetic).

(* erasure-sample-size *)
Definition erasure_sample_size (n : R) (real_share : R) (erasure : R) : R :=
  n * real_share ^+ 2 * (1 + (1 - erasure) * (1 - real_share) / real_share).

(* gaussian-accumulate-mean-error *)
Definition gaussian_accumulate_mean_error (n : R) (t : nat) (ddof : R) (variance : R) : R :=
  (\sum_(1 <= k < t.+1) ((if (0 < (k - 1))%N then variance * (n - 1) / (n - ddof) * (\prod_(2 <= j
  < (k - 1).+1) (1 - 1 / (j%:R * (n * j%:R - ddof)))) else variance) / k%:R ^+ 2)) / n.

(* gaussian-accumulate-variance *)
Definition gaussian_accumulate_variance (n : R) (t : nat) (ddof : R) (variance : R) : R :=
  (if (0 < t)%N then variance * (n - 1) / (n - ddof) * (\prod_(2 <= k < t.+1) (1 - 1 / (k%:R * (n
  * k%:R - ddof)))) else variance).

(* gaussian-any-mean-error *)
Definition gaussian_any_mean_error (n : nat -> R) (w : nat -> nat -> R) (t : nat) (variance : R) : R
    :=
  mean_square_error (fun=> variance) (- 1) n w t.

(* gaussian-any-second-moment *)
Definition gaussian_any_second_moment (t : nat) (variance : R) : R :=
  variance + 0 * t%:R.

(* gaussian-any-variance *)
Definition gaussian_any_variance (n : nat -> R) (w : nat -> nat -> R) (t : nat) (variance : R) : R
    :=
  variance - mean_square_error (fun=> variance) (- 1) n w t.

(* gaussian-mixture-any-mean-error *)
Definition gaussian_mixture_any_mean_error (n : nat -> R) (w : nat -> nat -> R) (t : nat) (variance
    : R) : R :=
  mean_square_error (fun=> variance) (- 1) n w t.

(* gaussian-mixture-any-second-moment *)
Definition gaussian_mixture_any_second_moment (t : nat) (variance : R) : R :=
  variance + 0 * t%:R.

(* gaussian-replace-mean-error *)
Definition gaussian_replace_mean_error (n : R) (t : nat) (ddof : R) (variance : R) : R :=
  variance / n * (\sum_(1 <= k < t.+1) (((n - 1) / (n - ddof)) ^+ (k - 1))).

(* gaussian-replace-scheduled-mean-error *)
Definition gaussian_replace_scheduled_mean_error (sizes : nat -> R) (t : nat) (ddof : R) (variance :
    R) : R :=
  (\sum_(1 <= k < t.+1) (variance * (\prod_(1 <= j < (k - 1).+1) ((sizes j - 1) / (sizes j -
  ddof))) / sizes k)).

(* gaussian-replace-scheduled-variance *)
Definition gaussian_replace_scheduled_variance (sizes : nat -> R) (t : nat) (ddof : R) (variance :
    R) : R :=
  variance * (\prod_(1 <= k < t.+1) ((sizes k - 1) / (sizes k - ddof))).

(* gaussian-replace-variance *)
Definition gaussian_replace_variance (n : R) (t : nat) (ddof : R) (variance : R) : R :=
  variance * ((n - 1) / (n - ddof)) ^+ t.

(* label-chain-false-positive-rate *)
Definition label_chain_false_positive_rate (t : nat) (up : R) (down : R) : R :=
  up / (up + down) * (1 - (1 - up - down) ^+ t).

(* location-scale-any-mean-error *)
Definition location_scale_any_mean_error (n : nat -> R) (w : nat -> nat -> R) (t : nat) (variance :
    R) : R :=
  mean_square_error (fun=> variance) (- 1) n w t.

(* location-scale-any-second-moment *)
Definition location_scale_any_second_moment (t : nat) (variance : R) : R :=
  variance + 0 * t%:R.

(* location-scale-replace-mean-error *)
Definition location_scale_replace_mean_error (n : R) (t : nat) (ddof : R) (variance : R) : R :=
  variance / n * (\sum_(1 <= k < t.+1) (((n - 1) / (n - ddof)) ^+ (k - 1))).

(* location-scale-replace-variance *)
Definition location_scale_replace_variance (n : R) (t : nat) (ddof : R) (variance : R) : R :=
  variance * ((n - 1) / (n - ddof)) ^+ t.

(* markov-refresh-distance *)
Definition markov_refresh_distance (synthetic : R) (slope : R) : R :=
  synthetic / (1 - synthetic * slope).

(* mutating-categorical-replace-squared-distance *)
Definition mutating_categorical_replace_squared_distance {I : finType} (n : R) (t : nat) (p : I ->
    R) (rate : R) : R :=
  (\sum_i (p i * (1 - p i))) * ((1 - ((1 - 1 / n) * (1 - rate) ^+ 2) ^+ t) / (n - (n - 1) * (1 -
  rate) ^+ 2)).

(* mutating-categorical-replace-squared-distance-limit *)
Definition mutating_categorical_replace_squared_distance_limit {I : finType} (n : R) (p : I -> R)
    (rate : R) : R :=
  (\sum_i (p i * (1 - p i))) / (n - (n - 1) * (1 - rate) ^+ 2).

(* mutating-categorical-stationary-spread *)
Definition mutating_categorical_stationary_spread {I : finType} (n : R) (theta : R) (p : I -> R) : R
    :=
  (\sum_i (p i * (1 - p i))) / (n - (n - 1) * (1 - theta / (2 * n)) ^+ 2).

(* population-corrected-distance *)
Definition population_corrected_distance (t : nat) (start : R) (ratio : R) (correction : R) : R :=
  start * (ratio / ((1 + correction) * (1 + ratio))) ^+ t.

(* population-refresh-distance *)
Definition population_refresh_distance (t : nat) (start : R) (ratio : R) : R :=
  start * (ratio / (1 + ratio)) ^+ t.

(* qvf-accumulate-batches-mean-error *)
Definition qvf_accumulate_batches_mean_error (mean : R) (n : R) (real : R) (t : nat) (v0 : R) (v1 :
    R) (v2 : R) : R :=
  (v0 + mean * (v1 + v2 * mean)) * (if (0 < t)%N then 1 / real + (1 + v2 / real) * (\sum_(2 <= k <
  t.+1) (n / (real + (k%:R - 1) * n) ^+ 2 * (\prod_(2 <= j < (k - 1).+1) (1 + v2 * (n / (real +
  (j%:R - 1) * n) ^+ 2))))) else 0).

(* qvf-accumulate-batches-variance *)
Definition qvf_accumulate_batches_variance (mean : R) (n : R) (real : R) (t : nat) (v0 : R) (v1 : R)
    (v2 : R) : R :=
  (v0 + mean * (v1 + v2 * mean)) * (if (0 < t)%N then 1 + v2 / real else 1) * (\prod_(2 <= k <
  t.+1) (1 + v2 * (n / (real + (k%:R - 1) * n) ^+ 2))).

(* qvf-accumulate-refresh-mean-error *)
Definition qvf_accumulate_refresh_mean_error (mean : R) (n : R) (fresh : R) (real : R) (t : nat) (v0
    : R) (v1 : R) (v2 : R) : R :=
  (if (0 < t)%N then (v0 + mean * (v1 + v2 * mean)) * (1 / real + (\sum_(2 <= k < t.+1) ((n +
  fresh) / (real + (k%:R - 1) * (n + fresh)) ^+ 2 / (\prod_(2 <= j < k.+1) ((1 - fresh / (real +
  (j%:R - 1) * (n + fresh))) ^+ 2 + n * v2 / (real + (j%:R - 1) * (n + fresh)) ^+ 2))))) *
  (\prod_(2 <= k < t.+1) ((1 - fresh / (real + (k%:R - 1) * (n + fresh))) ^+ 2 + n * v2 / (real +
  (k%:R - 1) * (n + fresh)) ^+ 2)) else 0).

(* qvf-accumulate-refresh-provenance-mean-error *)
Definition qvf_accumulate_refresh_provenance_mean_error (mean : R) (fresh : R) (real : R) (t : nat)
    (v0 : R) (v1 : R) (v2 : R) : R :=
  (if (0 < t)%N then (v0 + mean * (v1 + v2 * mean)) / (real + fresh * ((maxn t 1)%:R - 1)) else
  0).

(* qvf-accumulate-refresh-scheduled-mean-error *)
Definition qvf_accumulate_refresh_scheduled_mean_error (mean : R) (sizes : nat -> R) (arrivals : nat
    -> R) (t : nat) (v0 : R) (v1 : R) (v2 : R) : R :=
  (v0 + mean * (v1 + v2 * mean)) * (\sum_(1 <= k < t.+1) ((sizes k + (if (1 < k)%N then arrivals k
  else 0)) / (\sum_(1 <= j < k.+1) (sizes j + (if (1 < j)%N then arrivals j else 0))) ^+ 2 /
  (\prod_(2 <= j < k.+1) ((1 - arrivals j / (\sum_(1 <= l < j.+1) (sizes l + (if (1 < l)%N then
  arrivals l else 0)))) ^+ 2 + sizes j * v2 / (\sum_(1 <= l < j.+1) (sizes l + (if (1 < l)%N then
  arrivals l else 0))) ^+ 2)))) * (\prod_(2 <= k < t.+1) ((1 - arrivals k / (\sum_(1 <= j < k.+1)
  (sizes j + (if (1 < j)%N then arrivals j else 0)))) ^+ 2 + sizes k * v2 / (\sum_(1 <= j < k.+1)
  (sizes j + (if (1 < j)%N then arrivals j else 0))) ^+ 2)).

(* qvf-accumulate-scheduled-mean-error *)
Definition qvf_accumulate_scheduled_mean_error (mean : R) (sizes : nat -> R) (t : nat) (v0 : R) (v1
    : R) (v2 : R) : R :=
  (v0 + mean * (v1 + v2 * mean)) * (\sum_(1 <= k < t.+1) (sizes k / (\sum_(1 <= j < k.+1) (sizes
  j)) ^+ 2 * (\prod_(1 <= j < (k - 1).+1) (1 + v2 * (sizes j / (\sum_(1 <= l < j.+1) (sizes l)) ^+
  2))))).

(* qvf-accumulate-scheduled-mean-error-bound *)
Definition qvf_accumulate_scheduled_mean_error_bound (mean : R) (sizes : nat -> R) (t : nat) (v0 :
    R) (v1 : R) (v2 : R) : R :=
  2 * (v0 + mean * (v1 + v2 * mean)) / sizes 1 + 0 * t%:R.

(* qvf-accumulate-scheduled-variance *)
Definition qvf_accumulate_scheduled_variance (mean : R) (sizes : nat -> R) (t : nat) (v0 : R) (v1 :
    R) (v2 : R) : R :=
  (v0 + mean * (v1 + v2 * mean)) * (\prod_(1 <= k < t.+1) (1 + v2 * (sizes k / (\sum_(1 <= j <
  k.+1) (sizes j)) ^+ 2))).

(* qvf-accumulate-variance *)
Definition qvf_accumulate_variance (mean : R) (n : R) (t : nat) (v0 : R) (v1 : R) (v2 : R) : R :=
  (v0 + mean * (v1 + v2 * mean)) * (\prod_(1 <= k < t.+1) (1 + v2 / (n * k%:R ^+ 2))).

(* qvf-anchor-mean-error *)
Definition qvf_anchor_mean_error (mean : R) (n : R) (real : R) (t : nat) (v0 : R) (v1 : R) (v2 : R)
    : R :=
  (if (0 < t)%N then (v0 + mean * (v1 + v2 * mean)) / real + (v0 + mean * (v1 + v2 * mean)) * (1 +
  v2 / real) / (real ^+ 2 / n + 2 * real - v2) * (1 - ((n / (real + n)) ^+ 2 * (1 + v2 / n)) ^+ (t
  - 1)) else 0).

(* qvf-any-mean-error *)
Definition qvf_any_mean_error (n : nat -> R) (w : nat -> nat -> R) (t : nat) (mean : R) (v0 : R) (v1
    : R) (v2 : R) : R :=
  mean_square_error (fun=> v0 + mean * (v1 + v2 * mean)) v2 n w t.

(* qvf-any-mean-variance *)
Definition qvf_any_mean_variance (n : nat -> R) (w : nat -> nat -> R) (t : nat) (mean : R) (v0 : R)
    (v1 : R) (v2 : R) : R :=
  mean_square_error (fun=> v0 + mean * (v1 + v2 * mean)) v2 n w t.

(* qvf-any-variance *)
Definition qvf_any_variance (n : nat -> R) (w : nat -> nat -> R) (t : nat) (mean : R) (v0 : R) (v1 :
    R) (v2 : R) : R :=
  v0 + mean * (v1 + v2 * mean) + v2 * mean_square_error (fun=> v0 + mean * (v1 + v2 * mean)) v2 n
  w t.

(* qvf-kalman-refresh-limit-mean-error *)
Definition qvf_kalman_refresh_limit_mean_error (mean : R) (n : R) (fresh : R) (v0 : R) (v1 : R) (v2
    : R) : R :=
  (v0 + mean * (v1 + v2 * mean)) * ((Num.sqrt ((1 - 0 / fresh) ^+ 2 + 4 * (n / fresh * (1 + 0 /
  n))) - (1 - 0 / fresh)) / (2 * (n / fresh * (1 + 0 / n))) / fresh).

(* qvf-kalman-refresh-mean-error *)
Definition qvf_kalman_refresh_mean_error (mean : R) (n : R) (fresh : R) (real : R) (t : nat) (v0 :
    R) (v1 : R) (v2 : R) : R :=
  (v0 + mean * (v1 + v2 * mean)) * (if (0 < t)%N then iter (t - 1) (fun x : R => 1 / (fresh + 1 /
  (x + 1 / n))) (1 / real) else 0).

(* qvf-refresh-critical-weight *)
Definition qvf_refresh_critical_weight (n : R) (v2 : R) : R :=
  1 - 1 / Num.sqrt (1 + v2 / n).

(* qvf-refresh-golden-risk *)
Definition qvf_refresh_golden_risk (n : R) (fresh : R) (v2 : R) : R :=
  (Num.sqrt ((1 - v2 / fresh) ^+ 2 + 4 * (n / fresh * (1 + v2 / n))) - (1 - v2 / fresh)) / (2 * (n
  / fresh * (1 + v2 / n))) / fresh.

(* qvf-refresh-golden-weight *)
Definition qvf_refresh_golden_weight (n : R) (fresh : R) (v2 : R) : R :=
  (Num.sqrt ((1 - v2 / fresh) ^+ 2 + 4 * (n / fresh * (1 + v2 / n))) - (1 - v2 / fresh)) / (2 * (n
  / fresh * (1 + v2 / n))).

(* qvf-refresh-limit-mean-error *)
Definition qvf_refresh_limit_mean_error (mean : R) (n : R) (fresh : R) (v0 : R) (v1 : R) (v2 : R) :
    R :=
  (v0 + mean * (v1 + v2 * mean)) / fresh * (1 + n / fresh) / (1 + 2 * (n / fresh)).

(* qvf-refresh-mean-error *)
Definition qvf_refresh_mean_error (mean : R) (n : R) (fresh : R) (weight : R) (real : R) (t : nat)
    (v0 : R) (v1 : R) (v2 : R) : R :=
  (if (0 < t)%N then (v0 + mean * (v1 + v2 * mean)) * (weight ^+ 2 / fresh + (1 - weight) ^+ 2 /
  n) / (1 - (1 - weight) ^+ 2 * (1 + v2 / n)) + ((v0 + mean * (v1 + v2 * mean)) / real - (v0 +
  mean * (v1 + v2 * mean)) * (weight ^+ 2 / fresh + (1 - weight) ^+ 2 / n) / (1 - (1 - weight) ^+
  2 * (1 + v2 / n))) * ((1 - weight) ^+ 2 * (1 + v2 / n)) ^+ (t - 1) else 0).

(* qvf-replace-scheduled-mean-error *)
Definition qvf_replace_scheduled_mean_error (mean : R) (sizes : nat -> R) (t : nat) (v0 : R) (v1 :
    R) (v2 : R) : R :=
  (v0 + mean * (v1 + v2 * mean)) * (\sum_(1 <= k < t.+1) (1 / sizes k * (\prod_(1 <= j < (k -
  1).+1) (1 + v2 * (1 / sizes j))))).

(* qvf-replace-scheduled-variance *)
Definition qvf_replace_scheduled_variance (mean : R) (sizes : nat -> R) (t : nat) (v0 : R) (v1 : R)
    (v2 : R) : R :=
  (v0 + mean * (v1 + v2 * mean)) * (\prod_(1 <= k < t.+1) (1 + v2 * (1 / sizes k))).

(* qvf-replace-variance *)
Definition qvf_replace_variance (mean : R) (n : R) (t : nat) (v0 : R) (v1 : R) (v2 : R) : R :=
  (v0 + mean * (v1 + v2 * mean)) * (1 + v2 / n) ^+ t.

(* regression-accumulate-growing-inflation *)
Definition regression_accumulate_growing_inflation (growth : R) (t : nat) : R :=
  (\sum_(1 <= k < t.+1) (growth ^+ (k - 1) * (growth - 1) ^+ 2 / (growth ^+ k - 1) ^+ 2)).

(* reparation-annotated-share *)
Definition reparation_annotated_share (miss : R) (false_alarm : R) : R :=
  (1 / 2 - false_alarm) / (1 - miss - false_alarm).

(* retention-refresh-share *)
Definition retention_refresh_share (share : R) (retention : R) (real_share : R) : R :=
  2 * (real_share * share) / (1 - real_share * share * (retention - 1) - (1 - real_share) *
  retention + Num.sqrt ((1 - real_share * share * (retention - 1) - (1 - real_share) * retention)
  * (1 - real_share * share * (retention - 1) - (1 - real_share) * retention) + 4 * (retention -
  1) * (real_share * share))).

(* retention-replace-share *)
Definition retention_replace_share (t : nat) (share : R) (retention : R) : R :=
  1 / (1 + (1 - share) / share * retention ^- t).

(* smoothed-categorical-replace-squared-distance *)
Definition smoothed_categorical_replace_squared_distance {I : finType} (n : R) (t : nat) (p : I ->
    R) (pseudocount : R) : R :=
  (1 - #|I|%:R * pseudocount / (n + #|I|%:R * pseudocount)) ^+ 2 * (\sum_i (p i * (1 - p i))) *
  ((1 - ((1 - 1 / n) * (1 - #|I|%:R * pseudocount / (n + #|I|%:R * pseudocount)) ^+ 2) ^+ t) / (n
  - (n - 1) * (1 - #|I|%:R * pseudocount / (n + #|I|%:R * pseudocount)) ^+ 2)).

(* smoothed-categorical-replace-squared-distance-limit *)
Definition smoothed_categorical_replace_squared_distance_limit {I : finType} (n : R) (p : I -> R)
    (pseudocount : R) : R :=
  (1 - #|I|%:R * pseudocount / (n + #|I|%:R * pseudocount)) ^+ 2 * ((\sum_i (p i * (1 - p i))) /
  (n - (n - 1) * (1 - #|I|%:R * pseudocount / (n + #|I|%:R * pseudocount)) ^+ 2)).

(* tempered-loop-exponent *)
Definition tempered_loop_exponent (t : nat) (temperature : R) (exponent : R) : R :=
  exponent / temperature ^+ t.

(* verification-threshold *)
Definition verification_threshold (right : R) (wrong : R) : R :=
  1 / (1 + wrong / right).

End Formulas.
