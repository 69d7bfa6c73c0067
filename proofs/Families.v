(* Families exist: with a quadratic variance function Bernoulli itself, and for each kind a law with its two moments;
   and a family of location and scale.

   two_points a x y   x with probability a, y otherwise
*)
From mathcomp Require Import all_ssreflect ssralg ssrnum ring lra reals.
From Collapse Require Import Formulas Probability Workflows ClosedForms Moments.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section TwoPoints.
Variable R : realType.
Implicit Types a m x y : R.

(* A number between 0 and 1. *)
Definition chance a : R := Num.min 1 (Num.max 0 a).

Lemma chance01 a : 0 <= chance a <= 1.
Proof. by rewrite /chance le_min ler01 le_max lexx ge_min lexx. Qed.

Lemma chance_id a : 0 <= a <= 1 -> chance a = a.
Proof. by case/andP => a0 a1; rewrite /chance; rewrite (max_idPr a0) (min_idPr a1). Qed.

Lemma two_ge0 a x y : all (fun p : R * R => 0 <= p.1) [:: (chance a, x); (1 - chance a, y)].
Proof. by case/andP: (chance01 a) => a0 a1; rewrite /= a0 subr_ge0 a1. Qed.

Lemma two_sum a x y : \sum_(p <- [:: (chance a, x); (1 - chance a, y)]) p.1 = 1.
Proof. by rewrite !big_cons big_nil /= addr0 addrC subrK. Qed.

Definition two_points a x y : law R R := Law (two_ge0 a x y) (two_sum a x y).

Lemma E_two a x y f : 0 <= a <= 1 -> E (two_points a x y) f = a * f x + (1 - a) * f y.
Proof. by move=> a01; rewrite /E /= !big_cons big_nil /= addr0 chance_id. Qed.

Lemma two_inside a x y (P : R -> Prop) : P x -> P y -> surely (two_points a x y) P.
Proof. by move=> Px Py p /= [<-|[<-|[]]]. Qed.

Lemma interval_mean lo hi (nu : law R R) :
  surely nu (fun x => lo <= x <= hi) -> lo <= E nu id <= hi.
Proof.
move=> h; rewrite -{1}(E_const nu lo) -[X in _ <= _ <= X](E_const nu hi).
by apply/andP; split; apply: (E_surely_le h) => x /andP[].
Qed.

Lemma ray_mean (nu : law R R) : surely nu (fun x => 0 <= x) -> 0 <= E nu id.
Proof. by move=> h; apply: (E_surely_ge0 h). Qed.

(* Bernoulli: V(m) = m (1 - m) on the unit interval. *)
Lemma bernoulli_mean m : 0 <= m <= 1 -> E (two_points m 1 0) id = m.
Proof. by move=> m01; rewrite E_two//; ring. Qed.

Lemma bernoulli_variance m : 0 <= m <= 1 -> Var (two_points m 1 0) id = 0 + m * (1 + - 1 * m).
Proof. by move=> m01; rewrite Var_moments !E_two//; ring. Qed.

Lemma bernoulli_inside m : 0 <= m <= 1 -> surely (two_points m 1 0) (fun x => 0 <= x <= 1).
Proof. by move=> _; apply: two_inside; rewrite lexx ler01. Qed.

Definition bernoulli : family R :=
  Family bernoulli_mean bernoulli_variance bernoulli_inside (fun nu h => interval_mean h).

(* The moments of Poisson: V(m) = m for nonnegative m. *)
Lemma part01 m : 0 <= m -> 0 <= m / (m + 1) <= 1.
Proof.
move=> m0; have m1 : 0 < m + 1 by rewrite ltr_wpDl.
by rewrite divr_ge0 ?(ltW m1)//= ler_pdivrMr// mul1r lerDl ler01.
Qed.

Lemma linear_mean m : 0 <= m -> E (two_points (m / (m + 1)) (m + 1) 0) id = m.
Proof.
move=> m0; rewrite E_two ?part01// mulr0 addr0 divfK// lt0r_neq0// ltr_wpDl//.
Qed.

Lemma linear_variance m : 0 <= m -> Var (two_points (m / (m + 1)) (m + 1) 0) id = 0 + m * (1 + 0 * m).
Proof.
move=> m0; rewrite Var_moments linear_mean// E_two ?part01// expr0n mulr0 addr0.
by field; rewrite lt0r_neq0// ltr_wpDl.
Qed.

Lemma linear_inside m : 0 <= m -> surely (two_points (m / (m + 1)) (m + 1) 0) (fun x => 0 <= x).
Proof. by move=> m0; apply: two_inside => //; rewrite addr_ge0. Qed.

Definition linear_family : family R :=
  Family linear_mean linear_variance linear_inside ray_mean.

(* The moments of the exponential law: V(m) = m^2 for nonnegative m. *)
Lemma half01 : 0 <= (1 / 2 : R) <= 1. Proof. by apply/andP; split; lra. Qed.

Lemma square_mean m : 0 <= m -> E (two_points (1 / 2) (2 * m) 0) id = m.
Proof. by move=> _; rewrite E_two ?half01//; field. Qed.

Lemma square_variance m : 0 <= m -> Var (two_points (1 / 2) (2 * m) 0) id = 0 + m * (0 + 1 * m).
Proof. by move=> _; rewrite Var_moments !E_two ?half01//; field. Qed.

Lemma square_inside m : 0 <= m -> surely (two_points (1 / 2) (2 * m) 0) (fun x => 0 <= x).
Proof. by move=> m0; apply: two_inside => //; rewrite mulr_ge0. Qed.

Definition square_family : family R :=
  Family square_mean square_variance square_inside ray_mean.

(* The moments of the normal law with variance s^2: V(m) = s^2 on the whole line. *)
Section Normal.
Variable s : R.

Lemma constant_mean m : True -> E (two_points (1 / 2) (m + s) (m - s)) id = m.
Proof. by move=> _; rewrite E_two ?half01//; field. Qed.

Lemma constant_variance m : True ->
  Var (two_points (1 / 2) (m + s) (m - s)) id = s ^+ 2 + m * (0 + 0 * m).
Proof. by move=> _; rewrite Var_moments !E_two ?half01//; field. Qed.

Definition constant_family : family R :=
  @Family R (fun m => two_points (1 / 2) (m + s) (m - s)) (fun=> True) (s ^+ 2) 0 0
    constant_mean constant_variance (fun m _ => @surelyT _ _ _ (fun=> True) (fun=> I)) (fun nu _ => I).

End Normal.

(* The moments of the normal law when its variance is fitted too: any mean m and any variance v >= 0. *)
Lemma located_mean m v : 0 <= v -> E (two_points (1 / 2) (m + Num.sqrt v) (m - Num.sqrt v)) id = m.
Proof. by move=> _; exact: constant_mean. Qed.

Lemma located_variance m v : 0 <= v -> Var (two_points (1 / 2) (m + Num.sqrt v) (m - Num.sqrt v)) id = v.
Proof. by move=> v0; rewrite constant_variance// sqr_sqrtr//; ring. Qed.

Definition location_scale : scale_family R := ScaleFamily located_mean located_variance.

End TwoPoints.

(* An instance: the variance of the share of successes of Bernoulli draws under replacement. *)
Theorem bernoulli_variance_decays (R : realType) (p : R) n t : 0 <= p <= 1 -> (0 < n)%N ->
  E (fit (bernoulli R) p (replace R) (fun=> n) (fun=> 1%N) t) (variance_function (bernoulli R)) =
  p * (1 - p) * (1 - 1 / n%:R) ^+ t.
Proof.
move=> p01 n0; rewrite qvf_replace_variance_correct// /qvf_replace_variance /=; congr (_ * _ ^+ t); first by ring.
by rewrite mulNr.
Qed.
