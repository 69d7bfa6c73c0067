(* The closed forms of linear workflows, each the formula of a shipped law.

   moving_average g     fit k keeps the mean of the model before it with weight 1 - g k and adds new synthetic data
   replace              the gain is 1: the last batch alone
   accumulate sizes     the gain of batch k is its part of the pool, n_k / N_k
   anchor               N real observations are kept for ever beside n synthetic ones
   refresh w            fresh real data of weight w beside synthetic data
   accumulate_refresh   fresh real and synthetic data are added to one pool
   all_real             real data alone, found by a perfect detector

   Assumes: a mean and a variance v0 + v1 m + v2 m^2 of one observation, and means that stay where the family
     allows them; v2 >= -1 where fresh data accumulate; v2 = 0 for the bound of 2.
   Leaves out: families with infinitely many outcomes, which the laws also cover.
*)
From mathcomp Require Import all_ssreflect ssralg ssrnum ring lra reals.
From Collapse Require Import Formulas Probability Workflows.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Sums.
Variable R : realType.
Implicit Types (q f : nat -> R) (t k : nat).

Lemma sum_last f t : \sum_(1 <= k < t.+2) f k = \sum_(1 <= k < t.+1) f k + f t.+1.
Proof. by rewrite big_nat_recr. Qed.

Lemma prod_last f t : \prod_(1 <= k < t.+2) f k = (\prod_(1 <= k < t.+1) f k) * f t.+1.
Proof. by rewrite big_nat_recr. Qed.

(* A step e' = e + q (c + v e) multiplies c + v e by 1 + v q. *)
Lemma drift_product (e q : nat -> R) c v :
  e 0%N = 0 -> (forall t, e t.+1 = e t + q t.+1 * (c + v * e t)) ->
  forall t, c + v * e t = c * \prod_(1 <= k < t.+1) (1 + v * q k).
Proof.
move=> e0 eS; elim=> [|t ih]; first by rewrite e0 mulr0 addr0 big_geq// mulr1.
rewrite prod_last eS mulrA -ih; ring.
Qed.

Lemma drift_sum (e q : nat -> R) c v :
  e 0%N = 0 -> (forall t, e t.+1 = e t + q t.+1 * (c + v * e t)) ->
  forall t, e t = c * \sum_(1 <= k < t.+1) (q k * \prod_(1 <= j < (k - 1).+1) (1 + v * q j)).
Proof.
move=> e0 eS; elim=> [|t ih]; first by rewrite e0 big_geq// mulr0.
by rewrite sum_last mulrDr -ih eS (drift_product e0 eS) subn1 /=; ring.
Qed.

(* A step e' = r e + b that starts at e 1 settles at b / (1 - r). *)
Lemma settling (e : nat -> R) r b : 1 - r != 0 ->
  (forall t, e t.+2 = r * e t.+1 + b) ->
  forall t, (0 < t)%N -> e t = b / (1 - r) + (e 1%N - b / (1 - r)) * r ^+ (t - 1).
Proof.
move=> r1 eS [//|t _]; rewrite subn1 /=; elim: t => [|t ih]; first by rewrite expr0; ring.
by rewrite eS ih exprS; field.
Qed.

End Sums.

Section MovingAverage.
Variables (R : realType) (F : family R) (mean : R) (g : nat -> R) (sizes : nat -> nat).
Hypothesis mean_ok : inside F mean.
Hypothesis sizes_gt0 : forall k, (0 < sizes k)%N.
Hypothesis gain : forall k, 0 <= g k <= 1.

Lemma moving_positive k : [&& (0 : R) <= 0, 0 <= 1 - g k, 0 <= g k & (0 : R) <= 0].
Proof. by have /andP[g0 g1] := gain k; rewrite lexx g0 subr_ge0 g1. Qed.

Lemma moving_total k : 0 + (1 - g k) + g k + 0 = 1.
Proof. by ring. Qed.

Definition moving_average : workflow R :=
  @Workflow R (fun=> 0) (fun k => 1 - g k) g (fun=> 0) moving_positive moving_total.

Local Notation V0 := (variance_function F mean).
Local Notation e := (error F mean moving_average sizes (fun=> 1%N)).

Definition noise k : R := (if k == 1%N then 1 else g k ^+ 2) / (sizes k)%:R.

Lemma moving_step t : e t.+1 = e t + noise t.+1 * (V0 + v2 F * e t).
Proof.
case: t => [|t]; first by rewrite error0 error1// /noise /= mulr0 addr0 add0r mulrC mul1r.
have n0 : (sizes t.+2)%:R != 0 :> R by rewrite pnatr_eq0 -lt0n.
rewrite errorS//= /noise /=; move: (V0 / 1) (V0 / (sizes 1)%:R) => u w.
by field.
Qed.

Theorem moving_variance t :
  E (fit F mean moving_average sizes (fun=> 1%N) t) (variance_function F) =
  V0 * \prod_(1 <= k < t.+1) (1 + v2 F * noise k).
Proof. by rewrite expected_variance// (drift_product _ moving_step) ?error0. Qed.

Theorem moving_error t :
  e t = V0 * \sum_(1 <= k < t.+1) (noise k * \prod_(1 <= j < (k - 1).+1) (1 + v2 F * noise j)).
Proof. by apply: (drift_sum _ moving_step); rewrite error0. Qed.

End MovingAverage.

Section Replace.
Variables (R : realType) (F : family R) (mean : R) (sizes : nat -> nat).
Hypothesis mean_ok : inside F mean.
Hypothesis sizes_gt0 : forall k, (0 < sizes k)%N.

Let all_of_it (k : nat) : R := 1.

Lemma whole k : 0 <= all_of_it k <= 1. Proof. by rewrite ler01 lexx. Qed.

Definition replace : workflow R := moving_average whole.

Lemma noise_replace k : noise all_of_it sizes k = 1 / (sizes k)%:R.
Proof. by rewrite /noise expr1n; case: ifP. Qed.

Theorem qvf_replace_scheduled_variance_correct t :
  E (fit F mean replace sizes (fun=> 1%N) t) (variance_function F) =
  qvf_replace_scheduled_variance mean (fun k => (sizes k)%:R) t (v0 F) (v1 F) (v2 F).
Proof.
rewrite moving_variance//; congr (_ * _); apply: eq_bigr => k _; by rewrite noise_replace.
Qed.

Theorem qvf_replace_scheduled_mean_error_correct t :
  error F mean replace sizes (fun=> 1%N) t =
  qvf_replace_scheduled_mean_error mean (fun k => (sizes k)%:R) t (v0 F) (v1 F) (v2 F).
Proof.
rewrite moving_error//; congr (_ * _); apply: eq_bigr => k _; rewrite noise_replace; congr (_ * _).
by apply: eq_bigr => j _; rewrite noise_replace.
Qed.

End Replace.

Section ReplaceConstant.
Variables (R : realType) (F : family R) (mean : R) (n : nat).
Hypothesis mean_ok : inside F mean.
Hypothesis n_gt0 : (0 < n)%N.

Theorem qvf_replace_variance_correct t :
  E (fit F mean (replace R) (fun=> n) (fun=> 1%N) t) (variance_function F) =
  qvf_replace_variance mean n%:R t (v0 F) (v1 F) (v2 F).
Proof.
rewrite qvf_replace_scheduled_variance_correct// /qvf_replace_scheduled_variance.
by rewrite big_const_nat subn1 /= iter_mulr_1 mul1r.
Qed.

End ReplaceConstant.

Section Accumulate.
Variables (R : realType) (F : family R) (mean : R) (sizes : nat -> nat).
Hypothesis mean_ok : inside F mean.
Hypothesis sizes_gt0 : forall k, (0 < sizes k)%N.

(* The number of observations in the pool of fit k. *)
Definition pool k : R := \sum_(1 <= j < k.+1) (sizes j)%:R.

Lemma pool_ge k : (0 < k)%N -> (sizes k)%:R <= pool k.
Proof.
case: k => // k _; rewrite /pool big_nat_recr//= lerDr sumr_ge0// => j _; exact: ler0n.
Qed.

Lemma pool_gt0 k : (0 < k)%N -> 0 < pool k.
Proof. by move=> k0; apply: lt_le_trans (pool_ge k0); rewrite ltr0n. Qed.

Lemma part_of_pool k : 0 <= (sizes k)%:R / pool k <= 1.
Proof.
case: k => [|k]; first by rewrite /pool big_geq// invr0 mulr0 lexx ler01.
have p0 : 0 < pool k.+1 by exact: pool_gt0.
by rewrite divr_ge0 ?ler0n ?(ltW p0)//= ler_pdivrMr// mul1r pool_ge.
Qed.

Definition accumulate : workflow R := moving_average part_of_pool.

Lemma noise_accumulate k : (0 < k)%N ->
  noise (fun k => (sizes k)%:R / pool k) sizes k = (sizes k)%:R / pool k ^+ 2.
Proof.
move=> k0; have n0 : (sizes k)%:R != 0 :> R by rewrite pnatr_eq0 -lt0n.
have p0 := lt0r_neq0 (pool_gt0 k0).
rewrite /noise; case: eqP => [->|_]; last by field; rewrite n0 p0.
rewrite /pool big_nat1; have : (sizes 1)%:R != 0 :> R by rewrite pnatr_eq0 -lt0n.
by move=> h; field.
Qed.

Theorem qvf_accumulate_scheduled_variance_correct t :
  E (fit F mean accumulate sizes (fun=> 1%N) t) (variance_function F) =
  qvf_accumulate_scheduled_variance mean (fun k => (sizes k)%:R) t (v0 F) (v1 F) (v2 F).
Proof.
rewrite moving_variance//; congr (_ * _); apply: eq_big_nat => k /andP[k0 _]; by rewrite noise_accumulate.
Qed.

Theorem qvf_accumulate_scheduled_mean_error_correct t :
  error F mean accumulate sizes (fun=> 1%N) t =
  qvf_accumulate_scheduled_mean_error mean (fun k => (sizes k)%:R) t (v0 F) (v1 F) (v2 F).
Proof.
rewrite moving_error//; congr (_ * _); apply: eq_big_nat => k /andP[k0 _]; rewrite noise_accumulate//.
by congr (_ * _); apply: eq_big_nat => j /andP[j0 _]; rewrite noise_accumulate.
Qed.

(* n_1 sum n_k / N_k^2 <= 2 - n_1 / N_t: the universal bound of accumulation. *)
Lemma accumulated_noise t :
  (sizes 1)%:R * (\sum_(1 <= k < t.+2) ((sizes k)%:R / pool k ^+ 2)) <= 2 - (sizes 1)%:R / pool t.+1.
Proof.
have s0 k : 0 < (sizes k)%:R :> R by rewrite ltr0n.
have p1 : pool 1 = (sizes 1)%:R by rewrite /pool big_nat1.
elim: t => [|t ih].
  have x0 := lt0r_neq0 (s0 1%N); rewrite big_nat1 p1 divff//.
  have -> : (sizes 1)%:R * ((sizes 1)%:R / (sizes 1)%:R ^+ 2) = 1 :> R by field.
  by lra.
rewrite sum_last mulrDr; apply: le_trans (lerD ih (lexx _)) _.
have pt : 0 < pool t.+1 by exact: pool_gt0.
have pS : pool t.+2 = pool t.+1 + (sizes t.+2)%:R by rewrite /pool big_nat_recr.
rewrite pS; move: pt (s0 1%N) (s0 t.+2); move: (pool _) (sizes 1)%:R (sizes t.+2)%:R => p a x p0 a0 x0.
have px : 0 < p + x by rewrite addr_gt0.
have p1' := lt0r_neq0 p0; have px' := lt0r_neq0 px.
rewrite -subr_ge0 (_ : _ - _ = a * x ^+ 2 / (p * (p + x) ^+ 2)); last by field; rewrite px' p1'.
by rewrite divr_ge0 ?mulr_ge0 ?exprn_ge0 ?(ltW px) ?(ltW p0) ?(ltW a0) ?(ltW x0).
Qed.

(* Whatever the schedule, accumulation at most doubles the risk of fit 1. *)
Theorem qvf_accumulate_scheduled_mean_error_bound_correct t : v2 F = 0 -> 0 <= variance_function F mean ->
  error F mean accumulate sizes (fun=> 1%N) t <=
  qvf_accumulate_scheduled_mean_error_bound mean (fun k => (sizes k)%:R) t (v0 F) (v1 F) (v2 F).
Proof.
move=> v20 V0; rewrite moving_error// /qvf_accumulate_scheduled_mean_error_bound mul0r addr0.
rewrite -/(variance_function F mean) [2 * _]mulrC -mulrA; apply: ler_wpM2l => //.
have s1 : 0 < (sizes 1)%:R :> R by rewrite ltr0n.
rewrite (eq_big_nat _ _ (F2 := fun k => (sizes k)%:R / pool k ^+ 2)) => [|k /andP[k0 _]]; last first.
  by rewrite noise_accumulate// big1 ?mulr1// => j _; rewrite v20 mul0r addr0.
rewrite ler_pdivlMr// mulrC; case: t => [|t]; first by rewrite big_geq// mulr0.
by apply: le_trans (accumulated_noise t) _; rewrite gerBl divr_ge0 ?ler0n// ltW// pool_gt0.
Qed.

End Accumulate.

Section AccumulateConstant.
Variables (R : realType) (F : family R) (mean : R) (n real : nat).
Hypothesis mean_ok : inside F mean.
Hypothesis n_gt0 : (0 < n)%N.
Hypothesis real_gt0 : (0 < real)%N.

Theorem qvf_accumulate_variance_correct t :
  E (fit F mean (accumulate R (sizes := fun=> n) (fun=> n_gt0)) (fun=> n) (fun=> 1%N) t) (variance_function F) =
  qvf_accumulate_variance mean n%:R t (v0 F) (v1 F) (v2 F).
Proof.
rewrite qvf_accumulate_scheduled_variance_correct//; congr (_ * _); apply: eq_big_nat => k /andP[k0 _].
have n0 : n%:R != 0 :> R by rewrite pnatr_eq0 -lt0n.
have k1 : k%:R != 0 :> R by rewrite pnatr_eq0 -lt0n.
rewrite sumr_const_nat subn1 /= -[n%:R *+ k]mulr_natr; by field; rewrite n0 k1.
Qed.

(* The sizes of a real data set and of the batches that follow. *)
Definition batches k := if k == 1%N then real else n.

Lemma batches_gt0 k : (0 < batches k)%N. Proof. by rewrite /batches; case: ifP. Qed.

Lemma pool_batches k : (0 < k)%N -> pool R batches k = real%:R + (k%:R - 1) * n%:R.
Proof.
case: k => // k _; elim: k => [|k ih]; first by rewrite /pool big_nat1 /batches /= subrr mul0r addr0.
by rewrite /pool big_nat_recr//= -/(pool R batches k.+1) ih /batches /= -!natr1; ring.
Qed.

Lemma noise_batches k : (1 < k)%N ->
  (batches k)%:R / pool R batches k ^+ 2 = n%:R / (real%:R + (k%:R - 1) * n%:R) ^+ 2.
Proof. by move=> k1; have k0 := ltnW k1; rewrite pool_batches// /batches gtn_eqF. Qed.

Lemma noise_first : (batches 1)%:R / pool R batches 1 ^+ 2 = 1 / real%:R.
Proof.
rewrite pool_batches// /batches /= subrr mul0r addr0.
have h : real%:R != 0 :> R by rewrite pnatr_eq0 -lt0n.
by field.
Qed.

Theorem qvf_accumulate_batches_variance_correct t :
  E (fit F mean (accumulate R batches_gt0) batches (fun=> 1%N) t) (variance_function F) =
  qvf_accumulate_batches_variance mean n%:R real%:R t (v0 F) (v1 F) (v2 F).
Proof.
rewrite qvf_accumulate_scheduled_variance_correct//.
rewrite /qvf_accumulate_scheduled_variance /qvf_accumulate_batches_variance -mulrA; congr (_ * _).
case: t => [|t]; first by rewrite !big_geq// mulr1.
rewrite big_nat_recl//= -/(pool R batches 1) noise_first; congr (_ * _).
  by rewrite mulrA mulr1.
rewrite [in RHS]big_add1 /=; apply: eq_big_nat => k /andP[k1 _]; by rewrite -/(pool R batches k) noise_batches.
Qed.

Theorem qvf_accumulate_batches_mean_error_correct t :
  error F mean (accumulate R batches_gt0) batches (fun=> 1%N) t =
  qvf_accumulate_batches_mean_error mean n%:R real%:R t (v0 F) (v1 F) (v2 F).
Proof.
rewrite qvf_accumulate_scheduled_mean_error_correct//.
rewrite /qvf_accumulate_scheduled_mean_error /qvf_accumulate_batches_mean_error; congr (_ * _).
case: t => [|t]; first by rewrite big_geq.
rewrite big_nat_recl//= -/(pool R batches 1) noise_first big_geq// mulr1; congr (_ + _).
rewrite mulr_sumr [in RHS]big_add1 /=; apply: eq_big_nat => k /andP[k1 _].
rewrite -/(pool R batches k) noise_batches// [RHS]mulrCA; congr (_ * _).
case: k k1 => [//|k] _; rewrite subn1 /= big_nat_recl//= -/(pool R batches 1) noise_first mulrA mulr1.
congr (_ * _); rewrite [in RHS]big_add1 /=; apply: eq_big_nat => j /andP[j1 _].
by rewrite -/(pool R batches j) noise_batches.
Qed.

End AccumulateConstant.

Section Anchor.
Variables (R : realType) (F : family R) (mean : R) (n real : nat).
Hypothesis mean_ok : inside F mean.
Hypothesis n_gt0 : (0 < n)%N.
Hypothesis real_gt0 : (0 < real)%N.

Let w : R := real%:R / (real%:R + n%:R).
Let n0 : 0 < n%:R :> R. Proof. by rewrite ltr0n. Qed.
Let N0 : 0 < real%:R :> R. Proof. by rewrite ltr0n. Qed.

Lemma anchor_positive (k : nat) : [&& 0 <= w, (0 : R) <= 0, 0 <= 1 - w & (0 : R) <= 0].
Proof.
have s0 : 0 < real%:R + n%:R :> R by rewrite addr_gt0.
rewrite lexx andbT /= subr_ge0 ler_pdivrMr// mul1r lerDl ler0n andbT.
by rewrite divr_ge0 ?ler0n// ltW.
Qed.

Lemma anchor_total (k : nat) : w + 0 + (1 - w) + 0 = 1. Proof. by ring. Qed.

Definition anchor : workflow R :=
  Workflow (on_real := fun=> w) (on_model := fun=> 0) (on_synthetic := fun=> 1 - w) (on_fresh := fun=> 0)
    anchor_positive anchor_total.

Theorem qvf_anchor_mean_error_correct t :
  real%:R ^+ 2 / n%:R + 2 * real%:R - v2 F != 0 ->
  error F mean anchor (batches n real) (fun=> 1%N) t =
  qvf_anchor_mean_error mean n%:R real%:R t (v0 F) (v1 F) (v2 F).
Proof.
move=> h; have sg := batches_gt0 n_gt0 real_gt0; rewrite /qvf_anchor_mean_error -/(variance_function F mean).
case: t => [|t]; first by rewrite error0.
have nn := lt0r_neq0 n0; have NN := lt0r_neq0 N0.
have ss : real%:R + n%:R != 0 :> R by rewrite lt0r_neq0// addr_gt0.
have cov k : covariance F mean anchor (batches n real) (fun=> 1%N) k = variance_function F mean / real%:R.
  elim: k => [|k ih]; first by rewrite covariance0.
  by rewrite covarianceS// ih /= /batches /=; ring.
rewrite /= subn1 /=; elim: t => [|t ih]; first by rewrite error1// /batches /= expr0; ring.
rewrite errorS// cov ih /= /batches /= /w [_ ^+ t.+1]exprS.
move: (_ ^+ t) h => x; set D := _ - v2 F => D0.
have -> : v2 F = real%:R ^+ 2 / n%:R + 2 * real%:R - D by rewrite /D; ring.
by clearbody D; field; rewrite nn NN ss D0.
Qed.

End Anchor.

Section Refresh.
Variables (R : realType) (F : family R) (mean w : R) (n real fresh : nat).
Hypothesis mean_ok : inside F mean.
Hypothesis n_gt0 : (0 < n)%N.
Hypothesis real_gt0 : (0 < real)%N.
Hypothesis fresh_gt0 : (0 < fresh)%N.
Hypothesis w01 : 0 <= w <= 1.

Lemma refresh_positive (k : nat) : [&& (0 : R) <= 0, (0 : R) <= 0, 0 <= 1 - w & 0 <= w].
Proof. by have /andP[w0 w1] := w01; rewrite lexx w0 subr_ge0 w1. Qed.

Lemma refresh_total (k : nat) : 0 + 0 + (1 - w) + w = 1. Proof. by ring. Qed.

Definition refresh : workflow R :=
  Workflow (on_real := fun=> 0) (on_model := fun=> 0) (on_synthetic := fun=> 1 - w) (on_fresh := fun=> w)
    refresh_positive refresh_total.

Theorem qvf_refresh_mean_error_correct t :
  1 - (1 - w) ^+ 2 * (1 + v2 F / n%:R) != 0 ->
  error F mean refresh (batches n real) (fun=> fresh) t =
  qvf_refresh_mean_error mean n%:R fresh%:R w real%:R t (v0 F) (v1 F) (v2 F).
Proof.
move=> r1; have sg := batches_gt0 n_gt0 real_gt0; rewrite /qvf_refresh_mean_error -/(variance_function F mean).
set V0 := variance_function F mean; have [->|t0] := posnP t; first by rewrite error0.
have nn : n%:R != 0 :> R by rewrite pnatr_eq0 -lt0n.
have mm : fresh%:R != 0 :> R by rewrite pnatr_eq0 -lt0n.
rewrite (settling (r := (1 - w) ^+ 2 * (1 + v2 F / n%:R))
   (b := V0 * (w ^+ 2 / fresh%:R + (1 - w) ^+ 2 / n%:R)))//.
  by rewrite error1// /batches /= -/V0; ring.
move=> k; rewrite errorS//= /batches /= -/V0; move: (V0 / real%:R) => u.
by field; rewrite nn mm.
Qed.

End Refresh.

Section AccumulateRefresh.
Variables (R : realType) (F : family R) (mean : R) (sizes arrivals : nat -> nat).
Hypothesis mean_ok : inside F mean.
Hypothesis sizes_gt0 : forall k, (0 < sizes k)%N.
Hypothesis curvature : -1 <= v2 F.

Local Notation V0 := (variance_function F mean).

(* What fit k adds to the pool, and the pool. Fit 1 is all real, so that arrivals count from fit 2. *)
Definition added k : R := (sizes k)%:R + (if (1 < k)%N then (arrivals k)%:R else 0).

Definition whole_pool k : R := \sum_(1 <= j < k.+1) added j.

Let arrived k : R := if (1 < k)%N then (arrivals k)%:R else 0.

Lemma added_gt0 k : 0 < added k.
Proof. by rewrite /added ltr_wpDr ?ltr0n//; case: ifP => _; rewrite ?ler0n. Qed.

Lemma whole_pool_last k : whole_pool k.+1 = whole_pool k + added k.+1.
Proof. by rewrite /whole_pool big_nat_recr. Qed.

Lemma whole_pool_ge0 k : 0 <= whole_pool k.
Proof. by apply: sumr_ge0 => j _; apply: ltW; exact: added_gt0. Qed.

Lemma whole_pool_gt0 k : 0 < whole_pool k.+1.
Proof. by rewrite whole_pool_last ltr_wpDl ?whole_pool_ge0 ?added_gt0. Qed.

Lemma parts_positive k :
  [&& (0 : R) <= 0, 0 <= 1 - (sizes k)%:R / whole_pool k - arrived k / whole_pool k,
      0 <= (sizes k)%:R / whole_pool k & 0 <= arrived k / whole_pool k].
Proof.
have a0 : 0 <= arrived k by rewrite /arrived; case: ifP.
rewrite lexx !divr_ge0 ?whole_pool_ge0 ?ler0n// !andbT /=.
case: k a0 => [|k] a0; first by rewrite /whole_pool big_geq// invr0 !mulr0 !subr0 ler01.
rewrite -addrA -opprD -mulrDl subr_ge0 ler_pdivrMr ?whole_pool_gt0// mul1r.
by rewrite whole_pool_last lerDr whole_pool_ge0.
Qed.

Lemma parts_total k :
  0 + (1 - (sizes k)%:R / whole_pool k - arrived k / whole_pool k) +
  (sizes k)%:R / whole_pool k + arrived k / whole_pool k = 1.
Proof. by ring. Qed.

Definition accumulate_refresh : workflow R :=
  Workflow (on_real := fun=> 0) parts_positive parts_total.

Definition kept k : R :=
  (1 - (arrivals k)%:R / whole_pool k) ^+ 2 + (sizes k)%:R * v2 F / whole_pool k ^+ 2.

Lemma kept_neq0 k : kept k.+2 != 0.
Proof.
apply: lt0r_neq0; rewrite /kept; have p0 := whole_pool_gt0 k.+1.
have s1 : 1 <= (sizes k.+2)%:R :> R by rewrite ler1n.
have p1 : (sizes k.+2)%:R + (arrivals k.+2)%:R < whole_pool k.+2.
  by rewrite whole_pool_last /added /= ltrDr whole_pool_gt0.
move: p0 s1 p1; move: (whole_pool _) (sizes _)%:R (arrivals _)%:R => p s a p0 s1 p1.
have -> : (1 - a / p) ^+ 2 + s * v2 F / p ^+ 2 = ((p - a) ^+ 2 + s * v2 F) / p ^+ 2.
  by field; exact: lt0r_neq0.
have sp : s < p - a by rewrite ltrBrDr.
have s2 : s * s < (p - a) ^+ 2 by rewrite expr2; apply: ltr_pM; lra.
have sv : - s <= s * v2 F by rewrite -mulrN1 ler_wpM2l//; lra.
have ss : s <= s * s by rewrite ler_peMr//; lra.
by rewrite divr_gt0 ?exprn_gt0//; lra.
Qed.

(* A step e' = r e + b with a factor r that changes from fit to fit. *)
Lemma linear_sum (e r b : nat -> R) c : e 1%N = c * b 1%N -> (forall k, r k.+2 != 0) ->
  (forall k, e k.+2 = r k.+2 * e k.+1 + c * b k.+2) ->
  forall t, e t.+1 = c * (\sum_(1 <= k < t.+2) (b k / (\prod_(2 <= j < k.+1) r j))) *
    (\prod_(2 <= k < t.+2) r k).
Proof.
move=> e1 r0 eS; elim=> [|t ih]; first by rewrite big_nat1 !big_geq// divr1 mulr1 e1.
have last : \prod_(2 <= i < t.+3) r i = (\prod_(2 <= i < t.+2) r i) * r t.+2 by rewrite big_nat_recr.
rewrite eS ih [in RHS]sum_last last.
have : \prod_(2 <= i < t.+2) r i != 0.
  rewrite prodf_seq_neq0; apply/allP => i; rewrite mem_index_iota.
  by case: i => [|[|i]] // _; rewrite r0.
by move: (\prod_(_ <= _ < _) _) (\sum_(_ <= _ < _) _) (r0 t) => p s r1 p1; field; rewrite p1 r1.
Qed.

Lemma accumulate_refresh_step k :
  error F mean accumulate_refresh sizes (fun k => maxn (arrivals k) 1) k.+2 =
  kept k.+2 * error F mean accumulate_refresh sizes (fun k => maxn (arrivals k) 1) k.+1 +
  V0 * (added k.+2 / whole_pool k.+2 ^+ 2).
Proof.
have f0 j : (0 < maxn (arrivals j) 1)%N by rewrite leq_max orbT.
have p0 := lt0r_neq0 (whole_pool_gt0 k.+1).
have s0 : (sizes k.+2)%:R != 0 :> R by rewrite pnatr_eq0 -lt0n.
rewrite errorS//= /kept /added /arrived /=; move: (V0 / (sizes 1)%:R) => u.
have [->|a0] := posnP (arrivals k.+2); first by rewrite max0n; field; rewrite p0 s0.
rewrite (maxn_idPl a0); have a1 : (arrivals k.+2)%:R != 0 :> R by rewrite pnatr_eq0 -lt0n.
by field; rewrite p0 s0 a1.
Qed.

Theorem qvf_accumulate_refresh_scheduled_mean_error_correct t :
  error F mean accumulate_refresh sizes (fun k => maxn (arrivals k) 1) t =
  qvf_accumulate_refresh_scheduled_mean_error mean (fun k => (sizes k)%:R) (fun k => (arrivals k)%:R)
    t (v0 F) (v1 F) (v2 F).
Proof.
have f0 j : (0 < maxn (arrivals j) 1)%N by rewrite leq_max orbT.
case: t => [|t]; first by rewrite error0 /qvf_accumulate_refresh_scheduled_mean_error big_geq// mulr0 mul0r.
apply: (linear_sum (e := error F mean accumulate_refresh sizes (fun k => maxn (arrivals k) 1))
   (r := kept) (b := fun k => added k / whole_pool k ^+ 2)).
- rewrite error1// /whole_pool big_nat1 /added /= addr0.
  have h : (sizes 1)%:R != 0 :> R by rewrite pnatr_eq0 -lt0n.
  by rewrite /variance_function; field.
- exact: kept_neq0.
exact: accumulate_refresh_step.
Qed.

End AccumulateRefresh.

Section AccumulateRefreshConstant.
Variables (R : realType) (F : family R) (mean : R) (n real fresh : nat).
Hypothesis mean_ok : inside F mean.
Hypothesis n_gt0 : (0 < n)%N.
Hypothesis real_gt0 : (0 < real)%N.
Hypothesis curvature : -1 <= v2 F.

Lemma whole_pool_constant k :
  whole_pool R (batches n real) (fun=> fresh) k.+1 = real%:R + ((k.+1)%:R - 1) * (n%:R + fresh%:R).
Proof.
elim: k => [|k ih]; first by rewrite /whole_pool big_nat1 /added /batches /= subrr mul0r.
by rewrite whole_pool_last ih /added /batches /= -!natr1; ring.
Qed.

Theorem qvf_accumulate_refresh_mean_error_correct t :
  error F mean (accumulate_refresh R (fun=> fresh) (batches_gt0 n_gt0 real_gt0)) (batches n real)
    (fun=> maxn fresh 1) t =
  qvf_accumulate_refresh_mean_error mean n%:R fresh%:R real%:R t (v0 F) (v1 F) (v2 F).
Proof.
rewrite qvf_accumulate_refresh_scheduled_mean_error_correct//.
rewrite /qvf_accumulate_refresh_scheduled_mean_error /qvf_accumulate_refresh_mean_error.
case: t => [|t]; first by rewrite big_geq// mulr0 mul0r.
have same k : (1 < k)%N ->
    (1 - fresh%:R / whole_pool R (batches n real) (fun=> fresh) k) ^+ 2 +
    (batches n real k)%:R * v2 F / whole_pool R (batches n real) (fun=> fresh) k ^+ 2 =
    (1 - fresh%:R / (real%:R + (k%:R - 1) * (n%:R + fresh%:R))) ^+ 2 +
    n%:R * v2 F / (real%:R + (k%:R - 1) * (n%:R + fresh%:R)) ^+ 2.
  by case: k => [|[|k]] // _; rewrite whole_pool_constant /batches.
congr (_ * _ * _).
  rewrite big_ltn//; congr (_ + _).
    rewrite [X in _ / X = _]big_geq// divr1.
    rewrite -/(whole_pool R (batches n real) (fun=> fresh) 1) whole_pool_constant /batches /=.
    have h : real%:R != 0 :> R by rewrite pnatr_eq0 -lt0n.
    by field.
  apply: eq_big_nat => -[|[|k]] // _; rewrite -/(whole_pool R (batches n real) (fun=> fresh) k.+2).
  rewrite whole_pool_constant /batches /=; congr (_ / _).
  by apply: eq_big_nat => j /andP[j1 _]; rewrite -same.
by apply: eq_big_nat => j /andP[j1 _]; rewrite -same.
Qed.

End AccumulateRefreshConstant.

Section AllReal.
Variables (R : realType) (F : family R) (mean : R) (real fresh : nat).
Hypothesis mean_ok : inside F mean.
Hypothesis real_gt0 : (0 < real)%N.
Hypothesis fresh_gt0 : (0 < fresh)%N.

Let share k : R := fresh%:R / (real%:R + fresh%:R * k%:R).

Lemma all_real_positive k : [&& (0 : R) <= 0, 0 <= 1 - share k.+1, (0 : R) <= 0 & 0 <= share k.+1].
Proof.
have p : 0 < real%:R + fresh%:R * k.+1%:R :> R by rewrite ltr_wpDr ?ltr0n// mulr_ge0 ?ler0n.
rewrite lexx /= subr_ge0 /share ler_pdivrMr// mul1r divr_ge0 ?ler0n ?(ltW p)// andbT.
by rewrite -[leLHS]mulr1 -natr1 mulrDr addrA lerDr addr_ge0 ?mulr_ge0 ?ler0n.
Qed.

Lemma all_real_total k : 0 + (1 - share k.+1) + 0 + share k.+1 = 1. Proof. by ring. Qed.

Definition all_real : workflow R :=
  Workflow (on_real := fun=> 0) (on_model := fun k => 1 - share k.-2.+1) (on_synthetic := fun=> 0)
    (on_fresh := fun k => share k.-2.+1) (fun k => all_real_positive k.-2) (fun k => all_real_total k.-2).

Theorem qvf_accumulate_refresh_provenance_mean_error_correct t :
  error F mean all_real (fun=> real) (fun=> fresh) t =
  qvf_accumulate_refresh_provenance_mean_error mean fresh%:R real%:R t (v0 F) (v1 F) (v2 F).
Proof.
rewrite /qvf_accumulate_refresh_provenance_mean_error -/(variance_function F mean).
case: t => [|t]; first by rewrite error0.
have mm : fresh%:R != 0 :> R by rewrite pnatr_eq0 -lt0n.
have NN : real%:R != 0 :> R by rewrite pnatr_eq0 -lt0n.
have pp k : real%:R + fresh%:R * k%:R != 0 :> R.
  by rewrite lt0r_neq0// ltr_wpDr ?ltr0n// mulr_ge0 ?ler0n.
rewrite ltn0Sn (maxn_idPl (ltn0Sn t)) -natr1 addrK; elim: t => [|t ih]; first by rewrite error1// mulr0 addr0.
rewrite errorS// ih /= /share -natr1; have := pp t; have := pp t.+1; rewrite -natr1.
move: (_ / real%:R) (_ + v2 F * _) => u w p1 p2.
by field; rewrite NN mm p2 p1.
Qed.

End AllReal.
