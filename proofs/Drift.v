(* Negative drift of the log-variance, and loops that contract up to an error.

   E_ln nu        the expected logarithm under nu
   distance p q   the total variation distance of two vectors of weights

   Assumes: a learner that contracts; errors of at most the stated size each round.
   Leaves out: that a point of rest exists.
*)
From mathcomp Require Import all_ssreflect ssralg ssrnum ring lra.
From mathcomp Require Import reals sequences exp.
From Collapse Require Import Formulas Probability.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Jensen.
Variable R : realType.
Implicit Types (nu : law R R) (r : R).

Lemma ln_tangent r : 0 < r -> ln r <= r - 1.
Proof.
move=> r0; have := expR_ge1Dx (ln r); rewrite lnK ?posrE// => h.
by rewrite lerBrDl.
Qed.

Lemma ln_tangent_strict r : 0 < r -> r != 1 -> ln r < r - 1.
Proof.
move=> r0 r1; rewrite lt_neqAle ln_tangent// andbT; apply: contra r1 => /eqP e.
have s0 : 0 < Num.sqrt r by rewrite sqrtr_gt0.
have rs : r = Num.sqrt r ^+ 2 by rewrite sqr_sqrtr// ltW.
have half : ln r = 2 * ln (Num.sqrt r) by rewrite {1}rs expr2 lnM ?posrE//; ring.
have := ln_tangent s0; move: half; rewrite e {1}rs; move: (Num.sqrt r) rs s0 (ln _) => s rs s0 l half lt.
have : (s - 1) ^+ 2 <= 0 by rewrite sqrrB1; lra.
rewrite real_exprn_even_le0 ?num_real//= subr_eq0 => /eqP s1.
by rewrite rs s1 expr1n.
Qed.

(* Jensen's inequality for the logarithm, strict unless the variable is 1 for sure. *)
Theorem log_drift_negative nu : surely nu (fun r => 0 < r) -> E nu id <= 1 ->
  0 < Pr nu (fun r => r != 1) -> E nu (@ln R) < 0.
Proof.
move=> pos mean one.
have slack : 0 < E nu (fun r => r - 1 - ln r).
  rewrite lt_neqAle (E_surely_ge0 pos) ?andbT => [|r r0]; last by rewrite subr_ge0 ln_tangent.
  apply: contraTneq one => /esym zero; rewrite -leNgt; move: zero.
  rewrite /Pr /E => zero; have ge := weights_ge0 nu; move: pos zero ge; rewrite /surely.
  elim: (atoms nu) => [|x s ih] pos; first by rewrite !big_nil.
  rewrite !big_cons /= => zero /andP[x0 s0].
  have xp : 0 < x.2 by apply: pos; left.
  have pos' y : List.In y s -> 0 < y.2 by move=> ys; apply: pos; right.
  have t1 : 0 <= x.1 * (x.2 - 1 - ln x.2) by rewrite mulr_ge0// subr_ge0 ln_tangent.
  have t2 : 0 <= \sum_(y <- s) y.1 * (y.2 - 1 - ln y.2).
    elim: s s0 pos' {ih pos zero} => [|y s ih] /=; first by rewrite big_nil.
    move=> /andP[y0 s0] pos'; rewrite big_cons addr_ge0 ?ih// => [|z zs]; last by apply: pos'; right.
    by rewrite mulr_ge0// subr_ge0 ln_tangent//; apply: pos'; left.
  have [z1 z2] : x.1 * (x.2 - 1 - ln x.2) = 0 /\ \sum_(y <- s) y.1 * (y.2 - 1 - ln y.2) = 0.
    by move/eqP: zero; rewrite paddr_eq0// => /andP[/eqP -> /eqP ->].
  have le2 := ih pos' z2 s0; suff le1 : x.1 * (x.2 != 1)%:R <= 0 by rewrite -[leRHS]addr0 lerD.
  have [|x1] /= := boolP (x.2 == 1); first by rewrite mulr0.
  move/eqP: z1; rewrite mulf_eq0 subr_eq0 => /orP[/eqP ->|/eqP e]; first by rewrite mul0r.
  by have := ln_tangent_strict xp x1; rewrite e ltxx.
have := slack; rewrite E_sub E_sub E_const -/(E nu id) => h.
by move: mean h; rewrite -/(E nu (@ln R)) [E nu (fun x => x)]/(E nu id); lra.
Qed.

(* A variance that is multiplied by independent ratios: its logarithm walks downward at a constant rate. *)
Theorem log_variance_walks_down nu (variance : R) t : 0 < variance ->
  surely nu (fun r => 0 < r) ->
  E (iid t nu) (fun s => ln (variance * \prod_(r <- s) r)) = ln variance + t%:R * E nu (@ln R).
Proof.
move=> v0 pos; rewrite -E_total -[X in X + _](E_const (iid t nu)) -E_add.
apply: (E_surely (surely_iid t pos)) => s; rewrite /total.
have prod_gt0 : forall u : seq R, (forall r, List.In r u -> 0 < r) -> 0 < \prod_(r <- u) r.
  elim=> [|r u ih] h; first by rewrite big_nil.
  by rewrite big_cons mulr_gt0 ?ih// => [|q qu]; apply: h; [left|right].
elim: s => [|r s ih] h; first by rewrite !big_nil mulr1 addr0.
have r0 : 0 < r by apply: h; left.
have hs q : List.In q s -> 0 < q by move=> qs; apply: h; right.
rewrite !big_cons mulrCA lnM ?posrE ?mulr_gt0 ?prod_gt0// ih//; ring.
Qed.

End Jensen.

Section TotalVariation.
Variables (R : realType) (I : finType).
Implicit Types (p q r : I -> R).

Definition distance p q : R := (\sum_i `|p i - q i|) / 2.

Lemma distance_ge0 p q : 0 <= distance p q.
Proof. by rewrite divr_ge0// sumr_ge0. Qed.

Lemma distance_triangle p q r : distance p r <= distance p q + distance q r.
Proof.
rewrite -mulrDl ler_wpM2r ?invr_ge0// -big_split ler_sum// => i _.
by rewrite (le_trans _ (ler_normD _ _))// addrA subrK.
Qed.

Lemma distance_mix (a : R) p q r : 0 <= a ->
  distance (fun i => (1 - a) * p i + a * q i) (fun i => (1 - a) * p i + a * r i) = a * distance q r.
Proof.
move=> a0; rewrite /distance mulrA mulr_sumr; congr (_ / _); apply: eq_bigr => i _.
by rewrite -[in RHS](ger0_norm a0) -normrM; congr `|_|; ring.
Qed.

(* A learner of slope `slope` settles within s / (1 - s slope) times its own error at the truth. *)
Theorem markov_refresh_distance_correct (learn : (I -> R) -> I -> R) truth settled (synthetic slope : R) :
  0 <= synthetic < 1 -> 0 <= slope < 1 ->
  distance (learn settled) (learn truth) <= slope * distance settled truth ->
  (forall i, settled i = (1 - synthetic) * truth i + synthetic * learn settled i) ->
  distance settled truth <= markov_refresh_distance synthetic slope * distance (learn truth) truth.
Proof.
move=> /andP[s0 s1] /andP[k0 k1] contracts rest; rewrite /markov_refresh_distance.
have c0 : 0 < 1 - synthetic * slope by nra.
have same : distance settled truth = synthetic * distance (learn settled) truth.
  rewrite -(distance_mix truth _ _ s0) /distance; congr (_ / _); apply: eq_bigr => i _.
  by congr `|_|; rewrite rest; ring.
rewrite mulrAC ler_pdivlMr// mulrBr mulr1 lerBlDr {1}same.
have := distance_triangle (learn settled) (learn truth) truth.
have := distance_ge0 settled truth; have := distance_ge0 (learn truth) truth.
move: contracts; move: (distance _ _) (distance settled truth) (distance (learn truth) truth) (distance (learn settled) truth) => x y z u.
by move=> h z0 y0 t; nra.
Qed.

(* Errors of total variation `error` a round add up to a geometric sum. *)
Theorem disturbed_refresh_total_variation_correct truth (x : nat -> I -> R) (synthetic error : R) t :
  0 <= synthetic < 1 -> 0 <= error ->
  (forall i, x 0 i = truth i) ->
  (forall k, distance (x k.+1) (fun i => (1 - synthetic) * truth i + synthetic * x k i) <= error) ->
  distance (x t) truth <= disturbed_refresh_total_variation t synthetic error.
Proof.
move=> /andP[s0 s1] e0 start step; rewrite /disturbed_refresh_total_variation.
have c0 : 0 < 1 - synthetic by rewrite subr_gt0.
elim: t => [|t ih].
  rewrite expr0 subrr mulr0 mul0r /distance big1 ?mul0r// => i _; by rewrite start subrr normr0.
apply: le_trans (distance_triangle _ (fun i => (1 - synthetic) * truth i + synthetic * x t i) _) _.
have mixed : distance (fun i => (1 - synthetic) * truth i + synthetic * x t i) truth = synthetic * distance (x t) truth.
  rewrite -(distance_mix truth _ _ s0) /distance; congr (_ / _); apply: eq_bigr => i _.
  by congr `|_|; ring.
rewrite mixed; apply: le_trans (lerD (step t) (ler_wpM2l s0 ih)) _.
by rewrite exprS -subr_ge0 (_ : _ - _ = 0)//; field; exact: lt0r_neq0.
Qed.

End TotalVariation.
