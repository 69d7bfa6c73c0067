(* Loops with infinite data: each closed form against the loop itself, iterated or at rest.

   iter t f x     f applied t times to x
   posterior s a b   the share of the first kind, of prior share s, among what passes when it passes with chance a
                  and the other kind with chance b
   distance p q   the total variation distance of two vectors of weights

   Assumes: rates and shares strictly between their ends, as each theorem says.
   Leaves out: that the loop has no other point of rest, where a theorem speaks of rest.
*)
From mathcomp Require Import all_ssreflect ssralg ssrnum ring lra reals.
From Collapse Require Import Formulas Probability Replacement.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Contraction.
Variable R : realType.
Implicit Types (truth start ratio correction : R) (t : nat).

(* The mean that maximizes the likelihood of real data and `ratio` times as many synthetic data of mean x. *)
Definition refitted truth ratio x : R := (truth + ratio * x) / (1 + ratio).

Theorem population_refresh_distance_correct t truth start ratio : 0 <= ratio ->
  iter t (refitted truth ratio) (truth + start) - truth = population_refresh_distance t start ratio.
Proof.
move=> r0; have h : 1 + ratio != 0 by rewrite lt0r_neq0//; lra.
rewrite /population_refresh_distance; elim: t => [|t ih]; first by rewrite /= expr0; ring.
rewrite iterS exprSr mulrA -ih /refitted; by field.
Qed.

(* Synthetic data corrected toward the truth by `correction`. *)
Definition corrected truth ratio correction x : R :=
  refitted truth ratio ((x + correction * truth) / (1 + correction)).

Theorem population_corrected_distance_correct t truth start ratio correction : 0 <= ratio -> 0 <= correction ->
  iter t (corrected truth ratio correction) (truth + start) - truth =
  population_corrected_distance t start ratio correction.
Proof.
move=> r0 c0; have h : 1 + ratio != 0 by rewrite lt0r_neq0//; lra.
have g : 1 + correction != 0 by rewrite lt0r_neq0//; lra.
rewrite /population_corrected_distance; elim: t => [|t ih]; first by rewrite /= expr0; ring.
rewrite iterS exprSr mulrA -ih /corrected /refitted; by field; rewrite h g.
Qed.

(* Where an affine learner of slope `slope`, off by `gap` at the truth, comes to rest. *)
Theorem affine_refresh_distance_correct truth synthetic slope gap x :
  0 <= synthetic < 1 -> 0 <= slope < 1 -> 0 <= gap ->
  x = (1 - synthetic) * truth + synthetic * (truth + gap + slope * (x - truth)) ->
  `|x - truth| = affine_refresh_distance synthetic slope gap.
Proof.
move=> /andP[s0 s1] /andP[k0 k1] g0 rest; rewrite /affine_refresh_distance.
have c0 : 0 < 1 - synthetic * slope by nra.
have -> : x - truth = synthetic * gap / (1 - synthetic * slope).
  apply: (mulIf (lt0r_neq0 c0)); rewrite divfK ?lt0r_neq0//.
  by rewrite mulrBr mulr1 {1}rest; ring.
by rewrite ger0_norm// divr_ge0 ?mulr_ge0// ltW.
Qed.

Theorem label_chain_false_positive_rate_correct t (up down : R) : up + down != 0 ->
  iter t (fun rate => rate * (1 - down) + (1 - rate) * up) 0 = label_chain_false_positive_rate t up down.
Proof.
move=> h; rewrite /label_chain_false_positive_rate; elim: t => [|t ih]; first by rewrite expr0 subrr mulr0.
by rewrite iterS ih exprS; field.
Qed.

Theorem tempered_loop_exponent_correct t (temperature exponent : R) :
  iter t (fun x => x / temperature) exponent = tempered_loop_exponent t temperature exponent.
Proof.
rewrite /tempered_loop_exponent; elim: t => [|t ih]; first by rewrite expr0 divr1.
by rewrite iterS ih exprS invfM /=; ring.
Qed.

(* Squared bias and variance of a loop that adds a bias at every fit, at rest. *)
Theorem detector_refresh_limit_risk_correct (bias residual kept drift spread : R) :
  0 <= residual < 1 -> 0 < kept ->
  drift = residual * drift + bias ->
  spread = residual ^+ 2 * spread + 1 / (kept / (1 - residual)) ->
  drift ^+ 2 + spread = detector_refresh_limit_risk bias residual kept.
Proof.
move=> /andP[r0 r1] k0 rest1 rest2; rewrite /detector_refresh_limit_risk.
have a : 1 - residual != 0 by rewrite lt0r_neq0// subr_gt0.
have b : 1 + residual != 0 by rewrite lt0r_neq0//; lra.
have k := lt0r_neq0 k0.
have -> : drift = bias / (1 - residual).
  by apply: (mulIf a); rewrite divfK// mulrBr mulr1 {1}rest1; ring.
congr (_ + _); have c : 1 - residual ^+ 2 != 0.
  by rewrite (_ : 1 - residual ^+ 2 = (1 - residual) * (1 + residual)) ?mulf_neq0//; ring.
apply: (mulIf c); rewrite mulrBr mulr1 {1}rest2.
by rewrite [residual ^+ 2 * _]mulrC addrC addKr; field; rewrite a k b.
Qed.

Theorem averaged_regression_mixture_best_risk_correct (real synthetic d noise distance w : R) :
  let alone := noise * d / (real - d - 1) in let biased := noise * d / (synthetic - d - 1) + distance in
  0 < alone -> 0 < biased ->
  averaged_regression_mixture_best_risk real synthetic d noise distance <= (1 - w) ^+ 2 * alone + w ^+ 2 * biased.
Proof.
move=> a b a0 b0; rewrite /averaged_regression_mixture_best_risk -/a -/b.
have ab : a + b != 0 by rewrite lt0r_neq0// addr_gt0.
rewrite -subr_ge0 (_ : _ - _ = (w * (a + b) - a) ^+ 2 / (a + b)).
  by rewrite divr_ge0 ?sqr_ge0// ltW// addr_gt0.
by clearbody a b; field.
Qed.

(* The noise of batches that grow by a constant factor, in units of the first batch. *)
Theorem regression_accumulate_growing_inflation_correct (growth : R) t : 1 < growth ->
  \sum_(1 <= i < t.+1) (growth ^+ (i - 1) / (\sum_(0 <= j < i) growth ^+ j) ^+ 2) =
  regression_accumulate_growing_inflation growth t.
Proof.
move=> g1; apply: eq_big_nat => i /andP[i0 _].
have g0 : growth - 1 != 0 by rewrite lt0r_neq0// subr_gt0.
have gi : growth ^+ i - 1 != 0 by rewrite subrX1 mulf_neq0// -(big_mkord xpredT (fun j => growth ^+ j)) gt_eqF// (big_ltn i0) expr0 ltr_wpDr ?ltr01// sumr_ge0// => j _; rewrite exprn_ge0// ltW// (lt_trans ltr01).
have -> : \sum_(0 <= j < i) growth ^+ j = (growth ^+ i - 1) / (growth - 1).
  by rewrite subrX1 big_mkord mulrC mulKf.
by field; rewrite g0 gi.
Qed.

End Contraction.

Section Filters.
Variable R : realType.
Implicit Types (share a b : R) (t : nat).

Definition posterior share a b : R := share * a / (share * a + (1 - share) * b).

Lemma posterior_gt0 share a b : 0 < share < 1 -> 0 < a -> 0 < b -> 0 < share * a + (1 - share) * b.
Proof. by move=> /andP[s0 s1] a0 b0; rewrite addr_gt0 ?mulr_gt0 ?subr_gt0. Qed.

(* A filter multiplies the odds by the ratio of the two chances. *)
Lemma posterior_odds share a b : 0 < share < 1 -> 0 < a -> 0 < b ->
  (1 - posterior share a b) / posterior share a b = (1 - share) / share * (b / a).
Proof.
move=> s ab0 b0; have den := lt0r_neq0 (posterior_gt0 s ab0 b0); case/andP: s => s0 s1.
rewrite /posterior; have a0 := lt0r_neq0 ab0; have sh := lt0r_neq0 s0.
by field; rewrite a0 sh den.
Qed.

Lemma posterior_inside share a b : 0 < share < 1 -> 0 < a -> 0 < b -> 0 < posterior share a b < 1.
Proof.
move=> s a0 b0; have den := posterior_gt0 s a0 b0; case/andP: s => s0 s1.
rewrite /posterior divr_gt0 ?mulr_gt0//= ltr_pdivrMr// mul1r ltrDl mulr_gt0//.
by rewrite subr_gt0.
Qed.

(* A filter that keeps one group `retention` times as often moves its log-odds linearly. *)
Theorem retention_replace_share_correct t share retention : 0 < share < 1 -> 0 < retention ->
  iter t (fun s => posterior s retention 1) share = retention_replace_share t share retention.
Proof.
move=> s0 r0; set it := iter t _ share.
have [inside odds] : 0 < it < 1 /\ (1 - it) / it = (1 - share) / share * retention ^- t.
  rewrite /it; elim: t {it} => [|t [i0 ih]]; first by rewrite /= expr0 invr1 mulr1.
  rewrite iterS; split; first exact: posterior_inside.
  by rewrite posterior_odds// ih exprSr invfM; ring.
rewrite /retention_replace_share -odds; case/andP: inside => i0 _.
by rewrite mulrBl mul1r divff ?(lt0r_neq0 i0)// addrC subrK div1r invrK.
Qed.

(* Verification multiplies the odds of an error by the ratio of the two chances of being accepted. *)
Theorem categorical_replace_verified_error_correct t error right wrong :
  0 < error < 1 -> 0 < right -> 0 < wrong -> (0 < t)%N ->
  iter t.-1 (fun e => posterior e wrong right) error = categorical_replace_verified_error error right wrong t.
Proof.
move=> e0 r0 w0; case: t => // t _; rewrite /categorical_replace_verified_error subn1 /=.
set it := iter t _ error.
have [inside odds] : 0 < it < 1 /\ (1 - it) / it = (1 - error) / error * (right / wrong) ^+ t.
  rewrite /it; elim: t {it} => [|t [i0 ih]]; first by rewrite /= expr0 mulr1.
  rewrite iterS; split; first exact: posterior_inside.
  by rewrite posterior_odds// ih exprSr !mulrA.
case/andP: inside => i0 i1; case/andP: e0 => e0 e1.
have : error / (1 - error) * (wrong / right) ^+ t = it / (1 - it).
  apply: invr_inj; rewrite invfM -exprVn !invf_div -odds.
  by rewrite mulrC.
move=> ->; have h : 1 - it != 0 by rewrite lt0r_neq0// subr_gt0.
have -> : 1 + it / (1 - it) = (1 - it)^-1 by field.
by rewrite invrK divfK.
Qed.

(* One round leaves a right majority exactly below the threshold. *)
Theorem verification_threshold_correct error right wrong : 0 < error < 1 -> 0 < right -> 0 < wrong ->
  (posterior error wrong right < 1 / 2) = (error < verification_threshold right wrong).
Proof.
move=> e0 r0 w0; have den := posterior_gt0 e0 w0 r0; rewrite /posterior /verification_threshold.
have s0 : 0 < 1 + wrong / right by rewrite addr_gt0// divr_gt0.
rewrite ltr_pdivrMr// ltr_pdivlMr//; apply/idP/idP => h.
  rewrite -(ltr_pM2r r0) mul1r (_ : _ * _ * right = error * right + error * wrong); last by field; exact: lt0r_neq0.
  by move: h; lra.
have : error * (1 + wrong / right) * right < 1 * right by rewrite ltr_pM2r.
by rewrite mul1r (_ : _ * _ * right = error * right + error * wrong); [lra|field; exact: lt0r_neq0].
Qed.

(* With errors of generation the trained error is at rest where the law says. *)
Theorem categorical_replace_verified_limit_correct right wrong fresh_error :
  0 < wrong < right -> 0 <= fresh_error < 1 -> wrong / right < 1 - fresh_error ->
  let error := categorical_replace_verified_limit right wrong fresh_error in
  posterior (fresh_error + (1 - fresh_error) * error) wrong right = error.
Proof.
move=> /andP[w0 wr] /andP[f0 f1] small; rewrite /= /categorical_replace_verified_limit small wr /posterior.
have r0 : 0 < right by apply: lt_trans wr.
have a : right - wrong != 0 by rewrite subr_eq0 gt_eqF.
have b : 1 - fresh_error != 0 by rewrite subr_eq0 gt_eqF.
have c : right * (1 - fresh_error) - wrong != 0.
  by move: small; rewrite ltr_pdivrMr// => h; rewrite subr_eq0 gt_eqF// mulrC.
set e := fresh_error * wrong / _; set g := fresh_error + _.
have gE : g = fresh_error * right / (right - wrong) by rewrite /g /e; field; rewrite b a.
have den : g * wrong + (1 - g) * right = right * (1 - fresh_error).
  by rewrite gE; field.
by rewrite den gE /e; field; rewrite a b lt0r_neq0.
Qed.

(* Reparation to annotated parity is at rest where the annotator sees parity. *)
Theorem reparation_annotated_share_correct miss false_alarm :
  0 <= miss -> 0 <= false_alarm -> miss < 1 / 2 -> false_alarm < 1 / 2 ->
  let share := reparation_annotated_share miss false_alarm in
  1 / 2 * (posterior share miss (1 - false_alarm) + posterior share (1 - miss) false_alarm) = share.
Proof.
move=> m0 f0 m1 f1; rewrite /= /reparation_annotated_share /posterior; set d := 1 - miss - false_alarm.
have d0 : d != 0 by rewrite /d lt0r_neq0//; lra.
set s := (1 / 2 - false_alarm) / d.
have h1 : s * miss + (1 - s) * (1 - false_alarm) = 1 / 2 by rewrite /s /d; field.
have h2 : s * (1 - miss) + (1 - s) * false_alarm = 1 / 2 by rewrite /s /d; field.
by rewrite h1 h2; field.
Qed.

(* What a detector that abstains and never errs is worth: the marks are real, synthetic and none. *)
Theorem erasure_sample_size_correct (n real_share erasure : R) : 0 < real_share < 1 -> 0 <= erasure < 1 ->
  let worth (chance_real chance : R) := chance * (real_share * chance_real / chance) ^+ 2 in
  n * (worth (1 - erasure) (real_share * (1 - erasure)) + worth 0 ((1 - real_share) * (1 - erasure)) +
       worth erasure (real_share * erasure + (1 - real_share) * erasure)) =
  erasure_sample_size n real_share erasure.
Proof.
move=> /andP[s0 s1] /andP[e0 e1] /=; rewrite /erasure_sample_size.
have a : real_share != 0 by rewrite lt0r_neq0.
have b : 1 - erasure != 0 by rewrite subr_eq0 gt_eqF.
rewrite (_ : real_share * erasure + (1 - real_share) * erasure = erasure); last by ring.
have c : 1 - real_share != 0 by rewrite subr_eq0 gt_eqF.
have [->|en] := eqVneq erasure 0; first by rewrite !mul0r !subr0; field; rewrite a c.
by field; rewrite a en b c.
Qed.

(* Real data of share `real_share` stop the drift of a filter where the law says. *)
Theorem retention_refresh_share_correct share retention real_share :
  0 < share < 1 -> 0 < retention -> 0 < real_share <= 1 ->
  let rest := retention_refresh_share share retention real_share in
  real_share * share + (1 - real_share) * posterior rest retention 1 = rest.
Proof.
move=> /andP[s0 s1] r0 /andP[b0 b1]; rewrite /= /retention_refresh_share.
set c := real_share * share; set w := retention.
set b := 1 - c * (w - 1) - (1 - real_share) * w.
have c0 : 0 < c by rewrite mulr_gt0.
have cb : c < real_share by rewrite /c gtr_pMr.
have real1 : 0 <= 1 - real_share by rewrite subr_ge0.
have D0 : 0 <= b * b + 4 * (w - 1) * c.
  have [w1|w1] := leP 1 w; first by rewrite -expr2 addr_ge0 ?sqr_ge0// mulr_ge0 ?(ltW c0)// mulr_ge0// subr_ge0.
  have -> : b * b + 4 * (w - 1) * c = (2 * (w - 1) + b) ^+ 2 + 4 * (1 - w) * w * (real_share - c) by rewrite /b; ring.
  by rewrite addr_ge0 ?sqr_ge0// !mulr_ge0 ?(ltW r0)// subr_ge0 ltW.
have root : Num.sqrt (b * b + 4 * (w - 1) * c) ^+ 2 = b * b + 4 * (w - 1) * c by rewrite sqr_sqrtr.
have s_ge0 := sqrtr_ge0 (b * b + 4 * (w - 1) * c); move: (Num.sqrt _) root s_ge0 => s root s_ge0.
have small_b : w <= 1 -> 2 * c * (1 - w) < b.
  move=> w1; rewrite -subr_gt0 (_ : b - _ = (1 - real_share) * (1 - w) + real_share * w + (real_share - c) * (1 - w)).
    have bw : 0 < real_share * w by exact: mulr_gt0.
    have t1 : 0 <= (1 - real_share) * (1 - w) by rewrite mulr_ge0// subr_ge0.
    have t2 : 0 <= (real_share - c) * (1 - w) by rewrite mulr_ge0 ?subr_ge0// ltW.
    by move: bw t1 t2; lra.
  by rewrite /b; ring.
have bs : 0 < b + s.
  have [w1|w1] := leP w 1.
    have t3 : 0 <= 2 * c * (1 - w) by rewrite mulr_ge0 ?subr_ge0// mulr_ge0// ltW.
    by apply: ltr_wpDr => //; apply: le_lt_trans t3 (small_b w1).
  have w2 : 0 < w - 1 by rewrite subr_gt0.
  have more : b ^+ 2 < s ^+ 2 by rewrite root -expr2 ltrDl; apply: mulr_gt0 => //; exact: mulr_gt0.
  by move: more s_ge0; nra.
have bs0 := lt0r_neq0 bs; set r := 2 * c / (b + s).
have r0' : 0 < r by rewrite divr_gt0// mulr_gt0.
have quadratic : (w - 1) * r ^+ 2 + b * r = c.
  have -> : (w - 1) * r ^+ 2 + b * r = c + c * (b * b + 4 * (w - 1) * c - s ^+ 2) / (b + s) ^+ 2.
    by rewrite /r; field.
  by rewrite root subrr mulr0 mul0r addr0.
have den : r * w + (1 - r) * 1 != 0.
  rewrite lt0r_neq0//; have [w1|w1] := leP 1 w; first by have := mulr_ge0 (ltW r0') (_ : 0 <= w - 1); rewrite subr_ge0 => /(_ w1); lra.
  have : r * (1 - w) < 1.
    rewrite /r mulrAC ltr_pdivrMr// mul1r; apply: (lt_le_trans (small_b (ltW w1))).
    by rewrite lerDl.
  by lra.
have passed : posterior r w 1 * (r * w + (1 - r) * 1) = r * w by rewrite divfK.
clearbody r; apply: (mulIf den); rewrite mulrDl -[_ * posterior _ _ _ * _]mulrA passed.
apply/eqP; rewrite -subr_eq0 (_ : _ - _ = c - ((w - 1) * r ^+ 2 + b * r)); first by rewrite quadratic subrr.
by rewrite /b; ring.
Qed.

End Filters.
