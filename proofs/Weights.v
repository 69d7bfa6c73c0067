(* The best use of fresh real data: golden weight, critical weight, Kalman gain.

   limiting_error w     where the error settles, in units of V_0, when fresh data have the weight w

   Assumes: 1 + v2/n > 0 for the golden weight; v2 = 0 for naive pooling and the Kalman gain.
   Leaves out: the rate at which the limits are reached.
*)
From mathcomp Require Import all_ssreflect ssralg ssrnum ring lra.
From mathcomp Require Import boolp classical_sets reals topology normedtype sequences.
From Collapse Require Import Formulas Probability Workflows ClosedForms.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope classical_set_scope.
Local Open Scope ring_scope.

(* Sums, products and quotients of positive terms are positive, and so different from zero. *)
Ltac positive := repeat first [done | apply: addr_gt0 | apply: mulr_gt0 | apply: divr_gt0 | apply: exprn_gt0].
Ltac nonzero := repeat (apply/andP; split); apply: lt0r_neq0; positive.

Section Golden.
Variables (R : realType) (n fresh v2 : R).
Hypothesis n_gt0 : 0 < n.
Hypothesis fresh_gt0 : 0 < fresh.
Hypothesis growth_gt0 : 0 < 1 + v2 / n.

Definition contraction (w : R) : R := (1 - w) ^+ 2 * (1 + v2 / n).

Definition limiting_error (w : R) : R := (w ^+ 2 / fresh + (1 - w) ^+ 2 / n) / (1 - contraction w).

Local Notation golden := (qvf_refresh_golden_weight n fresh v2).
Let a : R := n / fresh * (1 + v2 / n).
Let b : R := 1 - v2 / fresh.

Let a_gt0 : 0 < a. Proof. by rewrite mulr_gt0// divr_gt0. Qed.

(* The golden weight solves a w^2 + b w = 1. *)
Theorem golden_equation : n / fresh * (1 + v2 / n) * golden ^+ 2 + (1 - v2 / fresh) * golden = 1.
Proof.
rewrite /qvf_refresh_golden_weight -/a -/b.
have root : Num.sqrt (b ^+ 2 + 4 * a) ^+ 2 = b ^+ 2 + 4 * a.
  by rewrite sqr_sqrtr// addr_ge0 ?sqr_ge0// mulr_ge0// ltW.
move: (Num.sqrt _) root => s root.
have -> : a * ((s - b) / (2 * a)) ^+ 2 + b * ((s - b) / (2 * a)) = (s ^+ 2 - b ^+ 2) / (4 * a).
  by field; rewrite gt_eqF.
by rewrite root; field; rewrite gt_eqF.
Qed.

Lemma golden_gt0 : 0 < golden.
Proof.
rewrite /qvf_refresh_golden_weight -/a -/b; apply: divr_gt0; last exact: mulr_gt0.
rewrite subr_gt0.
have [b0|b0] := ltP b 0; first by apply: lt_le_trans b0 _; exact: sqrtr_ge0.
have a4 : 0 < 4 * a by exact: mulr_gt0.
have s0 : 0 < b ^+ 2 + 4 * a by apply: ltr_wpDl => //; exact: sqr_ge0.
by rewrite -[ltLHS]ger0_norm// -sqrtr_sqr ltr_sqrt// ltrDl.
Qed.

Lemma golden_lt1 : golden < 1.
Proof.
rewrite ltNge; apply/negP => big; have := golden_equation; rewrite -/a -/b.
have ab : a + b = 1 + n / fresh by rewrite /a /b; field; rewrite !gt_eqF.
have nf : 0 < n / fresh by rewrite divr_gt0.
move: golden big => w big.
have h1 : 0 <= a * (w - 1) by rewrite mulr_ge0 ?subr_ge0// ltW.
have h2 : 1 < a * w + b by rewrite (_ : a * w + b = a * (w - 1) + (1 + n / fresh)) -?ab; [lra|ring].
have h3 : a * w + b <= w * (a * w + b) by rewrite ler_peMl//; lra.
by rewrite (_ : a * w ^+ 2 + b * w = w * (a * w + b)); [lra|ring].
Qed.

(* The limiting error exceeds the golden risk by a perfect square. *)
Lemma excess_over_golden w : 1 - contraction w != 0 ->
  limiting_error w - golden / fresh =
  (1 / fresh + 1 / n + golden * (1 + v2 / n) / fresh) * (w - golden) ^+ 2 / (1 - contraction w).
Proof.
move=> c0; have := golden_equation; move: golden => g eq.
have n0 := lt0r_neq0 n_gt0; have f0 := lt0r_neq0 fresh_gt0.
have -> : limiting_error w - g / fresh =
    (w ^+ 2 / fresh + (1 - w) ^+ 2 / n - g / fresh * (1 - contraction w)) / (1 - contraction w).
  by rewrite /limiting_error; field; rewrite f0 n0 c0.
congr (_ / _); apply/eqP; rewrite -subr_eq0; apply/eqP.
rewrite (_ : _ - _ = (1 - 2 * w + g) / n * (1 - (n / fresh * (1 + v2 / n) * g ^+ 2 + (1 - v2 / fresh) * g))).
  by rewrite eq subrr mulr0.
by rewrite /contraction; field; rewrite n0 f0.
Qed.

Lemma golden_contracts : 0 < 1 - contraction golden.
Proof.
have g0 := golden_gt0; have g1 := golden_lt1; have eq := golden_equation.
have n0 := lt0r_neq0 n_gt0; have f0 := lt0r_neq0 fresh_gt0.
have nf : 0 < n / fresh by rewrite divr_gt0.
have key : n / fresh * golden * (1 - (1 - golden) * (1 + v2 / n)) = 1 - golden.
  by rewrite -[X in _ = X - _]eq; field; rewrite n0 f0.
have inner : 0 < 1 - (1 - golden) * (1 + v2 / n).
  by rewrite -(pmulr_rgt0 _ (mulr_gt0 nf g0)) key subr_gt0.
rewrite /contraction; move: inner g0 g1 growth_gt0; move: golden (1 + v2 / n) => g c; nra.
Qed.

(* The risk at the golden weight is the golden weight itself, in units of V_0 / fresh. *)
Theorem qvf_refresh_golden_risk_correct : limiting_error golden = qvf_refresh_golden_risk n fresh v2.
Proof.
apply/eqP; rewrite -subr_eq0 [X in _ - X]/(golden / fresh) excess_over_golden.
  by rewrite subrr expr0n mulr0 mul0r.
exact: lt0r_neq0 golden_contracts.
Qed.

(* No weight with a finite limiting error does better. *)
Theorem qvf_refresh_golden_weight_correct w : contraction w < 1 ->
  limiting_error golden <= limiting_error w.
Proof.
move=> c1; have c0 : 0 < 1 - contraction w by rewrite subr_gt0.
rewrite qvf_refresh_golden_risk_correct -subr_ge0 [X in _ - X]/(golden / fresh) excess_over_golden ?lt0r_neq0//.
rewrite divr_ge0 ?(ltW c0)// mulr_ge0 ?sqr_ge0// !addr_ge0 ?divr_ge0 ?(ltW n_gt0) ?(ltW fresh_gt0)//.
by rewrite mulr_ge0 ?(ltW golden_gt0) ?(ltW growth_gt0).
Qed.

(* The minimizer is unique. *)
Theorem golden_weight_unique w : contraction w < 1 ->
  limiting_error w = limiting_error golden -> w = golden.
Proof.
move=> c1; have c0 : 0 < 1 - contraction w by rewrite subr_gt0.
rewrite qvf_refresh_golden_risk_correct => /eqP; rewrite -subr_eq0 [X in _ - X]/(golden / fresh).
rewrite excess_over_golden ?lt0r_neq0// mulf_eq0 invr_eq0 (gt_eqF c0) orbF mulf_eq0 sqrf_eq0 subr_eq0.
case/orP => [|/eqP//]; rewrite gt_eqF// ltr_wpDr ?addr_gt0 ?divr_gt0//.
by rewrite divr_ge0 ?(ltW fresh_gt0)// mulr_ge0 ?(ltW golden_gt0) ?(ltW growth_gt0).
Qed.

(* The error settles exactly above the critical weight. *)
Theorem qvf_refresh_critical_weight_correct w : w <= 1 ->
  (contraction w < 1) = (qvf_refresh_critical_weight n v2 < w).
Proof.
move=> w1; rewrite /qvf_refresh_critical_weight /contraction.
have s0 : 0 < Num.sqrt (1 + v2 / n) by rewrite sqrtr_gt0.
have ss : Num.sqrt (1 + v2 / n) ^+ 2 = 1 + v2 / n by rewrite sqr_sqrtr// ltW.
move: s0 ss; set s := Num.sqrt _ => s0 ss; rewrite -[X in _ * X]ss -exprMn.
have p0 : 0 <= (1 - w) * s by rewrite mulr_ge0 ?subr_ge0// ltW.
rewrite -[X in _ < X](expr1n _ 2) ltr_pXn2r ?nnegrE//.
by rewrite ltrBlDr -ltrBlDl ltr_pdivlMr.
Qed.

End Golden.

Section GoldenRatio.
Variables (R : realType) (n : R).
Hypothesis n_gt0 : 0 < n.

(* With as many fresh as synthetic data and a linear variance function the weight is one over the golden ratio. *)
Theorem golden_ratio : qvf_refresh_golden_weight n n 0 = (Num.sqrt 5 - 1) / 2 :> R.
Proof.
rewrite /qvf_refresh_golden_weight !mul0r subr0 addr0 mulr1 divff ?lt0r_neq0// expr1n mulr1.
by rewrite mulr1 (_ : 1 + 4 = 5 :> R)// -natrD.
Qed.

End GoldenRatio.

Section Limits.
Variables (R : realType) (F : family R) (mean w : R) (n real fresh : nat).
Hypothesis mean_ok : inside F mean.
Hypothesis n_gt0 : (0 < n)%N.
Hypothesis real_gt0 : (0 < real)%N.
Hypothesis fresh_gt0 : (0 < fresh)%N.
Hypothesis w01 : 0 <= w <= 1.

Local Notation e := (error F mean (refresh w01) (batches n real) (fun=> fresh)).

(* Whatever the start, the error settles at the limiting error if one fit contracts. *)
Theorem error_settles : 0 <= 1 + v2 F / n%:R -> contraction n%:R (v2 F) w < 1 ->
  e t @[t --> \oo] --> variance_function F mean * limiting_error n%:R fresh%:R (v2 F) w.
Proof.
move=> g0 c1; set L := variance_function F mean * _.
have c0 : 0 <= contraction n%:R (v2 F) w by rewrite mulr_ge0 ?sqr_ge0.
have c2 : 1 - contraction n%:R (v2 F) w != 0 by rewrite lt0r_neq0 ?subr_gt0.
have shifted : e t.+1 @[t --> \oo] --> L.
  rewrite (_ : (fun t => e t.+1) =
      (fun t => L + (variance_function F mean / real%:R - L) * contraction n%:R (v2 F) w ^+ t)); last first.
    apply/funext => t; rewrite qvf_refresh_mean_error_correct// /qvf_refresh_mean_error /= subn1 /=.
    by rewrite /L /limiting_error mulrA.
  rewrite -[X in _ --> X]addr0; apply: cvgD; first exact: cvg_cst.
  by apply: (cvg_geometric (variance_function F mean / real%:R - L)); rewrite ger0_norm.
by rewrite cvg_shiftS in shifted.
Qed.

End Limits.

Section Pooling.
Variables (R : realType) (F : family R) (mean : R) (n real fresh : nat).
Hypothesis mean_ok : inside F mean.
Hypothesis n_gt0 : (0 < n)%N.
Hypothesis real_gt0 : (0 < real)%N.
Hypothesis fresh_gt0 : (0 < fresh)%N.
Hypothesis linear : v2 F = 0.

Let m0 : 0 < fresh%:R :> R. Proof. by rewrite ltr0n. Qed.
Let n0 : 0 < n%:R :> R. Proof. by rewrite ltr0n. Qed.

Lemma pooled01 : 0 <= (fresh%:R / (n%:R + fresh%:R) : R) <= 1.
Proof.
have s : 0 < n%:R + fresh%:R :> R by rewrite addr_gt0.
by rewrite divr_ge0 ?(ltW s) ?(ltW m0)// ler_pdivrMr// mul1r lerDr ltW.
Qed.

(* Fresh and synthetic data pooled as they come. *)
Theorem qvf_refresh_limit_mean_error_correct :
  error F mean (refresh pooled01) (batches n real) (fun=> fresh) t @[t --> \oo] -->
  qvf_refresh_limit_mean_error mean n%:R fresh%:R (v0 F) (v1 F) (v2 F).
Proof.
have s : n%:R + fresh%:R != 0 :> R by rewrite lt0r_neq0// addr_gt0.
have s2 : n%:R + (n%:R + fresh%:R) != 0 :> R by rewrite lt0r_neq0// !addr_gt0.
rewrite (_ : qvf_refresh_limit_mean_error _ _ _ _ _ _ = variance_function F mean *
   limiting_error n%:R fresh%:R (v2 F) (fresh%:R / (n%:R + fresh%:R))).
  apply: error_settles => //; first by rewrite linear mul0r addr0.
  rewrite /contraction linear mul0r addr0 mulr1.
  rewrite (_ : 1 - _ = n%:R / (n%:R + fresh%:R)); last by field.
  have q0 : 0 <= n%:R / (n%:R + fresh%:R) :> R by rewrite divr_ge0// addr_ge0.
  by rewrite -[X in _ < X](expr1n _ 2) ltr_pXn2r ?nnegrE// ltr_pdivrMr ?addr_gt0// mul1r ltrDl.
rewrite /qvf_refresh_limit_mean_error -/(variance_function F mean) -!mulrA; congr (_ * _).
rewrite /limiting_error /contraction linear mul0r addr0 mulr1.
move: n0 m0; move: n%:R fresh%:R => x y x0 y0.
have h1 : x + y != 0 by rewrite lt0r_neq0// addr_gt0.
have -> : 1 - (1 - y / (x + y)) ^+ 2 = y * (2 * x + y) / (x + y) ^+ 2 by field.
have h2 : 2 * x + y != 0 by rewrite lt0r_neq0// addr_gt0// mulr_gt0.
by field; rewrite (lt0r_neq0 x0) (lt0r_neq0 y0) h1 h2.
Qed.

End Pooling.

Section Kalman.
Variables (R : realType) (F : family R) (mean : R) (n real fresh : nat).
Hypothesis mean_ok : inside F mean.
Hypothesis n_gt0 : (0 < n)%N.
Hypothesis real_gt0 : (0 < real)%N.
Hypothesis fresh_gt0 : (0 < fresh)%N.
Hypothesis linear : v2 F = 0.

Local Notation V0 := (variance_function F mean).
Let m0 : 0 < fresh%:R :> R. Proof. by rewrite ltr0n. Qed.
Let n0 : 0 < n%:R :> R. Proof. by rewrite ltr0n. Qed.

(* Information adds up: the error of fit t + 1 in units of V_0. *)
Fixpoint known t : R :=
  if t is t'.+1 then 1 / (fresh%:R + 1 / (known t' + 1 / n%:R)) else 1 / real%:R.

Lemma known_gt0 t : 0 < known t.
Proof.
elim: t => [|t ih] /=; first by rewrite divr_gt0 ?ltr0n.
by rewrite divr_gt0// addr_gt0// divr_gt0// addr_gt0// divr_gt0.
Qed.

Lemma prior_gt0 t : 0 < known t + 1 / n%:R.
Proof. by rewrite addr_gt0 ?known_gt0// divr_gt0. Qed.

(* The gain of fit k: the part of fresh data in its information. *)
Definition gain k : R := fresh%:R * known k.-1.

Lemma gain_next t : gain t.+2 = fresh%:R * (known t + 1 / n%:R) / (fresh%:R * (known t + 1 / n%:R) + 1).
Proof.
have p := prior_gt0 t; rewrite /gain /=; move: (known t + _) p => r r0.
by field; rewrite (lt0r_neq0 r0) lt0r_neq0// addr_gt0// mulr_gt0.
Qed.

Lemma gain01 t : 0 <= gain t.+2 <= 1.
Proof.
rewrite gain_next; have p := mulr_gt0 m0 (prior_gt0 t); move: (_ * _) p => r r0.
have r1 : 0 < r + 1 by rewrite addr_gt0.
by rewrite divr_ge0 ?(ltW r0) ?(ltW r1)// ler_pdivrMr// mul1r lerDl ler01.
Qed.

Lemma kalman_positive k :
  [&& (0 : R) <= 0, (0 : R) <= 0, 0 <= 1 - gain k.-2.+2 & 0 <= gain k.-2.+2].
Proof. by have /andP[g0 g1] := gain01 k.-2; rewrite lexx g0 subr_ge0 g1. Qed.

Lemma kalman_total k : 0 + 0 + (1 - gain k.-2.+2) + gain k.-2.+2 = 1. Proof. by ring. Qed.

Definition kalman : workflow R :=
  Workflow (on_real := fun=> 0) (on_model := fun=> 0) kalman_positive kalman_total.

Theorem kalman_error t :
  error F mean kalman (batches n real) (fun=> fresh) t.+1 = V0 * known t.
Proof.
have sg := batches_gt0 n_gt0 real_gt0.
elim: t => [|t ih]; first by rewrite error1// /batches /= mul1r.
rewrite errorS// ih /= gain_next linear /batches /=; have p := prior_gt0 t; have k0 := known_gt0 t.
have q : fresh%:R * (known t + 1 / n%:R) + 1 != 0 by rewrite lt0r_neq0// addr_gt0// mulr_gt0.
move: (V0 / real%:R) (known t) p q k0 => u x p q x0.
move: m0 n0 {p q}; move: fresh%:R n%:R => m y m1 y1.
by field; nonzero.
Qed.

(* The recurrence that the package runs is the recurrence of information. *)
Lemma known_iterates t : iter t (fun x => 1 / (fresh%:R + 1 / (x + 1 / n%:R))) (1 / real%:R) = known t.
Proof. by elim: t => //= t ->. Qed.

Theorem qvf_kalman_refresh_mean_error_correct t :
  error F mean kalman (batches n real) (fun=> fresh) t =
  qvf_kalman_refresh_mean_error mean n%:R fresh%:R real%:R t (v0 F) (v1 F) (v2 F).
Proof.
rewrite /qvf_kalman_refresh_mean_error; case: t => [|t]; first by rewrite error0 mulr0.
by rewrite kalman_error subn1 known_iterates.
Qed.

(* No other sequence of weights of fresh data has a smaller error. *)
Theorem kalman_is_best (W : workflow R) t : 0 <= V0 ->
  (forall k, on_real W k = 0) -> (forall k, on_model W k = 0) ->
  V0 * known t <= error F mean W (batches n real) (fun=> fresh) t.+1.
Proof.
move=> V00 w1 w2; have sg := batches_gt0 n_gt0 real_gt0.
elim: t => [|t ih]; first by rewrite error1// /batches /= mul1r.
have total : on_synthetic W t.+2 = 1 - on_fresh W t.+2.
  by have := weights_total W t.+2; rewrite w1 w2 !add0r => <-; rewrite addrK.
rewrite errorS// w1 w2 linear mul0r addr0 expr0n mul0r !(mulr0, mul0r) !add0r /batches /= total.
apply: le_trans (lerD (lerD (ler_wpM2l (sqr_ge0 _) ih) (lexx _)) (lexx _)).
have p := prior_gt0 t; move: (on_fresh W _) => g.
rewrite -subr_ge0 (_ : _ - _ = V0 * ((1 - g) * (known t + 1 / n%:R) * fresh%:R - g) ^+ 2 /
   (fresh%:R * (fresh%:R * (known t + 1 / n%:R) + 1))); last first.
  rewrite (_ : (1 - g) ^+ 2 * (V0 * known t) + (1 - g) ^+ 2 * (V0 / n%:R) = (1 - g) ^+ 2 * V0 * (known t + 1 / n%:R)); last by ring.
  move: (known t + _) p => r r0; have q : fresh%:R * r + 1 != 0 by rewrite lt0r_neq0// addr_gt0// mulr_gt0.
  by field; rewrite (lt0r_neq0 r0) (lt0r_neq0 m0) q.
apply: divr_ge0; first by rewrite mulr_ge0 ?sqr_ge0.
by apply: ltW; positive.
Qed.

Local Notation settled := (qvf_refresh_golden_risk n%:R fresh%:R (0 : R)).

Lemma settled_gt0 : 0 < settled.
Proof. by rewrite divr_gt0//; apply: golden_gt0 => //; rewrite mul0r addr0. Qed.

Lemma settled_fixed : settled = 1 / (fresh%:R + 1 / (settled + 1 / n%:R)).
Proof.
have s0 := settled_gt0; have p : 0 < settled + 1 / n%:R by rewrite addr_gt0// divr_gt0.
have eq : n%:R / fresh%:R * (fresh%:R * settled) ^+ 2 + fresh%:R * settled = 1.
  have g1 : 0 < 1 + 0 / n%:R :> R by rewrite mul0r addr0.
  have := golden_equation n0 m0 g1; rewrite !mul0r subr0 addr0 mulr1 mul1r => eqn; rewrite -[RHS]eqn.
  by rewrite (_ : fresh%:R * settled = qvf_refresh_golden_weight n%:R fresh%:R 0)// /qvf_refresh_golden_risk mulrC divfK// lt0r_neq0.
have {}eq : 1 - fresh%:R * settled = n%:R * fresh%:R * settled ^+ 2.
  by rewrite -[X in X - _]eq; field; rewrite lt0r_neq0.
move: settled s0 p eq => x s0 p eq.
have q : fresh%:R + 1 / (x + 1 / n%:R) != 0 by rewrite lt0r_neq0// addr_gt0// divr_gt0.
apply: (mulIf q); rewrite divfK// mulrDr.
have r0 : x + 1 / n%:R != 0 by rewrite lt0r_neq0.
rewrite -[RHS](subrK (x * fresh%:R)) addrC; congr (_ + _); rewrite [x * fresh%:R]mulrC eq.
apply: (mulIf r0); rewrite mulrA mulr1 divfK//.
have -> : n%:R * fresh%:R * x ^+ 2 * (x + 1 / n%:R) = x * (n%:R * fresh%:R * x ^+ 2 + fresh%:R * x).
  by field; rewrite lt0r_neq0.
by rewrite -eq subrK mulr1.
Qed.

(* One step brings the error closer to where it settles by a constant factor. *)
Lemma known_contracts t : `|known t.+1 - settled| <= (1 + fresh%:R / n%:R)^-1 * `|known t - settled|.
Proof.
have p := prior_gt0 t; have q : 0 < settled + 1 / n%:R by rewrite addr_gt0 ?settled_gt0// divr_gt0.
rewrite [in X in X <= _]settled_fixed /=.
have k0 := known_gt0 t; have s0 := settled_gt0; move: (known t) settled p q k0 s0 => x y p q x0 y0.
have a : 0 < 1 + fresh%:R * (x + 1 / n%:R) by rewrite addr_gt0// mulr_gt0.
have b : 0 < 1 + fresh%:R * (y + 1 / n%:R) by rewrite addr_gt0// mulr_gt0.
have c : 0 < 1 + fresh%:R / n%:R :> R by rewrite addr_gt0// divr_gt0.
have step (z : R) : 0 < z + 1 / n%:R -> 1 / (fresh%:R + 1 / (z + 1 / n%:R)) = (z + 1 / n%:R) / (1 + fresh%:R * (z + 1 / n%:R)).
  move: (z + _) m0 => r; move: fresh%:R => m m1 r1.
  by field; nonzero.
rewrite !step// (_ : _ - _ = (x - y) / ((1 + fresh%:R * (x + 1 / n%:R)) * (1 + fresh%:R * (y + 1 / n%:R)))); last first.
  have -> : x - y = (x + 1 / n%:R) - (y + 1 / n%:R) by ring.
  move: (x + _) (y + _) p q m0 => r s; move: fresh%:R => m r0 s0 m1.
  by field; nonzero.
rewrite normrM mulrC ler_wpM2r// normfV ger0_norm ?(ltW (mulr_gt0 a b))//.
rewrite lef_pV2 ?posrE ?mulr_gt0//.
have a1 : 1 + fresh%:R / n%:R <= 1 + fresh%:R * (x + 1 / n%:R).
  by rewrite lerD2l mulrDr mul1r lerDr mulr_ge0 ?(ltW m0) ?(ltW x0).
apply: le_trans a1 _; rewrite ler_peMr ?(ltW a)// lerDl mulr_ge0 ?(ltW m0) ?(ltW q)//.
Qed.

Theorem qvf_kalman_refresh_limit_mean_error_correct :
  error F mean kalman (batches n real) (fun=> fresh) t @[t --> \oo] -->
  qvf_kalman_refresh_limit_mean_error mean n%:R fresh%:R (v0 F) (v1 F) (v2 F).
Proof.
have bound t : `|known t - settled| <= `|known 0 - settled| * (1 + fresh%:R / n%:R)^-1 ^+ t.
  elim: t => [|t ih]; first by rewrite expr0 mulr1.
  rewrite exprS mulrCA; apply: le_trans (known_contracts t) _; apply: ler_wpM2l => //.
  by rewrite invr_ge0 addr_ge0// divr_ge0 ?ler0n.
have shifted : known t @[t --> \oo] --> settled.
  pose c := `|known 0 - settled|; pose r : R := (1 + fresh%:R / n%:R)^-1.
  have tail : c * r ^+ t @[t --> \oo] --> (0 : R).
    have q : 0 < 1 + fresh%:R / n%:R :> R by rewrite addr_gt0// divr_gt0.
    apply: (cvg_geometric c); rewrite ger0_norm ?invr_ge0 ?(ltW q)// invf_lt1// ltrDl.
    by rewrite divr_gt0.
  apply: (@squeeze_cvgr _ _ _ _ (fun t => settled - c * r ^+ t) (fun t => settled + c * r ^+ t)).
  - by near=> t; have := bound t; rewrite ler_distl.
  - by rewrite -[X in _ --> X]subr0; apply: cvgB => //; exact: cvg_cst.
  - by rewrite -[X in _ --> X]addr0; apply: cvgD => //; exact: cvg_cst.
have : error F mean kalman (batches n real) (fun=> fresh) t.+1 @[t --> \oo] -->
    qvf_kalman_refresh_limit_mean_error mean n%:R fresh%:R (v0 F) (v1 F) (v2 F).
  rewrite (_ : (fun t => _) = (fun t => V0 * known t)); last by apply/funext => t; exact: kalman_error.
  by apply: cvgMr.
by rewrite cvg_shiftS.
Unshelve. all: by end_near.
Qed.

End Kalman.
